/**
 * Chaos with one server: breaks it, its machine, its links and its clients in all ways, while people
 * talk in several rooms, and lets a checker that knows nothing of the program judge the history.
 *
 * @module
 */

import { random } from "../../support/random.ts";
import { checkHistory } from "../check/check_history.ts";
import type { Happening } from "../check/history.ts";
import { Blame, formatViolation, shortest, type Violation } from "../check/violation.ts";
import { ForwardClock } from "../time/forward_clock.ts";
import { type OutageFigures, Outages } from "../time/outages.ts";
import { Recorder } from "./recorder.ts";
import { planServerFaults, possibleKinds, type ServerFaultKind } from "./server_faults.ts";
import { Stage, type StageLaunch } from "./stage.ts";
import { strike } from "./strikes.ts";

/** The plan's parameters. */
export interface ServerChaosOptions {
  /** The seed of the plan. */
  readonly seed: number;
  /** The number of faults. */
  readonly rounds: number;
  /** The time after which no further fault comes, in milliseconds. Default: none. */
  readonly lastsMs?: number | undefined;
  /** The number of people from the start. */
  readonly people: number;
  /** The kinds of faults. Default: all that this system can make. */
  readonly kinds?: readonly ServerFaultKind[] | undefined;
  /** The longest time that a fault lasts once it has an effect, in milliseconds. Default 1,500. */
  readonly maxHoldMs?: number;
  /** Starts the server. Default: the program as it is. */
  readonly launch?: StageLaunch;
  /** The longest wait for an event, in milliseconds, after which it is missing. Default: none. */
  readonly patienceMs?: number;
  /** Called with a line about each fault. */
  readonly onRound?: (line: string) => void;
}

/** The figures of a kind of fault. */
export interface KindFigures extends OutageFigures {
  /** What went wrong during faults of the kind, by the words of the checker, with numbers. */
  readonly wrongs: Readonly<Record<string, number>>;
}

/** The result of a run. */
export interface ServerChaosResult {
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
  readonly logged: number;
  readonly lostConnections: number;
  /** The number of times that Deno itself ended the server, which was started again. */
  readonly panics: number;
}

/**
 * Lets people talk, makes faults, lets everybody finish, kills the server once more, and judges all
 * transcripts and the log.
 *
 * @throws if the server ends by itself, or nobody goes on.
 */
export async function runServerChaos(options: ServerChaosOptions): Promise<ServerChaosResult> {
  const { seed, rounds, lastsMs = Infinity, people, launch, patienceMs, maxHoldMs } = options;
  const { onRound = () => {} } = options;
  const kinds = options.kinds ?? await possibleKinds();
  const numbers = random(seed);
  const outages = new Outages(Date.now);
  using clock = new ForwardClock();
  const recorder = new Recorder({ onAccepted: () => outages.acknowledged(), patienceMs });
  await using stage = await Stage.open({ recorder, numbers, people, launch });
  const faults = planServerFaults({ kinds, links: stage.links.length, maxHoldMs }, numbers);
  const endsAt = Date.now() + lastsMs;
  let made = 0;
  while (made < rounds && Date.now() < endsAt) {
    await stage.gather(1 + numbers.below(MAX_ACKS));
    const fault = faults.next().value;
    recorder.add({ type: "fault", kind: fault.kind });
    outages.begin(fault.kind);
    onRound(`fault ${++made}: ${fault.kind}; ${stage.describe()}`);
    clock.advance(LONG_MS); // Otherwise the clients would back off longer and longer.
    await strike(stage, fault);
    if (numbers.next() < RENAME_PART) {
      const talker = numbers.pick(stage.talkers);
      const { person, name } = talker;
      stage.background(talker.rename(name === person ? `${person}b` : person));
    }
    await stage.enterLate();
  }
  await stage.gather(1);
  outages.end();
  const damage = await stage.finish();
  return judge(recorder, {
    damage,
    outages: outages.figures(),
    faults: made,
    panics: stage.panics,
  });
}

/** The most acknowledgements between two faults. */
const MAX_ACKS = 30;
/** The time after which clients take a lost connection for a first one, in milliseconds. */
const LONG_MS = 60_000;
/** The part of the faults after which somebody takes another name. */
const RENAME_PART = 0.4;

function judge(
  { history, lostConnections }: Recorder,
  { damage, outages, faults, panics }: {
    readonly damage: readonly string[];
    readonly outages: readonly OutageFigures[];
    readonly faults: number;
    readonly panics: number;
  },
): ServerChaosResult {
  const violations = checkHistory(history);
  const blame = new Blame(history);
  const byKind = Map.groupBy(violations, (violation) => blame.of(violation));
  const kinds = outages.map((figures) => {
    const wrongs = Map.groupBy(byKind.get(figures.kind) ?? [], ({ wrong }) => wrong);
    const numbers = Array.from(wrongs, ([wrong, { length }]) => [wrong, length]);
    return { ...figures, wrongs: Object.fromEntries(numbers) };
  });
  const count = (type: Happening["type"]) => history.filter((event) => event.type === type).length;
  const first = shortest(violations);
  return {
    history,
    violations,
    problems: [
      ...damage,
      ...first ? [`${violations.length} violations; the shortest:\n${formatViolation(first)}`] : [],
    ],
    kinds,
    faults,
    posted: count("posted"),
    accepted: count("accepted"),
    refused: count("refused"),
    received: count("received"),
    logged: count("logged"),
    lostConnections,
    panics,
  };
}
