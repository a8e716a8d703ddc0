import { ChatError } from "../../../room/errors.ts";
import type { EnteringSession } from "../../../room/state/shared_rosters.ts";
import type { SessionJoin } from "./presence_event.ts";

/** The session that another one has replaced; undefined if there is none. */
type Replaced = { readonly name: string } | undefined;

/** A session of this server, from its request to enter a room until it has left. */
export class OwnSession {
  readonly room: string;
  readonly session: EnteringSession;
  /** Resolves when it has entered for the first time, and rejects if it is refused. */
  readonly #entered: Promise<Replaced>;
  /** Its newest join, which may be on its way into the journal. */
  join: SessionJoin | undefined;
  /** Settles when the newest join is stored, or is not going to be. */
  storing: Promise<void> = Promise.resolve();
  readonly #resolve: (replaced: Replaced) => void;
  readonly #reject: (reason: ChatError) => void;
  #hasEntered = false;

  constructor(room: string, session: EnteringSession) {
    this.room = room;
    this.session = session;
    const { promise, resolve, reject } = Promise.withResolvers<Replaced>();
    this.#entered = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Whether all servers have let it in. */
  get hasEntered(): boolean {
    return this.#hasEntered;
  }

  /**
   * Waits until it has entered, and returns the session that it has replaced.
   *
   * @throws the reason why it is refused, or that of `signal` once it is aborted; {@linkcode ChatError}
   * `unavailable`, if neither happens within `ms` milliseconds.
   */
  async waitToEnter(signal: AbortSignal, ms: number): Promise<Replaced> {
    const { promise: never, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    const words = "Cannot join: the servers of this chat do not reach each other";
    const timer = setTimeout(() => reject(new ChatError("unavailable", words)), ms);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([this.#entered, never]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Called when all servers have let it in. */
  accept(replaced: Replaced): void {
    this.#hasEntered = true;
    this.#resolve(replaced);
  }

  /**
   * Called when all servers have refused it, perhaps after it had to join again, or when another
   * session has replaced it, perhaps before this server knew that it had entered.
   */
  end(reason: ChatError): void {
    if (this.#hasEntered) this.session.end(reason);
    else this.#reject(reason);
  }
}
