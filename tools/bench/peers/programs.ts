/**
 * The programs of the comparison: those of this folder, built by Go, and those of others, taken from
 * `PATH` or built by Go.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { hasTool } from "../../../tests/support/tools.ts";

const MODULE = fileURLToPath(new URL("./", import.meta.url));

/** The programs of others, and the packages that Go builds them from, if `PATH` has none. */
const PACKAGES = {
  "nats-server": { probe: "--version", source: "github.com/nats-io/nats-server/v2@v2.15.3" },
  "nats": { probe: "--version", source: "github.com/nats-io/natscli/nats@v0.5.1" },
  "grpcurl": {
    probe: "-version",
    source: "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3",
  },
} as const;

/** Folders that have servers but may be missing in the `PATH` of a user. */
const MORE_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

/** A program, or why there is none. */
export type Program = { readonly path: string } | { readonly missing: string };

/** The programs in one folder, which are built when they are first needed. */
export class Programs {
  readonly #folder: string;
  readonly #found = new Map<string, Promise<Program>>();

  /** Builds into `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The load on the servers.
   *
   * @throws if it cannot be built: nothing can be measured without it.
   */
  async load(): Promise<string> {
    const program = await this.own("load");
    if ("missing" in program) throw new Error(`the load cannot be built: ${program.missing}`);
    return program.path;
  }

  /** A program of this folder. */
  own(name: "load" | "grpc_fanout" | "tcp_fanout"): Promise<Program> {
    return this.#once(name, () => this.#build(name, `./${name}`));
  }

  /** A program of others that Go can build. */
  built(name: keyof typeof PACKAGES): Promise<Program> {
    return this.#once(name, async () => {
      const { probe, source } = PACKAGES[name];
      return await hasTool(name, probe) ? { path: name } : await this.#build(name, source);
    });
  }

  /** A program of others that is not built: its package must be installed. */
  installed(name: string, probe: string, folders = MORE_FOLDERS): Promise<Program> {
    return this.#once(name, async () => {
      for (const path of [name, ...folders.map((folder) => `${folder}/${name}`)]) {
        if (await hasTool(path, probe)) return { path };
      }
      return { missing: `no ${name} in PATH` };
    });
  }

  #once(name: string, find: () => Promise<Program>): Promise<Program> {
    let found = this.#found.get(name);
    if (!found) this.#found.set(name, found = find());
    return found;
  }

  /** Has Go build a program. The first time takes minutes, since Go fetches what it needs. */
  async #build(name: string, source: string): Promise<Program> {
    if (!await hasTool("go", "version")) return { missing: "no go in PATH" };
    const { success, stderr } = await new Deno.Command("go", {
      args: ["install", source],
      cwd: MODULE,
      env: { GOBIN: this.#folder },
      stdout: "null",
    }).output();
    const last = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    return success
      ? { path: `${this.#folder}/${name}` }
      : { missing: `go cannot build ${name}: ${last}` };
  }
}
