import { ChatError } from "../../room/errors.ts";
import type { Stat } from "../../room/moderation.ts";
import { formatNumber } from "../../text/number.ts";
import type { Chat } from "../chat.ts";

/** The stats of a server. */
export interface FetchedStats {
  /** The address of the server. */
  readonly address: string;
  /** The stats. */
  readonly stats: readonly Stat[];
}

/**
 * Asks a server for its stats, and leaves the chat by `left`.
 *
 * @throws {ChatError} when the server does not answer, or not to us.
 */
export async function fetchStats(chat: Chat, left: AbortController): Promise<FetchedStats> {
  const asked = chat.order({ action: "stats", name: "" }).finally(() => left.abort());
  asked.catch(() => {}); // Thrown below, once we have left.
  let address = "";
  for await (const event of chat.events()) { // Until we have left.
    if (event.type === "connected") address = event.address;
  }
  try {
    return { address, stats: (await asked).stats };
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== "unsupported") throw error;
    throw new ChatError("invalid", "This server does not support stats", { cause: error });
  }
}

/** Returns stats for programs: by name, without values that JSON cannot represent. */
export function statsByName(stats: readonly Stat[]): Readonly<Record<string, number>> {
  const finite = stats.filter(({ value }) => Number.isFinite(value));
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
