import type { SearchInit } from "../../proto/mod.ts";
import { fromWireNote } from "../../proto/note.ts";
import { fromStatus } from "../../proto/status.ts";
import { noteJson } from "../../room/note_json.ts";
import { ChatError } from "../../room/errors.ts";
import { parseSearchWords, SEARCH_LIMIT } from "../../room/search/search_words.ts";
import { escapeText } from "../../text/escape.ts";
import { formatNumber } from "../../text/number.ts";
import { writeAndYield } from "../calls/writing.ts";
import type { Exchange } from "./exchange.ts";
import { type HttpError, toHttpError, UnreportedError } from "./http_error.ts";
import { runSession } from "./local_session.ts";
import { readSince } from "./read_start.ts";

/**
 * `GET /rooms/ROOM/search`: the public notes of a room that have certain words, newest first, as
 * lines of JSON.
 *
 * @throws {ChatError} or {@linkcode UnreportedError}, if the server does not search for them.
 */
export async function searchNotes(exchange: Exchange): Promise<void> {
  const { response, parts: [room = ""], signal } = exchange;
  const search = readSearch(exchange);
  const begin = () => {
    if (response.headersSent) return;
    response.writeHead(200, {
      "content-type": "application/x-ndjson",
      "cache-control": "no-store",
    });
  };
  let name = room;
  let refusal: HttpError | undefined;
  await runSession(exchange, {
    join: { room, name: "", last: 0 },
    searches: [search],
    onFrame: async ({ welcome, found }) => {
      name = welcome?.room ?? name;
      for (const { notes, code, reason, retry_ms } of found) {
        if (code !== 0) {
          const kind = retry_ms > 0 ? "limited" : fromStatus(code);
          refusal = toHttpError(kind, reason, retry_ms || undefined);
          return;
        }
        begin();
        const lines = notes.map((note) => `${noteJson(fromWireNote(note), name)}\n`).join("");
        if (lines !== "") await writeAndYield(response, lines, signal);
      }
    },
  });
  if (refusal) throw new UnreportedError(refusal); // The session has reported it.
  begin();
  response.end();
}

/**
 * Reads the search of a request.
 *
 * @throws {ChatError} `invalid`, if a parameter is missing or out of bounds.
 */
function readSearch({ url: { searchParams } }: Exchange): SearchInit {
  const words = parseSearchWords(searchParams.get("q") ?? "");
  const name = searchParams.get("name") ?? "";
  if (words.length === 0 && name === "") {
    throw new ChatError("invalid", "q is missing: the words to search for");
  }
  const since = searchParams.get("since");
  return {
    words,
    name,
    limit: readNumber(searchParams, "last", SEARCH_LIMIT.fallback, SEARCH_LIMIT.max),
    before: readNumber(searchParams, "before", 0, Number.MAX_SAFE_INTEGER),
    ...since !== null && readSince(since),
  };
}

function readNumber(
  searchParams: URLSearchParams,
  name: string,
  fallback: number,
  max: number,
): number {
  const text = searchParams.get(name);
  if (text === null) return fallback;
  if (/^\d{1,16}$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
  const bounds = `must be a whole number from 1 to ${formatNumber(max)}`;
  throw new ChatError("invalid", `${name} is "${escapeText(text)}": ${bounds}`);
}
