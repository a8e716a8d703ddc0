import { shortName, visibleName } from "../../room/note.ts";
import { type Sanction, STATES } from "../../room/sanctions.ts";
import { spanOf } from "../../text/duration.ts";
import { visible } from "../../text/escape.ts";
import { count } from "../../text/number.ts";
import { remark, rule } from "./render.ts";

/** Who is banned or muted as lines, safe for a terminal; `now` in milliseconds since the Unix epoch. */
export function sanctionLines(sanctions: readonly Sanction[], now: number): string[] {
  if (sanctions.length === 0) return [remark("nobody is banned or muted")];
  const bans = sanctions.filter(({ kind }) => kind === "ban").length;
  const mutes = sanctions.length - bans;
  return [
    rule(`${count(bans, "ban")}, ${count(mutes, "mute")}`),
    ...sanctions.map((sanction) => `  ${sanctionLine(sanction, now)}`),
  ];
}

function sanctionLine({ kind, name, whom, by, reason, until, time }: Sanction, now: number) {
  const span = until === undefined ? "for good" : `for ${spanOf(until - now)} more`;
  const who = `${visibleName(name)} (${visible(shortName(whom))})`;
  const since = `${spanOf(now - time)} ago by ${by === "" ? "an operator" : visibleName(by)}`;
  return `${who} ${STATES[kind]} ${span}, ${since}${reason === "" ? "" : `: ${visible(reason)}`}`;
}
