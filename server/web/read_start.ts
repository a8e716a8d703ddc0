import type { JoinInit } from "../../proto/mod.ts";
import { MAX_LAST } from "../../room/defaults.ts";
import { ChatError } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import { formatNumber } from "../../text/number.ts";
import { parseSince } from "../../text/since.ts";
import type { Exchange } from "./exchange.ts";

/** Where a session of a reader begins. */
type Start = Pick<JoinInit, "after" | "last" | "from" | "since" | "ago_ms">;

/**
 * The start that a request asks for: after the last event that it has had, with the newest `last`
 * notes, or from `since` on; else at the oldest note.
 *
 * @throws {ChatError} `invalid`, if it is out of bounds.
 */
export function readStart({ request, url }: Pick<Exchange, "request" | "url">): Start {
  // A browser repeats the address with each try, and adds this header.
  const lastEvent = String(request.headers["last-event-id"] ?? "");
  if (lastEvent !== "") return { after: readEventId(lastEvent) };
  const last = url.searchParams.get("last");
  const since = url.searchParams.get("since");
  if (last !== null && since !== null) {
    throw new ChatError("invalid", "last and since both set the start: give only one of them");
  }
  if (last !== null) return { last: readLast(last) };
  return since === null ? {} : readSince(since);
}

/** The id of the event with a note. */
export function eventId(history: string, seq: number): string {
  return `${history}:${seq}`;
}

function readEventId(text: string): NonNullable<JoinInit["after"]> {
  const [, history, seq] = /^(.+):(\d{1,15})$/.exec(text) ?? [];
  if (history !== undefined) return { history, seq: Number(seq) };
  const words = `Last-Event-ID is "${escapeText(text)}": must be the id of an event`;
  throw new ChatError("invalid", words);
}

function readLast(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) <= MAX_LAST) return Number(text);
  const bounds = `must be a whole number from 0 to ${formatNumber(MAX_LAST)}`;
  const words = `last is "${escapeText(text)}": ${bounds}`;
  throw new ChatError("invalid", words);
}

/**
 * Reads a `since`.
 *
 * @throws {ChatError} `invalid`, if it is no time and no position.
 */
export function readSince(query: string): Pick<JoinInit, "from" | "since" | "ago_ms"> {
  const text = query.replace(/ (?=\d\d:\d\d$)/, "+"); // A "+" in a query stands for a space.
  try {
    // Without an offset, a time would be that of the server's time zone, which nobody knows.
    if (!/^\d+[smhd]?$|Z$|[+-]\d\d:\d\d$/.test(text)) throw new RangeError("has no time zone");
    const since = parseSince(text);
    if ("seq" in since) return { from: since.seq };
    if ("time" in since) return { since: since.time };
    return { ago_ms: since.agoMs };
  } catch {
    const bound = "must be a span (10m), a time with its zone (2026-11-22T17:02Z) or a position";
    throw new ChatError("invalid", `since is "${escapeText(text)}": ${bound}`);
  }
}
