import type { ReportedSanction, Sanction } from "../room/sanctions.ts";
import { fromWireAction, toWireAction } from "./enums.ts";
import type { SanctionInit, SanctionMessage } from "./messages.ts";

/** Converts a sanction for the wire. */
export function toWireSanction({ kind, principal, until = 0, ...rest }: Sanction): SanctionInit {
  return { ...rest, whom: principal, action: toWireAction(kind), until };
}

/** Converts the news that a mute was lifted. */
export function toWireUnmute(
  { name, principal }: Sanction,
  { by, reason, time }: Pick<Sanction, "by" | "reason" | "time">,
): SanctionInit {
  return { name, whom: principal, by, reason, time, action: toWireAction("unmute"), until: 0 };
}

/** Converts a sanction from the wire. */
export function fromWireSanction(
  { action, whom, until, ...rest }: SanctionMessage,
): ReportedSanction {
  const known = fromWireAction(action);
  const kind = known === "ban" || known === "mute" ? known : action;
  return { kind, principal: whom, ...rest, ...(until > 0 && { until }) };
}
