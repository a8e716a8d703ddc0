import type { OperatorAction } from "../room/moderation.ts";

/** What operators do, by the numbers in the enum `OperatorAction` of `chat.proto`. */
const ACTIONS: readonly OperatorAction[] = [
  "list",
  "kick",
  "mute",
  "unmute",
  "ban",
  "unban",
  "release",
  "stats",
  "names",
  "remove",
];

/** The number of an action on the wire. */
export function toWireAction(action: OperatorAction): number {
  return ACTIONS.indexOf(action);
}

/** The action that a number on the wire stands for; undefined for one of a newer peer. */
export function fromWireAction(action = 0): OperatorAction | undefined {
  return ACTIONS[action];
}
