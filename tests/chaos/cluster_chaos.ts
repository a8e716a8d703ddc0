/**
 * Chaos over several servers: breaks three servers of a chat and the three nodes of their engine
 * while people talk in several rooms, and lets a checker that knows nothing of the program judge the
 * history.
 *
 * @module
 */

import { errorMessage } from "../../room/errors.ts";
import { nextTick } from "../support/next_tick.ts";
import { type Random, random } from "../support/random.ts";
import { ChatCluster, type Launch } from "./chat_cluster.ts";
import { FAULT_KINDS, type FaultKind, planFaults } from "./faults.ts";
import { Crowd } from "./people/crowd.ts";
import { Deeds } from "./people/deeds.ts";
import { Recorder } from "./people/recorder.ts";
import type { TalkerHabits } from "./people/talker.ts";
import { judge, type Verdict } from "./people/verdict.ts";
import { Outages } from "./time/outages.ts";

/** The plan's parameters. */
export interface ClusterChaosOptions {
  /** The seed of the plan. */
  readonly seed: number;
  /** The number of faults. One more person enters after each, until the rooms are full. */
  readonly rounds: number;
  /** The time after which no further fault comes, in milliseconds. Default: none. */
  readonly lastsMs?: number | undefined;
  /** The number of people from the start; each is in one to three rooms. */
  readonly people: number;
  /** The kinds of faults. Default: all. */
  readonly kinds?: readonly FaultKind[] | undefined;
  /** Starts a server. Default: the program as it is. */
  readonly launch?: Launch;
  /** The longest wait for an event, in milliseconds, after which the run fails. Default: none. */
  readonly patienceMs?: number;
  /** Called with a line about each fault. */
  readonly onRound?: (line: string) => void;
}

/** The bounds of the silence of a server before a client asks for a sign of life. */
const KEEPALIVE_MS = { min: 1_000, max: 10_000 };
/** With long pauses, so that the log does not grow too long. */
const HABITS: TalkerHabits = { maxPauseMs: 1_000, maxUnanswered: 20, privatePart: 0.15 };
/** The most talkers in all rooms: each fault brings one more person until then. */
const MAX_TALKERS = 24;
/** The most acknowledgements in a room between two faults. */
const MAX_ACKS = 30;
/** The most people who read all notes from each further server in the end. */
const MAX_AUDITORS = 3;
/** The most turns of the event loop between the last of them and the fault. */
const MAX_TURNS = 10;

/**
 * Lets people talk, makes `rounds` faults, lets everybody finish, kills a server once more, and
 * judges all transcripts, and what everybody reads from each server in the end.
 *
 * A failure, such as a server that ends by itself, is a problem of the verdict.
 */
export async function runClusterChaos(options: ClusterChaosOptions): Promise<Verdict> {
  const { seed, people, launch, patienceMs } = options;
  const numbers = random(seed);
  const outages = new Outages();
  const recorder = new Recorder({ onAccepted: () => outages.acknowledged(), patienceMs });
  await using cluster = await ChatCluster.start({ fail: recorder.fail, launch });
  await using crowd = await Crowd.make({
    ...{ recorder, numbers, habits: HABITS, keepaliveMs: KEEPALIVE_MS, maxTalkers: MAX_TALKERS },
    isShared: true,
  });
  const damage: string[] = [];
  try {
    for (let i = 0; i < people; i++) await crowd.enter(startingAt(cluster, i));
    await play(options, { cluster, crowd, numbers, outages, recorder });
  } catch (error) {
    damage.push(`${errorMessage(error)}\n${cluster.reports}`);
  }
  return judge(recorder, { damage, outages: outages.figures() });
}

interface Cast {
  readonly cluster: ChatCluster;
  readonly crowd: Crowd;
  readonly numbers: Random;
  readonly outages: Outages;
  readonly recorder: Recorder;
}

async function play(
  { seed, rounds, lastsMs = Infinity, kinds = FAULT_KINDS, onRound = () => {} }:
    ClusterChaosOptions,
  { cluster, crowd, numbers, outages, recorder }: Cast,
): Promise<void> {
  const faults = planFaults({ kinds, ...cluster.targets }, numbers);
  const deeds = new Deeds({ crowd, recorder, numbers: random(seed + 1), isShared: true });
  const endsAt = performance.now() + lastsMs;
  for (let round = 1; round <= rounds && performance.now() < endsAt; round++) {
    await crowd.gather(1);
    await crowd.progress(1 + Math.floor(MAX_ACKS * numbers.next() ** 3));
    // The answers have arrived; some turns later, the next posts are under way.
    for (let turns = numbers.below(MAX_TURNS); turns > 0; turns--) await nextTick();
    const fault = faults.next().value;
    recorder.add({ type: "fault", kind: fault.kind });
    outages.begin(fault.kind);
    onRound(`fault ${round}: ${fault.kind}; ${crowd.describe()}`);
    deeds.begin();
    await cluster.strike(fault, crowd);
    deeds.begin();
    // Where it may be the first one after a restart.
    await crowd.enterLate(startingAt(cluster, fault.server));
  }
  await crowd.gather(1);
  outages.end();
  await crowd.rest();
  await crowd.seeEachOther();
  const heads = await crowd.finish();
  // It reads its log from the nodes; those of the others have grown.
  await cluster.restartServer(numbers.below(cluster.targets.servers));
  for (const [i, address] of cluster.addresses.entries()) {
    await crowd.audit(address, heads, i === 0 ? Infinity : MAX_AUDITORS);
  }
}

/** The addresses of all servers, from one of them on. */
function startingAt({ addresses }: ChatCluster, first: number): readonly string[] {
  return addresses.map((_, i) => addresses[(first + i) % addresses.length]!);
}
