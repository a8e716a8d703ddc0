import { ChatError, errorMessage } from "../../room/errors.ts";
import type { KnownServers } from "../profile/known_servers.ts";
import { backoffWithin, sleep } from "./backoff.ts";
import { type ClientCertificate, inspect, type ShownCertificate, type Trust } from "./tls.ts";

/** The options for deciding whether to trust a server. */
export interface TrustOptions {
  /** The client's own certificate, if the server asks for one. */
  readonly certificate: ClientCertificate | undefined;
  /** The servers that were accepted before; undefined if there is no place to store them. */
  readonly known: KnownServers | undefined;
  /** Asks a person whether this is the right server; undefined if nobody can be asked. */
  readonly confirm: ((shown: ShownCertificate) => Promise<boolean>) | undefined;
  /** Prints a line for the person: their answer was not stored. */
  readonly report: (line: string) => void;
  /** The time to keep trying to reach the server, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Finds how to verify the server at `address` if the caller did not say: by the certificate
 * accepted before, else by a public authority, else by asking a person, whose answer is stored.
 *
 * @throws {ChatError} `untrusted`, if there is no such way; `mismatched`, if it speaks no TLS;
 * `unavailable`, if it is unreachable.
 */
export async function findTrust(address: string, options: TrustOptions): Promise<Trust> {
  const { known, confirm, report } = options;
  const pin = await known?.find(address);
  if (pin) return { by: "certificate", fingerprint: pin.fingerprint, pinnedIn: pin.place };
  const shown = await inspectWithRetries(address, options);
  const { fingerprint, problem } = shown;
  if (problem === undefined) return { by: "authority" };
  if (!confirm) {
    const how = `--fingerprint ${fingerprint} joins, if the server printed this fingerprint`;
    throw new ChatError("untrusted", `Cannot trust "${address}": ${problem} (${how})`);
  }
  if (!await confirm(shown)) {
    throw new ChatError("untrusted", `Cannot trust "${address}": not accepted`);
  }
  const trust = { by: "certificate", fingerprint } as const;
  try {
    const added = await known?.add(address, fingerprint);
    return added ? { ...trust, pinnedIn: added.place } : trust;
  } catch (error) {
    // It was accepted all the same. The question comes again next time.
    const words = errorMessage(error);
    report(`Cannot remember "${address}": ${words}`);
    return trust;
  }
}

/** Fetches the server's certificate, and retries until it is there or the time is up. */
async function inspectWithRetries(
  address: string,
  { certificate, timeoutMs, signal }: TrustOptions,
): Promise<ShownCertificate> {
  const giveUpAt = performance.now() + timeoutMs;
  for (let failures = 0;; failures++) {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), Math.max(0, giveUpAt - performance.now()));
    try {
      return await inspect(address, certificate, AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.code === "mismatched") {
        const words = `Cannot join "${address}": ${error.message}`;
        throw new ChatError(error.code, words, { cause: error });
      }
      const retryMs = backoffWithin(giveUpAt - performance.now(), failures);
      if (signal.aborted || retryMs === undefined) {
        const tried = `tried for ${timeoutMs / 1_000} s`;
        const words = `Cannot reach "${address}": ${error.message} (${tried})`;
        throw new ChatError("unavailable", words, { cause: error });
      }
      await sleep(retryMs, signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
