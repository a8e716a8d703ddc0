import type { OwnedName } from "../../room/owned_name.ts";
import type { Sanction } from "../../room/sanctions.ts";
import { safeJson } from "../../text/safe_json.ts";

/** Formats the owner of a name as one line of JSON: `owner`, `name`, `time`, `seen`, `spoken`. */
export function ownedNameJson({ name, key, time, seen, spoken }: OwnedName): string {
  return safeJson({ owner: key, name, time: isoTime(time), seen: isoTime(seen), spoken });
}

/**
 * Formats a ban or mute as one line of JSON: `sanction`, `principal`, `name`, `by`, `reason`, `time`,
 * and `until` if it ends.
 */
export function sanctionJson(sanction: Sanction): string {
  const { kind, principal, name, by, reason, time, until } = sanction;
  const imposed = { sanction: kind, principal, name, by, reason, time: isoTime(time) };
  return safeJson({ ...imposed, ...(until !== undefined && { until: isoTime(until) }) });
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
