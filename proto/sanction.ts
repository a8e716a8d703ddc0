import type { Sanction } from "../room/sanctions.ts";
import { fromWireAction, toWireAction } from "./enums.ts";
import type { SanctionInit, SanctionMessage } from "./messages.ts";

/** Converts a sanction for the wire. */
export function toWireSanction({ kind, until = 0, ...rest }: Sanction): SanctionInit {
  return { ...rest, action: toWireAction(kind), until };
}

/** Converts a sanction from the wire. */
export function fromWireSanction({ action, until, ...rest }: SanctionMessage): Sanction {
  const kind = fromWireAction(action) === "ban" ? "ban" : "mute";
  return { kind, ...rest, ...(until > 0 && { until }) };
}
