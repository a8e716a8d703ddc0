/**
 * Chaos with one server: breaks it, its machine, its links and its clients in all ways, while people
 * talk in several rooms, and lets a checker that knows nothing of the program judge the history.
 *
 * @module
 */

import { errorMessage } from "../../../room/errors.ts";
import { random } from "../../support/random.ts";
import { Deeds } from "../people/deeds.ts";
import { Recorder } from "../people/recorder.ts";
import type { TalkerHabits } from "../people/talker.ts";
import { judge, type Verdict } from "../people/verdict.ts";
import { ForwardClock } from "../time/forward_clock.ts";
import { Outages } from "../time/outages.ts";
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
  /** How much they talk. Default: as people who type fast. */
  readonly habits?: TalkerHabits | undefined;
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

/** The result of a run. */
export interface ServerChaosResult extends Verdict {
  /** The number of notes in the file at the end. */
  readonly logged: number;
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
  const { seed, rounds, lastsMs = Infinity, people, habits, launch, patienceMs } = options;
  const { maxHoldMs, onRound = () => {} } = options;
  const kinds = options.kinds ?? await possibleKinds();
  const numbers = random(seed);
  const outages = new Outages(Date.now);
  using clock = new ForwardClock();
  const recorder = new Recorder({ onAccepted: () => outages.acknowledged(), patienceMs });
  await using stage = await Stage.open({ recorder, numbers, people, habits, launch });
  const { crowd } = stage;
  const deeds = new Deeds({ crowd, recorder, numbers: random(seed + 1) });
  const faults = planServerFaults({ kinds, links: stage.links.length, maxHoldMs }, numbers);
  const endsAt = Date.now() + lastsMs;
  let made = 0;
  while (made < rounds && Date.now() < endsAt) {
    await gather(stage, 1 + numbers.below(MAX_ACKS));
    const fault = faults.next().value;
    recorder.add({ type: "fault", kind: fault.kind });
    outages.begin(fault.kind);
    onRound(`fault ${++made}: ${fault.kind}; ${crowd.describe()}`);
    clock.advance(LONG_MS); // Otherwise the clients would back off longer and longer.
    deeds.begin();
    await strike(stage, fault);
    deeds.begin();
    await stage.enterLate();
  }
  await gather(stage, 1);
  outages.end();
  const damage = await stage.finish();
  const verdict = judge(recorder, { damage, outages: outages.figures() });
  const logged = recorder.history.filter(({ type }) => type === "logged").length;
  return { ...verdict, logged, panics: stage.panics };
}

/** The most acknowledgements between two faults. */
const MAX_ACKS = 30;
/** The time after which clients take a lost connection for a first one, in milliseconds. */
const LONG_MS = 60_000;

async function gather({ crowd, server }: Stage, count: number): Promise<void> {
  try {
    await crowd.gather(count);
  } catch (cause) {
    throw new Error(`${errorMessage(cause)}\n${server.stderr}`, { cause });
  }
}
