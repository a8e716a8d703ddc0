import { escapeText } from "../text/escape.ts";
import { formatNumber } from "../text/number.ts";
import { ChatError } from "./errors.ts";

/**
 * The commands of an operator: list bans and mutes, kick people, change bans and mutes, list name
 * owners, release a name, remove a room, lock or unlock the topic of the own room, or show stats.
 */
export type OperatorAction =
  | "list"
  | "kick"
  | "mute"
  | "unmute"
  | "ban"
  | "unban"
  | "release"
  | "stats"
  | "names"
  | "remove"
  | "lock"
  | "unlock";

/** The commands of everybody with a key, about their own names: list them, or give one back. */
export type OwnAction = "own" | "drop";

/** Whether an action is one about one's own names. */
export function isOwnAction(action: string | undefined): action is OwnAction {
  return action === "own" || action === "drop";
}

/** The commands that change something. */
export type ModerationAction = Exclude<OperatorAction, "list" | "stats" | "names">;

/** A value that the stats of a server consist of. */
export interface Stat {
  /** Its name, as in Prometheus's format. */
  readonly name: string;
  /** Its current value. */
  readonly value: number;
}

/** A command of an operator, or about one's own names. */
export interface ModerationCommand {
  /** The kind of command. */
  readonly action: OperatorAction | OwnAction;
  /**
   * The person: a fingerprint, an IP address, or the name of a person who is online or owns it. For
   * `remove`, the room. For `names`, a part of the name, or the start of the owner's fingerprint.
   * For `drop`, one's own name. Empty for `list`, `stats`, `own`, `lock` and `unlock`.
   */
  readonly name: string;
  /** The duration of a ban or mute, in milliseconds. Default: permanent. */
  readonly spanMs?: number | undefined;
  /** The reason, which is shown to the person. Default: none. */
  readonly reason?: string | undefined;
}

/** The longest reason, in characters. */
export const MAX_REASON_CHARS = 200;

/**
 * Checks a reason.
 *
 * @throws {ChatError} `invalid`, if it is too long, or not a single line of visible characters.
 */
export function checkReason(reason: string): void {
  const chars = [...reason].length;
  if (chars > MAX_REASON_CHARS) {
    throw new ChatError(
      "invalid",
      `The reason has ${formatNumber(chars)} characters: at most ${MAX_REASON_CHARS} are allowed`,
    );
  }
  if (escapeText(reason) !== reason) {
    throw new ChatError("invalid", "The reason contains control or invisible characters");
  }
}

/** The longest duration, in milliseconds. */
const MAX_DURATION_MS = 999_999 * 86_400_000;

/**
 * Checks a duration in milliseconds. 0 means permanent.
 *
 * @throws {ChatError} `invalid`, if it is unreasonably long.
 */
export function checkDuration(ms: number): void {
  if (ms >= 0 && ms <= MAX_DURATION_MS) return;
  throw new ChatError(
    "invalid",
    `A duration of ${formatNumber(ms)} ms: at most ${formatNumber(MAX_DURATION_MS)} are allowed`,
  );
}
