import { escapeName } from "../../room/note.ts";
import type { OwnedName } from "../../room/owned_name.ts";
import { formatDuration } from "../../text/duration.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import { remark, rule } from "./render.ts";

/**
 * The time in milliseconds within which an owner was here just now. For one who is here, the
 * server reports its own time, and the clocks of two machines differ.
 */
const MOMENT_MS = 60_000;

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

function ownedNameLine(owned: OwnedName, now: number): string {
  const { name, key } = owned;
  return `${escapeName(name)} (${escapeText(key)}) ${ownershipInWords(owned, now)}`;
}

/** Formats the names of one's own key as lines, safe for a terminal, each without the key. */
export function ownNameLines(names: readonly OwnedName[], now: number): string[] {
  return names.map((owned) => `${escapeName(owned.name)}: ${ownershipInWords(owned, now)}`);
}

function ownershipInWords({ time, seen, spoken }: OwnedName, now: number): string {
  const owned = formatDuration(Math.max(0, now - time));
  const away = now - seen;
  const last = away < MOMENT_MS ? "just now" : `${formatDuration(away)} ago`;
  const silent = spoken ? "" : ", nothing said";
  return `owned for ${owned}, last here ${last}${silent}`;
}
