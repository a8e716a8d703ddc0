import { configFlags, IMPORT_MAP, ROOT } from "../build/project.ts";

/** Folders that no test needs, besides hidden ones. */
const LEFT_OUT: ReadonlySet<string> = new Set(["node_modules", "dist"]);

/** The flags of every run of tests, for the folder of the project. */
const TEST_FLAGS: readonly string[] = ["-P=test", "--preload=tests/support/default_timeout.ts"];

/** The command that runs test files in the folder of the project, as people type it. */
export function testCommand(files: readonly string[]): string {
  const words = IMPORT_MAP === undefined
    ? ["deno test"]
    : [`npx -y deno@${Deno.version.deno} test --import-map=${IMPORT_MAP}`];
  return [...words, ...TEST_FLAGS, ...files].join(" ");
}

/** How a run of tests has ended: `hung` if it was killed. */
export type TestResult = "green" | "red" | "hung";

/** A copy of the project, in which faults are planted. */
export class Scratch implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the project as it is now to a temporary folder, which is deleted when disposed. */
  static async copy(): Promise<Scratch> {
    const folder = await Deno.makeTempDir({ prefix: "mutations" });
    const scratch = new Scratch(`${folder}/`);
    try {
      await copyFolder(ROOT, scratch.#folder);
      return scratch;
    } catch (error) {
      await scratch[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Calls `body` while a file of the copy has another text. */
  async with<T>(path: string, text: string, body: () => Promise<T>): Promise<T> {
    const file = this.#folder + path;
    const original = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text);
    try {
      return await body();
    } finally {
      await Deno.writeTextFile(file, original);
    }
  }

  /**
   * Runs test files of the copy, up to the first test that fails, and kills them after `boundMs`
   * milliseconds.
   *
   * @throws the reason of `signal`, once it is aborted.
   */
  async test(
    files: readonly string[],
    { boundMs, signal }: { readonly boundMs: number; readonly signal: AbortSignal },
  ): Promise<TestResult> {
    signal.throwIfAborted();
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "-q", "--no-check", "--fail-fast", ...configFlags(this.#folder)],
        ...[...TEST_FLAGS, ...files],
      ],
      cwd: this.#folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let isHung = false;
    const bound = setTimeout(() => {
      isHung = true;
      process.kill("SIGKILL");
    }, boundMs);
    const { success } = await process.status;
    clearTimeout(bound);
    signal.throwIfAborted();
    return success ? "green" : isHung ? "hung" : "red";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (name.startsWith(".") || LEFT_OUT.has(name)) continue;
    if (isFile) await Deno.copyFile(from + name, to + name);
    if (!isDirectory) continue;
    await Deno.mkdir(to + name);
    await copyFolder(`${from}${name}/`, `${to}${name}/`);
  }
}
