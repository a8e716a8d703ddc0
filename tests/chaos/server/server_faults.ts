import { hasTool } from "../../support/tools.ts";
import type { Random } from "../../support/random.ts";
import { hasMachine } from "./machine.ts";

/** The kinds of faults of one server, its machine, its links and its clients. */
export const SERVER_FAULT_KINDS = [
  "kill",
  "freeze",
  "restart",
  "cut links",
  "delay links",
  "throttle links",
  "half-open to server",
  "half-open to clients",
  "error page",
  "step the clock",
  "fill the disk",
  "stall the disk",
  "use up descriptors",
  "slow reader",
  "stalled reader",
  "vanish",
] as const;

/** A kind of fault. */
export type ServerFaultKind = (typeof SERVER_FAULT_KINDS)[number];

/** The kinds that a {@linkcode Machine} makes. */
const BY_MACHINE: readonly ServerFaultKind[] = [
  "step the clock",
  "fill the disk",
  "stall the disk",
];

/** A fault, as planned. */
export interface ServerFault {
  readonly kind: ServerFaultKind;
  /** How long it lasts once it has shown an effect, in milliseconds. */
  readonly holdMs: number;
  /** The number of the first link that it meets. */
  readonly link: number;
  /** The number of links that it meets. */
  readonly links: number;
}

/** The kinds that can be made on this system. */
export async function possibleKinds(): Promise<readonly ServerFaultKind[]> {
  const [machine, prlimit] = [await hasMachine(), await hasTool("prlimit", "--version")];
  return SERVER_FAULT_KINDS.filter((kind) =>
    (machine || !BY_MACHINE.includes(kind)) && (prlimit || kind !== "use up descriptors")
  );
}

/** The least {@linkcode ServerFault.holdMs}. */
const MIN_HOLD_MS = 50;
/** The usual greatest one. */
const MAX_HOLD_MS = 1_500;

/** What there is to break, and how. */
export interface ServerFaultTargets {
  readonly kinds: readonly ServerFaultKind[];
  /** The number of links. */
  readonly links: number;
  /** The longest time that a fault lasts once it has an effect, in milliseconds. Default 1,500. */
  readonly maxHoldMs?: number | undefined;
}

/** Plans faults without end. Each kind comes once before any comes again. */
export function* planServerFaults(
  { kinds, links, maxHoldMs = MAX_HOLD_MS }: ServerFaultTargets,
  { below, next }: Random,
): Generator<ServerFault, never> {
  while (true) {
    const deck = [...kinds];
    while (deck.length > 0) {
      const [kind] = deck.splice(below(deck.length), 1);
      yield {
        kind: kind!, // There is one left.
        holdMs: Math.round(MIN_HOLD_MS + (maxHoldMs - MIN_HOLD_MS) * next() ** 2),
        link: below(links),
        links: 1 + below(links),
      };
    }
  }
}
