import { ChatError } from "../../room/errors.ts";
import type { Stat } from "../../room/moderation.ts";
import { formatNumber } from "../../text/number.ts";
import type { Chat } from "../chat.ts";

/**
 * Asks a server for its statistics once connected, and leaves the chat by `left`.
 *
 * @throws {ChatError} if the server was never reached, or refuses.
 */
export async function fetchStats(chat: Chat, left: AbortController): Promise<readonly Stat[]> {
  let figures: readonly Stat[] | undefined;
  let failure: unknown;
  const ask = async () => {
    try {
      ({ figures } = await chat.order({ action: "stats", name: "" }));
    } catch (error) {
      failure = error instanceof ChatError && error.code === "unsupported"
        ? new ChatError("invalid", "This server does not support stats", { cause: error })
        : error;
    } finally {
      left.abort();
    }
  };
  // Keep reading events meanwhile: the answer arrives as one.
  for await (const { type } of chat.events()) if (type === "connected") void ask();
  if (failure !== undefined) throw failure;
  if (!figures) throw new ChatError("unavailable", "Left before the server had answered");
  return figures;
}

/** Returns statistics for programs: by name, without values that JSON cannot represent. */
export function statsByName(figures: readonly Stat[]): Readonly<Record<string, number>> {
  const finite = figures.filter(({ value }) => Number.isFinite(value));
  return Object.fromEntries(finite.map(({ name, value }) => [name, value]));
}

const MEBIBYTE = 2 ** 20;

/** Formats a value for people, by the unit that its name ends with. */
export function formatStat({ name, value }: Stat): string {
  const metric = name.replace(/\{.*/s, "");
  if (!Number.isFinite(value)) return String(value);
  if (metric.endsWith("_bytes")) return `${(value / MEBIBYTE).toFixed(1)} MiB`;
  if (metric.endsWith("_time_seconds")) {
    const date = new Date(value * 1_000);
    return isNaN(date.getTime()) ? String(value) : date.toISOString();
  }
  return formatNumber(Number(value.toPrecision(12)));
}
