import type { Random } from "../support/random.ts";

/** The kinds of faults of several servers and the nodes of their engine. */
export const FAULT_KINDS = [
  "kill a server",
  "stop a server",
  "kill a node",
  "stop a node",
  "isolate a node",
  "kill the leader",
  "stop the leader",
  "isolate the leader",
  "kill a server and the leader",
  "kill all nodes",
  "delay a server's feed",
  "lose a server's feed",
] as const;

/** A kind of fault. The leader is the node that orders the notes. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault, as planned. */
export interface Fault {
  readonly kind: FaultKind;
  /** The index of the server that it meets, if it meets one. */
  readonly server: number;
  /** The node that it meets, if not the leader: so many after the leader. */
  readonly afterLeader: number;
  /** How long it lasts, in milliseconds, if it does not end at once. */
  readonly holdMs: number;
}

/** What is there to break. */
export interface FaultTargets {
  readonly kinds: readonly FaultKind[];
  readonly servers: number;
  readonly nodes: number;
}

/** The bounds of {@linkcode Fault.holdMs}. */
const HOLD_MS = { min: 2_000, max: 5_000 };

/** Plans faults without end. Each kind comes once before any comes again. */
export function* planFaults(
  { kinds, servers, nodes }: FaultTargets,
  { below }: Random,
): Generator<Fault, never> {
  while (true) {
    for (const kind of shuffle(kinds, below)) {
      yield {
        kind,
        server: below(servers),
        afterLeader: 1 + below(nodes - 1),
        holdMs: HOLD_MS.min + below(HOLD_MS.max - HOLD_MS.min),
      };
    }
  }
}

function shuffle<T>(items: readonly T[], below: Random["below"]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(below(rest.length), 1)[0]!);
}
