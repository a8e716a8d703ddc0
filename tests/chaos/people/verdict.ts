import { checkHistory } from "../check/check_history.ts";
import type { Happening } from "../check/history.ts";
import { Blame, formatViolation, shortest, type Violation } from "../check/violation.ts";
import type { OutageFigures } from "../time/outages.ts";
import type { Recorder } from "./recorder.ts";

/** The figures of a kind of fault. */
export interface KindFigures extends OutageFigures {
  /** What went wrong during faults of the kind, by the words of the checker, with numbers. */
  readonly wrongs: Readonly<Record<string, number>>;
}

/** What the checker says of a run. */
export interface Verdict {
  /** All that happened. */
  readonly history: readonly Happening[];
  readonly violations: readonly Violation[];
  /** The problems, in words; none if all is well. */
  readonly problems: readonly string[];
  readonly kinds: readonly KindFigures[];
  readonly faults: number;
  readonly posted: number;
  readonly accepted: number;
  readonly refused: number;
  readonly received: number;
  /** The number of topics that were set. */
  readonly topics: number;
  /** The number of searches that ended. */
  readonly searches: number;
  readonly mutes: number;
  readonly lostConnections: number;
  /** The number of posts that were unanswered at those moments. */
  readonly lostAnswers: number;
}

/**
 * Lets the checker judge a history.
 *
 * @param damage Problems that were found otherwise, in words.
 */
export function judge(
  { history, lostConnections, lostAnswers }: Recorder,
  { damage, outages }: {
    readonly damage: readonly string[];
    readonly outages: readonly OutageFigures[];
  },
): Verdict {
  const violations = checkHistory(history);
  const blame = new Blame(history);
  const byKind = Map.groupBy(violations, (violation) => blame.of(violation));
  const kinds = outages.map((figures) => {
    const wrongs = Map.groupBy(byKind.get(figures.kind) ?? [], ({ wrong }) => wrong);
    const numbers = Array.from(wrongs, ([wrong, { length }]) => [wrong, length]);
    return { ...figures, wrongs: Object.fromEntries(numbers) };
  });
  const counts = new Map<Happening["type"], number>();
  for (const { type } of history) counts.set(type, (counts.get(type) ?? 0) + 1);
  const count = (type: Happening["type"]) => counts.get(type) ?? 0;
  const first = shortest(violations);
  return {
    ...{ history, violations, kinds, lostConnections, lostAnswers },
    problems: [
      ...damage,
      ...first ? [`${violations.length} violations; the shortest:\n${formatViolation(first)}`] : [],
    ],
    faults: count("fault"),
    posted: count("posted"),
    accepted: count("accepted"),
    refused: count("refused"),
    received: count("received"),
    topics: count("topic set"),
    searches: count("search ended"),
    mutes: count("muted"),
  };
}
