import { createHash } from "node:crypto";
import { errorMessage } from "../../room/errors.ts";
import { formatCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import type { KnownServers } from "./known_servers.ts";

/**
 * Remembers the identities of servers without TLS. Nothing proves such an identity: a server may
 * claim another server's identity, forward the proof of a person who joins to that server, and act
 * as that person there.
 */
export class PlaintextServers {
  readonly #known: KnownServers;
  readonly #warn: (words: string) => void;
  readonly #warned = new Set<string>();

  /** Stores them in `known`. Calls `warn` once for each server that may have been replaced. */
  constructor(known: KnownServers, warn: (words: string) => void) {
    this.#known = known;
    this.#warn = warn;
  }

  /** Checks the server at `address`, which claims the identity `id`. Only warns: it never fails. */
  async meet(address: string, id: Uint8Array): Promise<void> {
    if (id.length === 0) return;
    const words = await this.#meet(`plaintext ${address}`, id).catch((error) =>
      `cannot remember the server at ${address}: ${errorMessage(error)}`
    );
    if (words === undefined || this.#warned.has(words)) return;
    this.#warned.add(words);
    this.#warn(`warning: ${words}`);
  }

  async #meet(address: string, id: Uint8Array): Promise<string | undefined> {
    const digest = formatCertificateFingerprint(
      new Uint8Array(createHash("sha256").update(id).digest()),
    );
    const known = await this.#known.find(address);
    if (known?.fingerprint === digest) return undefined;
    const where = address.replace(/^plaintext /, "");
    if (known) {
      return `the server at ${where} has changed its identity ` +
        `(${known.place}; if you know why, remove that line)`;
    }
    const other = await this.#known.findByFingerprint(digest);
    if (other) {
      return `the server at ${where} claims to be the server of ${other.place}; ` +
        "if it is not, it can act as you there";
    }
    await this.#known.add(address, digest);
    return undefined;
  }
}
