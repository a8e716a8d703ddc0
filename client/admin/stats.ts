import { ChatError } from "../../room/errors.ts";
import type { Stat } from "../../room/moderation.ts";
import { formatNumber } from "../../text/number.ts";
import type { Chat } from "../chat.ts";

/**
 * Asks a server how it is, once it is reached, and leaves the chat by `left`.
 *
 * @throws {ChatError} when the server was never reached, or does not tell us.
 */
export async function fetchStats(chat: Chat, left: AbortController): Promise<readonly Stat[]> {
  let figures: readonly Stat[] | undefined;
  let failure: unknown;
  const ask = async () => {
    try {
      ({ figures } = await chat.order({ action: "stats", name: "" }));
    } catch (error) {
      failure = error instanceof ChatError && error.code === "unsupported"
        ? new ChatError("invalid", "This server tells no figures", { cause: error })
        : error;
    } finally {
      left.abort();
    }
  };
  // Read on while it is asked: the answer comes by that.
  for await (const { type } of chat.events()) if (type === "connected") void ask();
  if (failure !== undefined) throw failure;
  if (!figures) throw new ChatError("unavailable", "Left before the server had answered");
  return figures;
}

/** Figures for programs: by their names, without those that JSON has no number for. */
export function statsByName(figures: readonly Stat[]): Readonly<Record<string, number>> {
  const finite = figures.filter(({ value }) => Number.isFinite(value));
  return Object.fromEntries(finite.map(({ name, value }) => [name, value]));
}

const MEBIBYTE = 2 ** 20;

/** How much a figure is, for people: by the unit that its name ends with. */
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
