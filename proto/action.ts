import type { Action } from "../room/moderation.ts";

/** What operators do, by the numbers in the enum `Action` of `chat.proto`. */
const ACTIONS: readonly Action[] = [
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
export function toWireAction(action: Action): number {
  return ACTIONS.indexOf(action);
}

/** The action that a number on the wire stands for; undefined for one of a newer peer. */
export function fromWireAction(action = 0): Action | undefined {
  return ACTIONS[action];
}
