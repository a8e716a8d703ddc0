import type { Sanction } from "../room/sanctions.ts";
import { toWireAction } from "./action.ts";
import type { SanctionMessage } from "./mod.ts";

/** A sanction as the server tells of it. */
export function toSanction({ action, until, ...rest }: SanctionMessage): Sanction {
  const kind = action === toWireAction("ban") ? "ban" : "mute";
  return { kind, ...rest, ...(until > 0 && { until }) };
}
