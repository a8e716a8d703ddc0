import { escapeName } from "../../room/note.ts";
import type { OwnedName } from "../../room/owned_name.ts";
import { formatDuration } from "../../text/duration.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import { remark, rule } from "./render.ts";

/**
 * Formats the owners of names as lines, safe for a terminal. `now` is in milliseconds since the
 * Unix epoch.
 */
export function ownedNameLines(names: readonly OwnedName[], now: number): string[] {
  if (names.length === 0) return [remark("nobody owns such a name")];
  return [
    rule(formatCount(names.length, "name")),
    ...names.map((name) => `  ${ownedNameLine(name, now)}`),
  ];
}

function ownedNameLine({ name, key, time, seen, spoken }: OwnedName, now: number): string {
  const ago = (then: number) => formatDuration(Math.max(0, now - then));
  const silent = spoken ? "" : ", nothing said";
  const times = `for ${ago(time)}, last here ${ago(seen)} ago`;
  return `${escapeName(name)} (${escapeText(key)}) ${times}${silent}`;
}
