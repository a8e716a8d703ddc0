import { ChatError } from "../../room/errors.ts";
import { backoffWithin } from "./backoff.ts";
import { FailureReasons } from "./failure_reasons.ts";

/** The options of {@linkcode Attempts}. */
export interface AttemptsOptions {
  /** The servers of the chat, in the order in which to try them. */
  readonly addresses: readonly string[];
  /**
   * The timeout for one attempt to connect, and the time to keep trying for the first connection,
   * in milliseconds.
   */
  readonly timeoutMs: number;
  /** When the time for the first connection began, by `performance.now()`. Default: now. */
  readonly startedAt?: number | undefined;
}

/** The time that a connection must last to reset the waits, in milliseconds. */
const STABLE_MS = 5_000;

/** The longest attempt while there are other addresses to try, in milliseconds. */
const LONGEST_ATTEMPT_MS = 10_000;

/**
 * Decides which server to try, for how long, and how long to wait between attempts.
 *
 * The servers are tried in the order given: the first one first, so that people can choose it, and
 * after a failure the next one at once. Once all have failed there is a wait, which grows with each
 * round, so that servers that turn everybody away are not asked in a tight loop.
 */
export class Attempts {
  readonly #addresses: readonly string[];
  readonly #timeoutMs: number;
  readonly #reasons: FailureReasons;
  /** Infinity after the first connection. */
  #giveUpAt: number;
  /** The index of the server to try. */
  #index = 0;
  /** The failures in a row. A multiple of the number of addresses completes a round. */
  #failures = 0;
  #connectedAt = Infinity;

  /** Begins with the first address. */
  constructor({ addresses, timeoutMs, startedAt = performance.now() }: AttemptsOptions) {
    this.#addresses = addresses;
    this.#timeoutMs = timeoutMs;
    this.#reasons = new FailureReasons(addresses);
    this.#giveUpAt = startedAt + timeoutMs;
  }

  /** The server to try. */
  get address(): string {
    return this.#addresses[this.#index]!;
  }

  /** Whether there was a connection. */
  get everConnected(): boolean {
    return this.#giveUpAt === Infinity;
  }

  /**
   * The timeout for the next attempt, in milliseconds. Before the first connection, all servers
   * that were not tried in this round share the time that is left: one of them may never answer.
   */
  get attemptMs(): number {
    const count = this.#addresses.length;
    const untried = count - this.#failures % count;
    const ms = this.everConnected ? this.#timeoutMs : this.#leftMs / untried;
    return Math.max(0, count === 1 ? ms : Math.min(ms, LONGEST_ATTEMPT_MS));
  }

  get #leftMs(): number {
    return this.#giveUpAt - performance.now();
  }

  /** Records a connection. From now on there is no end of attempts. */
  connected(): void {
    this.#giveUpAt = Infinity;
    this.#connectedAt = performance.now();
  }

  /**
   * Records that the attempt failed, or that its connection is lost, and goes on to the next
   * server. Returns the wait, in milliseconds; undefined if the time is up.
   *
   * @param reason The reason; undefined if there was no answer. The error then still names an
   * earlier answer, because the time usually runs out in the middle of an attempt.
   */
  failed(reason: string | undefined): number | undefined {
    if (reason !== undefined) this.#reasons.record(this.address, reason);
    // A server that accepts a connection and ends it at once counts as unreachable.
    if (performance.now() - this.#connectedAt > STABLE_MS) this.#failures = 0;
    this.#connectedAt = Infinity;
    this.#failures++;
    const count = this.#addresses.length;
    this.#index = (this.#index + 1) % count;
    if (this.#failures % count > 0) return this.#leftMs > 0 ? 0 : undefined;
    return backoffWithin(this.#leftMs, this.#failures / count - 1);
  }

  /** Records that the client has ended its connection itself. Returns the wait, in milliseconds. */
  restarted(): number {
    this.#failures = 0;
    return backoffWithin(Infinity, 0)!; // Without an end there is always a wait.
  }

  /** The error once the time is up. */
  unreachable(cause?: unknown): ChatError {
    const tried = `tried for ${this.#timeoutMs / 1_000} s`;
    return new ChatError("unavailable", `Cannot reach ${this.#reasons} (${tried})`, { cause });
  }
}

/** Returns the addresses in the same circular order, from `first` on. */
export function startingWith(first: string, addresses: readonly string[]): readonly string[] {
  const index = addresses.indexOf(first);
  return [...addresses.slice(index), ...addresses.slice(0, index)];
}
