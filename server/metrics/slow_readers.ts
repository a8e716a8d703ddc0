import type { OpenSession } from "../access/sessions.ts";
import type { Report } from "../events/event.ts";

/** How often readers are looked at, in milliseconds. */
export const CHECK_INTERVAL_MS = 5_000;

/** A reader that had something to take when it was last looked at. */
interface Watched {
  /** The note that it was to get next. */
  readonly next: number;
  /** Whether it has been reported since it last had all. */
  readonly reported: boolean;
}

/**
 * Tells of readers that stand still: between two looks they took nothing, though there was
 * something for them. One that catches up with a long history is behind as well, but moves, and is
 * not told of. That costs what is written nothing, neither a timer nor a look at the clock.
 */
export class SlowReaders {
  readonly #report: Report;
  #watched = new Map<OpenSession, Watched>();

  /** Tells `report`, once of each until it has caught up. */
  constructor(report: Report) {
    this.#report = report;
  }

  /** Looks at all who are here. */
  check(sessions: Iterable<OpenSession>): void {
    const watched = new Map<OpenSession, Watched>();
    for (const session of sessions) {
      const { next, behind } = session.progress();
      if (behind === 0) continue;
      const before = this.#watched.get(session);
      const stands = before?.next === next;
      if (stands && !before.reported) this.#reportSlow(session, behind);
      watched.set(session, { next, reported: stands || (before?.reported ?? false) });
    }
    this.#watched = watched;
  }

  #reportSlow({ name, room, key, address }: OpenSession, behind: number): void {
    this.#report({ type: "slow", name, room, key, address, behind });
  }
}
