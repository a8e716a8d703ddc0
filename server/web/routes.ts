import { ChatError } from "../../room/errors.ts";
import { answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { answerError } from "./http_error.ts";
import { listRooms } from "./list_rooms.ts";
import { postNote } from "./post_note.ts";
import { readNotes } from "./read_notes.ts";
import { searchNotes } from "./search_notes.ts";
import { serveAsset } from "./serve_asset.ts";

/** Answers a request. What it throws is answered as an error. */
type Serve = (exchange: Exchange) => void | Promise<void>;

/** A path, and what answers its methods. */
interface Route {
  /** Its groups are the parts of the path that vary. */
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Serve>>;
}

/** The path of the session over a WebSocket. */
export const SESSION_PATH = "/session";

const ROUTES: readonly Route[] = [
  { path: /^\/rooms$/, methods: { GET: listRooms, HEAD: listRooms } },
  { path: /^\/rooms\/([^/]+)\/notes$/, methods: { GET: readNotes, POST: postNote } },
  { path: /^\/rooms\/([^/]+)\/search$/, methods: { GET: searchNotes } },
  { path: new RegExp(`^${SESSION_PATH}$`), methods: { GET: askForUpgrade } },
  { path: /^\/(?:page\.css|modules\/.*)?$/, methods: { GET: serveAsset, HEAD: serveAsset } },
  { path: /^\/healthz$/, methods: { GET: answerHealth, HEAD: answerHealth } },
];

/**
 * Finds the route of a path, with the parts of the path that vary, decoded.
 *
 * @throws {ChatError} `invalid`, if the path is not encoded as a URL is.
 */
export function findRoute(
  path: string,
): Pick<Route, "methods"> & Pick<Exchange, "parts"> | undefined {
  for (const { path: pattern, methods } of ROUTES) {
    const match = pattern.exec(path);
    if (match) return { methods, parts: match.slice(1).map(decode) };
  }
  return undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ChatError("invalid", `The path has a "%" that encodes nothing`);
  }
}

function askForUpgrade({ response }: Exchange): void {
  const headers = { upgrade: "websocket" };
  answerError(response, { status: 426, words: "A session needs a WebSocket", headers });
}

function answerHealth({ response, context: { health } }: Exchange): void {
  const { isServing } = health;
  answer(response, {
    status: isServing ? 200 : 503,
    type: "text/plain",
    body: isServing ? "ok\n" : "not serving\n",
    headers: isServing ? {} : { "retry-after": "1" },
  });
}
