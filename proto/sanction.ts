import { formatNetwork } from "../room/network.ts";
import type { ReportedSanction, Sanction } from "../room/sanctions.ts";
import { fromWireAction, toWireAction } from "./enums.ts";
import type { SanctionInit, SanctionMessage } from "./messages.ts";

/** Converts a sanction for the wire. */
export function toWireSanction({ kind, principal, until = 0, ...rest }: Sanction): SanctionInit {
  return { ...rest, whom: formatNetwork(principal), action: toWireAction(kind), until };
}

/** Converts a sanction from the wire. */
export function fromWireSanction(
  { action, whom, until, ...rest }: SanctionMessage,
): ReportedSanction {
  const known = fromWireAction(action);
  const kind = known === "ban" || known === "mute" ? known : action;
  return { kind, principal: whom, ...rest, ...(until > 0 && { until }) };
}
