import { escapeName, truncateName } from "../../room/note.ts";
import { type ReportedSanction, STATES } from "../../room/sanctions.ts";
import { formatDuration } from "../../text/duration.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import { remark, rule } from "./render.ts";

/**
 * Formats bans and mutes as lines, safe for a terminal. `now` is in milliseconds since the Unix
 * epoch.
 */
export function sanctionLines(sanctions: readonly ReportedSanction[], now: number): string[] {
  if (sanctions.length === 0) return [remark("nobody is banned or muted")];
  const bans = sanctions.filter(({ kind }) => kind === "ban").length;
  const mutes = sanctions.filter(({ kind }) => kind === "mute").length;
  const others = sanctions.length - bans - mutes;
  const counts = [formatCount(bans, "ban"), formatCount(mutes, "mute")];
  return [
    rule([...counts, ...others > 0 ? [formatCount(others, "other")] : []].join(", ")),
    ...sanctions.map((sanction) => `  ${sanctionLine(sanction, now)}`),
  ];
}

function sanctionLine(
  { kind, name, principal, by, reason, until, time }: ReportedSanction,
  now: number,
): string {
  const state = typeof kind === "number" ? `under sanction ${kind}` : STATES[kind];
  const span = until === undefined ? "forever" : `for ${formatDuration(until - now)} more`;
  const who = `${escapeName(name)} (${escapeText(truncateName(principal))})`;
  const since = `${formatDuration(now - time)} ago by ${
    by === "" ? "an operator" : escapeName(by)
  }`;
  return `${who} ${state} ${span}, ${since}${reason === "" ? "" : `: ${escapeText(reason)}`}`;
}
