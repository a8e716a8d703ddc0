import { escapeText } from "../../text/escape.ts";
import type { Output } from "../framework/output.ts";

/** Reports which of several servers has answered. */
export function reportAnswer(
  address: string,
  servers: readonly string[],
  { report }: Pick<Output, "report">,
): void {
  if (servers.length > 1) report(`answered by "${escapeText(address)}"`);
}
