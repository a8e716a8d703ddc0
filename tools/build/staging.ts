import { dirname } from "node:path";
import type { Graph } from "./graph.ts";
import { CONFIG_FILES, configFlags, ROOT } from "./project.ts";
import type { Toolchain } from "./toolchain.ts";

/** The files that Node's loader can load. The rest of a package only adds size. */
const CODE = /\.(?:js|cjs|mjs|json)$/;

/**
 * A copy of exactly the files of the program, with nothing around it that Deno could include. All
 * its files have the same age, because Deno writes that into the compiled file. It contains no file
 * but code: Deno would record that it could not parse it, with the path of this copy. So the same
 * program yields the same bytes.
 */
export class Staging implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the program and its packages. */
  static async make({ files, packages }: Graph, { folder }: Toolchain): Promise<Staging> {
    await using stack = new AsyncDisposableStack();
    const staging = stack.use(new Staging(await Deno.makeTempDir({ prefix: "chat-" })));
    for (const file of new Set([...files, ...CONFIG_FILES])) {
      await copy(ROOT + file, `${staging.#folder}/program/${file}`);
    }
    for (const { folder: from } of packages) {
      await copyCode(from, staging.cache + from.slice(folder.length));
    }
    // Deno includes its other downloads by content, or excludes them.
    for (const name of ["dl", "remote"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
      await Deno.symlink(`${folder}/${name}`, `${staging.cache}/${name}`, {
        type: "junction",
      });
    }
    stack.move();
    return staging;
  }

  /** The program. */
  get program(): string {
    return `${this.#folder}/program/mod.ts`;
  }

  /** The flags with which Deno finds its configuration. */
  get configFlags(): string[] {
    return configFlags(`${this.#folder}/program/`);
  }

  /** Its cache folder for Deno (`DENO_DIR`). */
  get cache(): string {
    return `${this.#folder}/cache`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function copyCode(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyCode(`${from}/${name}`, `${to}/${name}`);
    else if (CODE.test(name)) await copy(`${from}/${name}`, `${to}/${name}`);
  }
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
  await Deno.utime(to, 0, 0);
}
