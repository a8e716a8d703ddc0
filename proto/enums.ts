import type { OperatorAction, OwnAction } from "../room/moderation.ts";
import type { NoteKind } from "../room/note.ts";
import { Action, type Action__Output } from "./generated/grpc/Action.ts";
import { Kind, type Kind__Output } from "./generated/grpc/Kind.ts";

// The compiler refuses a table without one of our words, and its inverse without one of the
// contract's numbers.

/** The actions of operators, and those of everybody. */
export type OrderAction = OperatorAction | OwnAction | "topic";

const KIND_NUMBERS = {
  said: Kind.SAID,
  action: Kind.ACTION,
  whisper: Kind.WHISPER,
} as const satisfies Record<NoteKind, Kind__Output>;

const KINDS: Readonly<Record<Kind__Output, NoteKind>> = inverse(KIND_NUMBERS);

const ACTION_NUMBERS = {
  list: Action.LIST,
  kick: Action.KICK,
  mute: Action.MUTE,
  unmute: Action.UNMUTE,
  ban: Action.BAN,
  unban: Action.UNBAN,
  release: Action.RELEASE,
  stats: Action.STATS,
  names: Action.NAMES,
  remove: Action.REMOVE,
  own: Action.OWN,
  drop: Action.DROP,
  topic: Action.TOPIC,
  lock: Action.LOCK,
  unlock: Action.UNLOCK,
} as const satisfies Record<OrderAction, Action__Output>;

const ACTIONS: Readonly<Record<Action__Output, OrderAction>> = inverse(ACTION_NUMBERS);

/** The number of a kind of note on the wire. */
export function toWireKind(kind: NoteKind): Kind__Output {
  return KIND_NUMBERS[kind];
}

/** The kind of note for a number on the wire. A number that only newer peers know means `said`. */
export function fromWireKind(kind: number): NoteKind {
  return KINDS[kind as Kind__Output] ?? "said";
}

/** The number of an order's action on the wire. */
export function toWireAction(action: OrderAction): Action__Output {
  return ACTION_NUMBERS[action];
}

/** The action for a number on the wire; undefined for a number that only newer peers know. */
export function fromWireAction(action: number): OrderAction | undefined {
  return ACTIONS[action as Action__Output];
}

type Inverse<Table extends Readonly<Record<string, number>>> = {
  [Word in keyof Table as Table[Word]]: Word;
};

/** Turns a table from words to numbers into one from numbers to words. */
function inverse<const Table extends Readonly<Record<string, number>>>(
  table: Table,
): Inverse<Table> {
  const entries = Object.entries(table).map(([word, number]) => [number, word]);
  return Object.fromEntries(entries) as Inverse<Table>;
}
