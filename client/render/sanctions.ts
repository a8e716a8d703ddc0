import { escapeName, truncateName } from "../../room/note.ts";
import { type Sanction, STATES } from "../../room/sanctions.ts";
import { formatDuration } from "../../text/duration.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import { remark, rule } from "./render.ts";

/**
 * Formats bans and mutes as lines, safe for a terminal. `now` is in milliseconds since the Unix
 * epoch.
 */
export function sanctionLines(sanctions: readonly Sanction[], now: number): string[] {
  if (sanctions.length === 0) return [remark("nobody is banned or muted")];
  const bans = sanctions.filter(({ kind }) => kind === "ban").length;
  const mutes = sanctions.length - bans;
  return [
    rule(`${formatCount(bans, "ban")}, ${formatCount(mutes, "mute")}`),
    ...sanctions.map((sanction) => `  ${sanctionLine(sanction, now)}`),
  ];
}

function sanctionLine({ kind, name, principal, by, reason, until, time }: Sanction, now: number) {
  const span = until === undefined ? "forever" : `for ${formatDuration(until - now)} more`;
  const who = `${escapeName(name)} (${escapeText(truncateName(principal))})`;
  const since = `${formatDuration(now - time)} ago by ${
    by === "" ? "an operator" : escapeName(by)
  }`;
  return `${who} ${STATES[kind]} ${span}, ${since}${
    reason === "" ? "" : `: ${escapeText(reason)}`
  }`;
}
