import type { ServerResponse } from "node:http";
import type { ServerFrame } from "../../proto/mod.ts";
import { fromWireNote } from "../../proto/note.ts";
import { noteJson } from "../../room/note_json.ts";
import { writeAndYield } from "../calls/writing.ts";
import { every } from "../every.ts";
import type { Exchange } from "./exchange.ts";
import { type HttpError, problemJson, UnreportedError } from "./http_error.ts";
import { runSession } from "./local_session.ts";
import { eventId, readStart } from "./read_start.ts";

/** The silence after which a reader gets a sign of life, in milliseconds: proxies give up at 60 s. */
const KEEPALIVE_MS = 20_000;

/** How the notes of a room are written. */
interface Format {
  readonly type: string;
  /** A sign of life, which readers skip. */
  readonly keepalive: string;
  readonly note: (json: string, id: string) => string;
  readonly lost: (count: number) => string;
  /** What ends the stream if the server ends it; undefined if it is cut off instead. */
  readonly end?: (error: HttpError) => string;
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
  note: (json, id) => `id: ${id}\ndata: ${json}\n\n`,
  lost: (count) => `event: lost\ndata: {"count":${count}}\n\n`,
  end: (error) => `event: end\ndata: ${problemJson(error)}\n\n`,
};

/**
 * `GET /rooms/ROOM/notes`: the public notes of a room, then each new one as it arrives.
 *
 * @throws {ChatError} or {@linkcode UnreportedError}, if the server does not show them.
 */
export async function readNotes(exchange: Exchange): Promise<void> {
  const { request, response, url, parts: [room = ""] } = exchange;
  const format = wantsEvents(request.headers.accept) ? EVENTS : JSON_LINES;
  const follows = !url.searchParams.has("until-now");
  const join = { room, name: "", wait: follows, ...readStart(exchange) };
  try {
    await stream(exchange, format, { join, stays: follows });
    response.end();
  } catch (error) {
    // What has begun cannot become an answer with a status any more.
    const isCut = !(error instanceof UnreportedError) || !response.headersSent || !format.end;
    if (isCut) throw error;
    response.end(format.end(error.answer));
  }
}

/** Writes the notes of a session, and signs of life while there are none. */
async function stream(
  exchange: Exchange,
  format: Format,
  session: Omit<Parameters<typeof runSession>[1], "onFrame">,
): Promise<void> {
  const { response, signal } = exchange;
  let place = { room: "", history: "" };
  let isSilent = false;
  using _keepalive = every(KEEPALIVE_MS, () => {
    const isIdle = response.headersSent && response.writableLength === 0;
    if (isSilent && isIdle) response.write(format.keepalive);
    isSilent = true;
  });
  await runSession(exchange, {
    ...session,
    onFrame: async ({ welcome, lost, notes }) => {
      if (welcome) {
        place = { room: welcome.room, history: welcome.head!.history };
        begin(response, format);
      }
      const text = (lost > 0 ? format.lost(lost) : "") + formatNotes(notes, place, format);
      if (text === "") return;
      isSilent = false;
      await writeAndYield(response, text, signal);
    },
  });
}

function begin(response: ServerResponse, { type }: Format): void {
  response.writeHead(200, {
    "content-type": type,
    "cache-control": "no-store",
    "x-accel-buffering": "no", // nginx would keep the notes until it has some kilobytes.
  });
  response.flushHeaders();
}

function formatNotes(
  notes: ServerFrame["notes"],
  { room, history }: { readonly room: string; readonly history: string },
  format: Format,
): string {
  return notes.map((note) => {
    return format.note(noteJson(fromWireNote(note), room), eventId(history, note.seq));
  }).join("");
}

/** Whether an `Accept` header asks for events: lines of JSON are for everything else. */
function wantsEvents(accept = ""): boolean {
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === "text/event-stream" && !parameters.some((part) => /^q=0(\.0*)?$/.test(part));
  });
}
