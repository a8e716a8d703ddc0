import type { SQLInputValue } from "node:sqlite";
import { foldName } from "../../../room/note.ts";
import type { OwnedName } from "../../../room/owned_name.ts";
import type { Sanction } from "../../../room/sanctions.ts";

type Row = Readonly<Record<string, unknown>>;

/** Selects rows for {@linkcode rowToName}. */
export const SELECT_NAMES = "SELECT name, key, time, seen, spoken FROM names";

/** Stores what {@linkcode nameToRow} returns. */
export const SAVE_NAME =
  "INSERT OR REPLACE INTO names (folded, name, key, time, seen, spoken) VALUES (?, ?, ?, ?, ?, ?)";

/** Stores what {@linkcode sanctionToRow} returns. */
export const SAVE_SANCTION =
  `INSERT OR REPLACE INTO sanctions (kind, whom, name, operator, reason, time, until)
   VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** Converts a row of names. */
export function rowToName({ name, key, time, seen, spoken }: Row): OwnedName {
  return {
    name: String(name),
    key: String(key),
    time: Number(time),
    seen: Number(seen),
    spoken: Boolean(spoken),
  };
}

/** Converts an owned name to a row. */
export function nameToRow({ name, key, time, seen, spoken }: OwnedName): SQLInputValue[] {
  return [foldName(name), name, key, time, seen, Number(spoken)];
}

/** Converts a row of sanctions. */
export function rowToSanction(row: Row): Sanction {
  return {
    kind: row.kind === "ban" ? "ban" : "mute",
    principal: String(row.whom),
    name: String(row.name),
    by: String(row.operator),
    reason: String(row.reason),
    time: Number(row.time),
    ...(row.until !== null && { until: Number(row.until) }),
  };
}

/** Converts a sanction to a row. */
export function sanctionToRow(sanction: Sanction): SQLInputValue[] {
  const { kind, principal, name, by, reason, time, until } = sanction;
  return [kind, principal, name, by, reason, time, until ?? null];
}
