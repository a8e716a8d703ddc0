import { escapeText } from "../text/escape.ts";
import { formatNumber } from "../text/number.ts";
import { ChatError } from "./errors.ts";

/**
 * What an operator can do: see who is banned or muted, change it, see whose names are whose, free
 * one, remove a room, or see how the server is.
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
  | "remove";

/** What an operator can do that changes something. */
export type ModerationAction = Exclude<OperatorAction, "list" | "stats" | "names">;

/** A number that a server tells of itself. */
export interface Stat {
  /** What it is called: as on the page for Prometheus. */
  readonly name: string;
  /** How much it is, at the moment. */
  readonly value: number;
}

/** What an operator wants to be done. */
export interface ModerationCommand {
  /** What. */
  readonly action: OperatorAction;
  /**
   * The person: a fingerprint, an IP address, or the name of somebody who is here or owns it. For
   * `remove`, the room. For `names`, a text in the name, or the start of the owner's fingerprint.
   * Empty for `list` and `stats`.
   */
  readonly name: string;
  /** For how long a ban or a mute holds, in milliseconds. Default: for good. */
  readonly spanMs?: number | undefined;
  /** Why; they are told. Default: it is not said. */
  readonly reason?: string | undefined;
}

/** The longest reason, in characters. */
export const MAX_REASON_CHARS = 200;

/**
 * Checks a reason.
 *
 * @throws {ChatError} `invalid`, if it is too long, or not one line that everybody can see.
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
    throw new ChatError("invalid", "The reason holds control or invisible characters");
  }
}

/** The longest span of time, in milliseconds. */
const MAX_DURATION_MS = 999_999 * 86_400_000;

/**
 * Checks a span of time that may be for good, given in milliseconds: 0 is that.
 *
 * @throws {ChatError} `invalid`, if it is longer than anybody means.
 */
export function checkDuration(ms: number): void {
  if (ms >= 0 && ms <= MAX_DURATION_MS) return;
  throw new ChatError(
    "invalid",
    `A span of ${formatNumber(ms)} ms: at most ${formatNumber(MAX_DURATION_MS)} are allowed`,
  );
}
