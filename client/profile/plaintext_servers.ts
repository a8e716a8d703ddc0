import { createHash } from "node:crypto";
import { fingerprint } from "../../proto/identity/certificate.ts";
import { errorMessage } from "../../room/errors.ts";
import type { KnownServers } from "./known_servers.ts";

/**
 * Remembers by what servers without TLS tell themselves from others. Nothing proves it: a server
 * may pass on what another one says of itself, and with that the proof of who joins, and then act
 * as them there.
 */
export class PlaintextServers {
  readonly #known: KnownServers;
  readonly #warn: (words: string) => void;
  readonly #warned = new Set<string>();

  /** Keeps them among those that are known; `warn` hears once of each that may be another one. */
  constructor(known: KnownServers, warn: (words: string) => void) {
    this.#known = known;
    this.#warn = warn;
  }

  /** Meets the server at `address`, which calls itself `id`. Never fails: it is a warning only. */
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
    const digest = fingerprint(new Uint8Array(createHash("sha256").update(id).digest()));
    const known = await this.#known.find(address);
    if (known?.fingerprint === digest) return undefined;
    const where = address.replace(/^plaintext /, "");
    if (known) {
      return `the server at ${where} is not the one that it was ` +
        `(${known.place}; if you know why, remove that line)`;
    }
    const other = await this.#known.findByFingerprint(digest);
    if (other) {
      return `the server at ${where} says that it is the one of ${other.place}; ` +
        "if it is not, it can act as you there";
    }
    await this.#known.add(address, digest);
    return undefined;
  }
}
