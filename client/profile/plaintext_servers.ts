import { createHash } from "node:crypto";
import { errorMessage } from "../../room/errors.ts";
import { formatCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import type { KnownServer, KnownServers } from "./known_servers.ts";

/**
 * Remembers the identities of servers without TLS. Nothing proves such an identity: a server may
 * claim another server's identity, forward the proof of a person who joins to that server, and act
 * as that person there.
 */
export class PlaintextServers {
  readonly #known: KnownServers;
  readonly #addresses: readonly string[];
  readonly #warn: (words: string) => void;
  readonly #warned = new Set<string>();

  /**
   * Stores them in `known`. Calls `warn` once for each server that may have been replaced. The
   * servers at `addresses` are servers of one chat, which have the same identity.
   */
  constructor(
    known: KnownServers,
    addresses: readonly string[],
    warn: (words: string) => void,
  ) {
    this.#known = known;
    this.#addresses = addresses;
    this.#warn = warn;
  }

  /** Checks the server at `address`, which claims the identity `id`. Only warns: it never fails. */
  async meet(address: string, id: Uint8Array): Promise<void> {
    if (id.length === 0) return;
    const words = await this.#meet(address, id).catch((error) =>
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
    const key = keyOf(address);
    const known = await this.#known.find(key);
    if (known?.fingerprint === digest) return undefined;
    if (known) {
      return `the server at ${address} has changed its identity ` +
        `(${known.place}; if you know why, remove that line)`;
    }
    const sibling = await this.#findSibling();
    if (sibling && sibling.fingerprint !== digest) {
      return `the server at ${address} has another identity than that of ${sibling.place}: ` +
        "they do not serve the same chat";
    }
    const other = sibling ? undefined : await this.#known.findByFingerprint(digest);
    if (other) {
      return `the server at ${address} claims to be the server of ${other.place}; ` +
        "if it is not, it can act as you there";
    }
    await this.#known.add(key, digest);
    return undefined;
  }

  /** Returns a known server of the same chat. */
  async #findSibling(): Promise<KnownServer | undefined> {
    for (const address of this.#addresses) {
      const known = await this.#known.find(keyOf(address));
      if (known) return known;
    }
    return undefined;
  }
}

/** The address of a server without TLS, as the file names it. */
function keyOf(address: string): string {
  return `plaintext ${address}`;
}
