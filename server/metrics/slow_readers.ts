import { type OpenSession, toSubject } from "../access/sessions.ts";
import type { Report } from "../events/event.ts";

/** The interval of checks for slow readers, in milliseconds. */
export const CHECK_INTERVAL_MS = 5_000;

/** A reader that had notes pending at the last check. */
interface Watched {
  /** The next note it was to receive. */
  readonly next: number;
  /** Whether it has been reported since it last caught up. */
  readonly reported: boolean;
}

/**
 * Detects readers that stall: between two checks they received nothing, though notes were pending.
 * A reader that catches up with a long history also has notes pending, but advances, so it is not
 * reported. It adds no cost to writing: no timer and no clock call.
 */
export class SlowReaders {
  readonly #report: Report;
  #watched = new Map<OpenSession, Watched>();

  /** Reports each slow reader once, until it has caught up. */
  constructor(report: Report) {
    this.#report = report;
  }

  /** Checks all open sessions. */
  check(sessions: Iterable<OpenSession>): void {
    const watched = new Map<OpenSession, Watched>();
    for (const session of sessions) {
      const { next, behind } = session.progress();
      if (behind === 0) continue;
      const before = this.#watched.get(session);
      const stands = before?.next === next;
      if (stands && !before.reported) {
        this.#report({ type: "slow", ...toSubject(session), behind });
      }
      watched.set(session, { next, reported: stands || (before?.reported ?? false) });
    }
    this.#watched = watched;
  }
}
