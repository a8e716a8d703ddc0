import type { JoinInit, ServerFrame } from "../../proto/mod.ts";
import { fromWireNote } from "../../proto/note.ts";
import { ChatError } from "../../room/errors.ts";
import { noteJson } from "../../room/note_json.ts";
import { escapeText } from "../../text/escape.ts";
import { parseSince } from "../../text/since.ts";
import { writeAndFlush } from "../calls/writing.ts";
import { every } from "../every.ts";
import type { Exchange } from "./exchange.ts";
import { runSession } from "./local_session.ts";

/** The silence after which a reader gets a sign of life, in milliseconds: proxies give up at 60 s. */
const KEEPALIVE_MS = 20_000;

/** The largest `last`: as much as `chat tail` takes. */
const MAX_LAST = 1_000_000;

/** How the notes of a room are written. */
interface Format {
  readonly type: string;
  /** A sign of life, which readers skip. */
  readonly keepalive: string;
  readonly note: (json: string, position: string) => string;
  readonly lost: (count: number) => string;
}

/** A line of JSON for each note, as `chat tail --json` prints it. */
const JSON_LINES: Format = {
  type: "application/x-ndjson",
  keepalive: "\n",
  note: (json) => `${json}\n`,
  lost: () => "", // Positions are missing then.
};

/** Server-sent events, as the HTML standard defines them. */
const EVENTS: Format = {
  type: "text/event-stream",
  keepalive: ":\n\n",
  note: (json, position) => `id: ${position}\ndata: ${json}\n\n`,
  lost: (count) => `event: lost\ndata: {"count":${count}}\n\n`,
};

/**
 * `GET /rooms/ROOM/notes`: the public notes of a room, then each new one as it arrives.
 *
 * @throws {ChatError} or {@linkcode SessionError}, if the server does not show them.
 */
export async function readNotes(exchange: Exchange): Promise<void> {
  const { request, response, url, parts: [room = ""], signal } = exchange;
  const format = /\btext\/event-stream\b/.test(request.headers.accept ?? "") ? EVENTS : JSON_LINES;
  const untilNow = url.searchParams.has("until-now");
  let place = { room, history: "" };
  let isSilent = false;
  const write = async (text: string) => {
    isSilent = false;
    if (text !== "") await writeAndFlush(response, text, signal);
  };
  using _keepalive = every(KEEPALIVE_MS, () => {
    if (isSilent && response.headersSent) void write(format.keepalive).catch(() => {});
    isSilent = true;
  });
  await runSession(exchange, {
    join: { room, name: "", wait: !untilNow, ...readStart(exchange) },
    stays: !untilNow,
    onFrame: async ({ welcome, lost, notes }) => {
      if (welcome) {
        place = { room: welcome.room, history: welcome.head!.history };
        response.writeHead(200, { "content-type": format.type, "cache-control": "no-store" });
        response.flushHeaders();
      }
      await write((lost > 0 ? format.lost(lost) : "") + formatNotes(notes, place, format));
    },
  });
  response.end();
}

function formatNotes(
  notes: ServerFrame["notes"],
  { room, history }: { readonly room: string; readonly history: string },
  format: Format,
): string {
  return notes.map((note) => {
    return format.note(noteJson(fromWireNote(note), room), `${history}:${note.seq}`);
  }).join("");
}

/**
 * The start that a request asks for: after the last event that it has had, with the newest `last`
 * notes, or from `since` on; else at the oldest note.
 *
 * @throws {ChatError} `invalid`, if it is out of bounds.
 */
function readStart(
  { request, url }: Exchange,
): Pick<JoinInit, "after" | "last" | "from" | "since" | "ago_ms"> {
  const [, history, seq] = /^(.+):(\d{1,15})$/.exec(String(request.headers["last-event-id"])) ?? [];
  if (history !== undefined) return { after: { history, seq: Number(seq) } };
  const last = url.searchParams.get("last");
  const since = url.searchParams.get("since");
  if (last !== null && since !== null) {
    throw new ChatError("invalid", "last and since both set the start: give only one of them");
  }
  if (last !== null) return { last: readLast(last) };
  return since === null ? {} : readSince(since);
}

function readLast(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) <= MAX_LAST) return Number(text);
  const words = `last is "${escapeText(text)}": must be a whole number from 0 to 1,000,000`;
  throw new ChatError("invalid", words);
}

function readSince(text: string): Pick<JoinInit, "from" | "since" | "ago_ms"> {
  try {
    // Without an offset, a time would be that of the server's time zone, which nobody knows.
    if (!/^\d+[smhd]?$|Z$|[+-]\d\d:\d\d$/.test(text)) throw new RangeError("has no time zone");
    const since = parseSince(text);
    if ("seq" in since) return { from: since.seq };
    if ("time" in since) return { since: since.time };
    return { since: Math.max(0, Date.now() - since.agoMs), ago_ms: since.agoMs };
  } catch {
    const bound = "must be a span (10m), a time with its zone (2026-11-22T17:02Z) or a position";
    throw new ChatError("invalid", `since is "${escapeText(text)}": ${bound}`);
  }
}
