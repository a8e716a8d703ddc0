import type { RefusedEvent, Report, ServerEvent } from "./event.ts";

/** How long one report stands for all refusals of its kind at first, and at most, in milliseconds. */
const QUIET_MS = { min: 1_000, max: 60_000 };

/** A kind of which there has been a refusal. */
interface Kind {
  /** When the last one was reported. */
  since: number;
  /** How long that one stands for all others. */
  quietMs: number;
  /** How many have not been reported since. */
  unsaid: number;
}

/**
 * Makes what hears of events pass on all of them but the refusals: of a kind it passes on one
 * a second, and as long as they go on ever fewer, down to one a minute, which says how many
 * there were: a flood must not become a flood of reports.
 */
export function sparingly(
  report: Report,
  now: () => number = () => performance.now(),
): Report {
  const kinds = new Map<string, Kind>();
  const refuse = (event: RefusedEvent) => {
    const kind = kinds.get(event.kind);
    if (!kind) {
      kinds.set(event.kind, { since: now(), quietMs: QUIET_MS.min, unsaid: 0 });
      return report(event);
    }
    const passed = now() - kind.since;
    if (passed < kind.quietMs) {
      kind.unsaid++;
      return;
    }
    const goesOn = kind.unsaid > 0 && passed < 2 * kind.quietMs;
    const quietMs = goesOn ? Math.min(2 * kind.quietMs, QUIET_MS.max) : QUIET_MS.min;
    report(kind.unsaid > 0 ? { ...event, more: kind.unsaid } : event);
    Object.assign(kind, { since: now(), quietMs, unsaid: 0 });
  };
  return (event: ServerEvent) => event.type === "refused" ? refuse(event) : report(event);
}
