import { ChatError, errorMessage } from "../../room/errors.ts";
import { quoteAddresses } from "../../text/address_list.ts";
import type { KnownServer, KnownServers } from "../profile/known_servers.ts";
import { Attempts } from "./attempts.ts";
import { sleep } from "./backoff.ts";
import { type ClientCertificate, inspect, type ShownCertificate, type Trust } from "./tls.ts";

/** The options for deciding whether to trust a server. */
export interface TrustOptions {
  /** The client's own certificate, if the server asks for one. */
  readonly certificate: ClientCertificate | undefined;
  /** The servers that were accepted before; undefined if there is no place to store them. */
  readonly known: KnownServers | undefined;
  /**
   * Asks a person whether this is the right server, which has shown a certificate at an address;
   * undefined if nobody can be asked.
   */
  readonly confirm: ((shown: ShownCertificate, address: string) => Promise<boolean>) | undefined;
  /** Prints a line for the person: their answer was not stored. */
  readonly report: (line: string) => void;
  /** The time to keep trying to reach one of the servers, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Finds how to verify the servers of a chat if the caller did not say: by the certificate accepted
 * before at one of `addresses`, else by a public authority, else by asking a person, whose answer is
 * stored for all. The first server that answers decides, since all of a chat show the same
 * certificate, or each one of a public authority.
 *
 * @throws {ChatError} `untrusted`, if there is no such way, or different certificates were accepted
 * before; `mismatched`, if a server speaks no TLS; `unavailable`, if none is reachable.
 */
export async function findTrust(
  addresses: readonly string[],
  options: TrustOptions,
): Promise<Trust> {
  const { known, confirm } = options;
  const pin = known && await findPin(addresses, known);
  if (pin) return { by: "certificate", fingerprint: pin.fingerprint, pinnedIn: pin.place };
  const { address, shown } = await inspectWithRetries(addresses, options);
  const { fingerprint, problem } = shown;
  if (problem === undefined) return { by: "authority" };
  if (!confirm) {
    const how = `--fingerprint ${fingerprint} joins, if the server printed this fingerprint`;
    throw new ChatError("untrusted", `Cannot trust "${address}": ${problem} (${how})`);
  }
  if (!await confirm(shown, address)) {
    throw new ChatError("untrusted", `Cannot trust "${address}": not accepted`);
  }
  const pinnedIn = await remember(addresses, fingerprint, options);
  return { by: "certificate", fingerprint, ...(pinnedIn !== undefined && { pinnedIn }) };
}

/** Returns the certificate that was accepted for the servers of a chat. */
async function findPin(
  addresses: readonly string[],
  known: KnownServers,
): Promise<KnownServer | undefined> {
  let pin: KnownServer | undefined;
  for (const address of addresses) {
    const found = await known.find(address);
    if (pin && found && found.fingerprint !== pin.fingerprint) {
      const why = `${pin.place} and ${found.place} have different certificates, ` +
        "and the servers of one chat have the same (if you know why, remove one of these lines)";
      throw new ChatError("untrusted", `Cannot trust ${quoteAddresses(addresses)}: ${why}`);
    }
    pin ??= found;
  }
  return pin;
}

/** Stores that a certificate was accepted for the servers of a chat. Returns the first line. */
async function remember(
  addresses: readonly string[],
  fingerprint: string,
  { known, report }: TrustOptions,
): Promise<string | undefined> {
  let place: string | undefined;
  for (const address of addresses) {
    try {
      const added = await known?.add(address, fingerprint);
      place ??= added?.place;
    } catch (error) {
      // It was accepted all the same. The question comes again next time.
      report(`Cannot remember "${address}": ${errorMessage(error)}`);
    }
  }
  return place;
}

/** Fetches the certificate of a server, and retries until one is there or the time is up. */
async function inspectWithRetries(
  addresses: readonly string[],
  { certificate, timeoutMs, signal }: TrustOptions,
): Promise<{ address: string; shown: ShownCertificate }> {
  const attempts = new Attempts({ addresses, timeoutMs });
  while (true) {
    const { address, attemptMs } = attempts;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), attemptMs);
    try {
      const ended = AbortSignal.any([signal, deadline.signal]);
      return { address, shown: await inspect(address, certificate, ended) };
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.code === "mismatched") {
        const words = `Cannot join "${address}": ${error.message}`;
        throw new ChatError(error.code, words, { cause: error });
      }
      const retryMs = attempts.failed(deadline.signal.aborted ? undefined : error.message);
      if (signal.aborted || retryMs === undefined) throw attempts.unreachable(error);
      await sleep(retryMs, signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
