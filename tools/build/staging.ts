import { dirname } from "node:path";
import { BuildError, deno } from "./deno.ts";
import type { Graph } from "./graph.ts";
import { CONFIG_FILES, configFlags, ROOT } from "./project.ts";
import type { Toolchain } from "./toolchain.ts";

/** The files that Node's loader can load. The rest of a package only adds size. */
const CODE = /\.(?:js|cjs|mjs|json)$/;

/**
 * A bundle of the program, with nothing around it that Deno could include. It has few files: each
 * command starts faster than from the modules of the program and its packages. It is made from a
 * copy, in which all paths are the same on every machine, and all its files have the same age,
 * because Deno writes both into the compiled file. So the same program yields the same bytes.
 */
export class Staging implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the program and its packages, and bundles the copy. */
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
    await staging.#bundle();
    stack.move();
    return staging;
  }

  /** Splits the bundle as the program is split: a command loads what it needs. */
  async #bundle(): Promise<void> {
    const bundle = `${this.#folder}/bundle`;
    const config = configFlags(`${this.#folder}/program/`);
    const parts = ["--code-splitting", "--outdir", bundle, `${this.#folder}/program/mod.ts`];
    // The names of packages' modules are paths from the current folder.
    await deno(["bundle", "--quiet", ...config, "--frozen", ...parts], {
      env: { DENO_DIR: this.cache },
      cwd: this.#folder,
    });
    await withoutUnusedHelpers(this.program, bundle);
    const { permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
    await Deno.writeTextFile(`${bundle}/deno.json`, JSON.stringify({ permissions }));
    for await (const { name } of Deno.readDir(bundle)) await Deno.utime(`${bundle}/${name}`, 0, 0);
  }

  /** The program. */
  get program(): string {
    return `${this.#folder}/bundle/mod.js`;
  }

  /** Its configuration, which has nothing but permissions. */
  get config(): string {
    return `${this.#folder}/bundle/deno.json`;
  }

  /** Its cache folder for Deno (`DENO_DIR`). */
  get cache(): string {
    return `${this.#folder}/cache`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/**
 * Removes an unused import from `file`: the import of the bundler's helpers. They load Node's module
 * loader, which would double the time of `--help`.
 *
 * @throws {BuildError} if there is none, as the bundler writes it in another way.
 */
async function withoutUnusedHelpers(file: string, bundle: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  for (const [line, name] of text.matchAll(/^import "\.\/([\w-]+\.js)";\n/gm)) {
    const imported = await Deno.readTextFile(`${bundle}/${name}`);
    if (imported.includes("createRequire")) {
      return await Deno.writeTextFile(file, text.replace(line, ""));
    }
  }
  throw new BuildError(`No unused import of the bundler's helpers is found in ${file}`);
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
}
