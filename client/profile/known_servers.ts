import { join } from "node:path";
import { writeAtomically } from "../../platform/atomic_file.ts";
import { isMissing, reasonFor } from "../../platform/errno.ts";
import { ChatError } from "../../room/errors.ts";
import { parseCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import { configFolder } from "./config_folder.ts";

/** A server that a person has accepted. */
export interface KnownServer {
  /** The SHA-256 of its certificate: pairs of hexadecimal digits with colons between them. */
  readonly fingerprint: string;
  /** The line that says so, as `FILE:LINE`. */
  readonly place: string;
}

const HEADER =
  "# The servers that were accepted: the address, and the SHA-256 of the certificate.\n";

/** Stores accepted certificates in a file, one line for each server. */
export class KnownServers {
  /** The file. {@linkcode add} makes it, with its folder. */
  readonly path: string;

  /** Uses the file at `path`. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Returns the server at `address`, by the first line that names it.
   *
   * @throws {ChatError} `untrusted`, if a line is malformed: it may be the one that counts.
   */
  async find(address: string): Promise<KnownServer | undefined> {
    return await this.#first(({ server }) => server.toLowerCase() === address.toLowerCase());
  }

  /**
   * Returns the first server with the certificate `fingerprint`, under any address.
   *
   * @throws {ChatError} `untrusted`, if a line is malformed.
   */
  async findByFingerprint(fingerprint: string): Promise<KnownServer | undefined> {
    return await this.#first((known) => known.fingerprint === fingerprint);
  }

  /**
   * Stores that the server at `address` was accepted with this certificate.
   *
   * @throws {WriteError} if the file cannot be written.
   */
  async add(address: string, fingerprint: string): Promise<KnownServer> {
    const text = (await this.#read() || HEADER).replace(/(?<!\n)$/, "\n");
    const added = `${text}${address} SHA256:${fingerprint}\n`;
    await writeAtomically(this.path, added, { replace: true, makeFolder: true });
    return { fingerprint, place: `${this.path}:${text.split("\n").length}` };
  }

  async #first(
    is: (known: { readonly server: string; readonly fingerprint: string }) => boolean,
  ): Promise<KnownServer | undefined> {
    for (const [index, line] of (await this.#read()).split("\n").entries()) {
      if (/^\s*(#|$)/.test(line)) continue;
      const place = `${this.path}:${index + 1}`;
      const [, server, text = ""] = /^\s*(.+?)\s+SHA256:(\S+)\s*$/i.exec(line) ?? [];
      const fingerprint = parseCertificateFingerprint(text);
      if (server === undefined || fingerprint === undefined) {
        throw new ChatError("untrusted", `Cannot read ${place}: it is not "HOST:PORT SHA256:…"`);
      }
      if (is({ server, fingerprint })) return { fingerprint, place };
    }
    return undefined;
  }

  async #read(): Promise<string> {
    try {
      return await Deno.readTextFile(this.path);
    } catch (error) {
      if (isMissing(error)) return "";
      throw new Error(`Cannot read "${this.path}": ${reasonFor(error)}`, { cause: error });
    }
  }
}

/** The path of such a file; undefined in an environment without a home. */
export function knownServersPath(env: (name: string) => string | undefined): string | undefined {
  const folder = configFolder(env);
  return folder && join(folder, "known_servers");
}
