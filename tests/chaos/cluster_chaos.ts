/**
 * Chaos over several servers: breaks three servers of a chat and the three nodes of their engine
 * while many clients talk, and checks that nothing was lost, duplicated or reordered.
 *
 * @module
 */

import { errorMessage } from "../../room/errors.ts";
import { type Random, random } from "../support/random.ts";
import { ChatCluster, type Launch } from "./chat_cluster.ts";
import type { ChaosResult } from "./clients.ts";
import { Crowd } from "./crowd.ts";
import { FAULT_KINDS, type FaultKind, planFaults } from "./faults.ts";
import { type OutageFigures, Outages } from "./time/outages.ts";

/** The plan's parameters. */
export interface ClusterChaosOptions {
  /** The seed of the plan. */
  readonly seed: number;
  /** The number of faults. One more client joins at each, until the rooms are full. */
  readonly rounds: number;
  /** The time after which no further fault comes, in milliseconds. Default: none. */
  readonly lastsMs?: number | undefined;
  /** The number of clients in each room from the start. */
  readonly clients: number;
  /** The kinds of faults. Default: all. */
  readonly kinds?: readonly FaultKind[];
  /** Starts a server. Default: the program as it is. */
  readonly launch?: Launch;
  /** The longest wait for an event, in milliseconds, after which the run fails. Default: none. */
  readonly patienceMs?: number;
  /** Called with a line about each fault. */
  readonly onRound?: (line: string) => void;
}

/** The result of a run. */
export interface ClusterChaosResult extends ChaosResult {
  /** The times without an acknowledgement. */
  readonly outages: readonly OutageFigures[];
}

/**
 * Lets clients talk, makes `rounds` faults, lets all clients reconnect and finish, and compares all
 * transcripts with the posts and with the logs of all servers, one of which starts afresh.
 *
 * @throws if a client or a server ends by itself, or a post is refused for good.
 */
export async function runClusterChaos(options: ClusterChaosOptions): Promise<ClusterChaosResult> {
  const { seed, launch, patienceMs } = options;
  const numbers = random(seed);
  const outages = new Outages();
  let crowd: Crowd | undefined;
  await using cluster = await ChatCluster.start({ fail: (error) => crowd?.fail(error), launch });
  const onAck = () => outages.acknowledged();
  await using talkers = crowd = new Crowd({
    addresses: cluster.addresses,
    numbers,
    onAck,
    patienceMs,
  });
  try {
    await play(options, { cluster, crowd: talkers, numbers, outages });
    return { ...await talkers.audit(), outages: outages.figures() };
  } catch (cause) {
    throw new Error(`${errorMessage(cause)}\n${cluster.reports}`, { cause });
  }
}

interface Cast {
  readonly cluster: ChatCluster;
  readonly crowd: Crowd;
  readonly numbers: Random;
  readonly outages: Outages;
}

async function play(
  { rounds, lastsMs = Infinity, clients, kinds = FAULT_KINDS, onRound = () => {} }:
    ClusterChaosOptions,
  { cluster, crowd, numbers, outages }: Cast,
): Promise<void> {
  const faults = planFaults({ kinds, ...cluster.targets }, numbers);
  crowd.enter(clients);
  const endsAt = performance.now() + lastsMs;
  for (let round = 1; round <= rounds && performance.now() < endsAt; round++) {
    await crowd.gather();
    const fault = faults.next().value;
    outages.begin(fault.kind);
    onRound(`fault ${round}: ${fault.kind}; ${crowd.describe()}`);
    await cluster.strike(fault, crowd);
    crowd.enterLate(fault.server); // Where it may be the first one after a restart.
  }
  await crowd.gather();
  outages.end();
  await crowd.finish();
  // It reads its log from the nodes; those of the others have grown.
  await cluster.restartServer(numbers.below(cluster.targets.servers));
}
