import { fileURLToPath } from "node:url";
import { hasTool } from "../../support/tools.ts";

const SOURCE = fileURLToPath(new URL("machine.c", import.meta.url));

/** The numbers in the page that machine.c reads and writes, of 8 bytes each. */
const FIELDS = ["clockMs", "full", "stalled", "clockReads", "refused", "waited"] as const;
const FIELD_BYTES = 8;

type Field = (typeof FIELDS)[number];

/** Whether a {@linkcode Machine} can be built here. */
export async function hasMachine(): Promise<boolean> {
  return Deno.build.os === "linux" && await hasTool("cc", "--version");
}

/**
 * The machine under a server: its clock and its disk, which can be broken while the server runs. It
 * is a library that stands before the system's own calls.
 */
export class Machine implements Disposable {
  /** The environment of the server. */
  readonly env: Readonly<Record<string, string>>;
  readonly #page: Deno.FsFile;

  private constructor(folder: string, data: string, library: string) {
    const path = `${folder}/machine.page`;
    Deno.writeFileSync(path, new Uint8Array(FIELDS.length * FIELD_BYTES));
    this.#page = Deno.openSync(path, { read: true, write: true });
    this.env = { LD_PRELOAD: library, CHAOS_MACHINE: path, CHAOS_DATA: data };
  }

  /** Builds one in `folder`. Its disk has the files of the folder `data`. */
  static async build(folder: string, data: string): Promise<Machine> {
    const library = `${folder}/machine.so`;
    const args = ["-shared", "-fPIC", "-o", library, SOURCE, "-ldl"];
    const { success, stderr } = await new Deno.Command("cc", { args }).output();
    if (!success) throw new Error(`cc failed: ${new TextDecoder().decode(stderr)}`);
    return new Machine(folder, await Deno.realPath(data), library);
  }

  /** Sets a number. */
  set(field: "clockMs" | "full" | "stalled", value: number): void {
    const bytes = new Uint8Array(FIELD_BYTES);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
    this.#page.seekSync(FIELDS.indexOf(field) * FIELD_BYTES, Deno.SeekMode.Start);
    this.#page.writeSync(bytes);
  }

  /** Reads a number, such as how often the server has met the broken part. */
  get(field: Field): number {
    const bytes = new Uint8Array(FIELD_BYTES);
    this.#page.seekSync(FIELDS.indexOf(field) * FIELD_BYTES, Deno.SeekMode.Start);
    this.#page.readSync(bytes);
    return Number(new DataView(bytes.buffer).getBigInt64(0, true));
  }

  [Symbol.dispose](): void {
    this.#page.close();
  }
}
