import type { Sanction } from "../room/sanctions.ts";
import { fromWireAction, toWireAction } from "./enums.ts";
import type { SanctionInit, SanctionMessage } from "./messages.ts";

/** Converts a sanction for the wire. */
export function toWireSanction({ kind, principal, until = 0, ...rest }: Sanction): SanctionInit {
  return { ...rest, whom: principal, action: toWireAction(kind), until };
}

/** Converts a sanction from the wire. */
export function fromWireSanction({ action, whom, until, ...rest }: SanctionMessage): Sanction {
  const kind = fromWireAction(action) === "ban" ? "ban" : "mute";
  return { kind, principal: whom, ...rest, ...(until > 0 && { until }) };
}
