import type { IncomingMessage } from "node:http";
import { toWireKind } from "../../proto/enums.ts";
import type { PostMessage, ServerFrame } from "../../proto/mod.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import { isPostId, MAX_ID_CHARS, NOTE_KINDS, type NoteKind } from "../../room/note.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import { escapeText } from "../../text/escape.ts";
import { isTime } from "../../text/is_time.ts";
import { formatCount } from "../../text/number.ts";
import { safeJson } from "../../text/safe_json.ts";
import { answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { toHttpError, UnreportedError } from "./http_error.ts";
import { runSession } from "./local_session.ts";
import { MAX_ESCAPED_BYTES, readBody } from "./read_body.ts";

/** The size of a body besides its note, in bytes. */
const SPARE_BYTES = 4_096;

/** A note as a request describes it. */
interface RequestedNote {
  readonly name: string;
  readonly message: string;
  readonly kind: NoteKind;
  readonly to: string;
}

/** The fields of a note as they arrive. */
type Fields = Readonly<Record<string, unknown>>;

/** The media types of JSON: `application/json`, `application/vnd.example+json`. */
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;

/** What `curl -d` says of every body. */
const FORM_TYPE = "application/x-www-form-urlencoded";

/** The media types of a body that is the note itself. */
const TEXT_TYPES = ["", "text/plain", FORM_TYPE];

/** How a form begins that has the fields of a note. */
const FORM = /^(?:message=|(?:name|kind|to)=[^&\s]*&\S)/;

/**
 * `POST /rooms/ROOM/notes`: posts a note, and answers with its position once the log has it.
 *
 * @throws {ChatError} or {@linkcode UnreportedError}, if it is refused.
 */
export async function postNote(exchange: Exchange): Promise<void> {
  const { request, response, parts: [room = ""], connection, context } = exchange;
  const id = idempotencyKey(request.headers["idempotency-key"]);
  const { tooLarge, name, ...note } = await readNote(exchange, id !== undefined);
  const post = { ...note, id: id ?? crypto.randomUUID(), kind: toWireKind(note.kind) };
  const posted = await postAs(exchange, { room, name }, post).catch((error) => {
    throw tooLarge ?? error; // The session has not seen how large it is.
  });
  if (!posted.isRefused) connection.refundCall();
  const ms = await findTime(posted, context.services.rooms);
  const time = isTime(ms) ? new Date(ms).toISOString() : null;
  answer(response, {
    type: "application/json",
    body: `${safeJson({ seq: posted.seq, time, room: posted.room, name: posted.name })}\n`,
  });
}

/**
 * Reads the note of a request. One that is too large to be read comes with the error, if it may have
 * been posted before, when this server took larger notes: it is refused unless it is stored.
 *
 * @param hasId Whether the note has an id.
 */
async function readNote(
  exchange: Exchange,
  hasId: boolean,
): Promise<RequestedNote & { readonly tooLarge?: ChatError }> {
  const { request, context } = exchange;
  const { maxNoteBytes, joinTimeoutMs } = context.services.bounds;
  const noteBytes = isJson(request) ? MAX_ESCAPED_BYTES * maxNoteBytes : maxNoteBytes;
  try {
    const bounds = { maxBytes: noteBytes + SPARE_BYTES, timeoutMs: joinTimeoutMs };
    return parseNote(exchange, await readBody(exchange, bounds));
  } catch (error) {
    const isTooLarge = error instanceof ChatError && error.code === "too_large";
    if (!isTooLarge || !hasId || !exchange.url.searchParams.has("name")) throw error;
    // The id is what matters. No text of this size is accepted.
    const message = "x".repeat(maxNoteBytes + 1);
    const note = toNote({ ...Object.fromEntries(exchange.url.searchParams), message });
    return { ...note, tooLarge: error };
  }
}

/** Where a note is, with room and name as the server spells them. */
interface Posted {
  readonly seq: number;
  readonly room: string;
  readonly name: string;
  /** Whether the session was refused, although the note is stored: it was posted before. */
  readonly isRefused: boolean;
}

/** Posts a note in a session of its own. */
async function postAs(
  exchange: Exchange,
  { room, name }: Pick<Posted, "room" | "name">,
  post: PostMessage,
): Promise<Posted> {
  let posted: Posted = { seq: 0, room, name, isRefused: false };
  let refusal: UnreportedError | undefined;
  const session = runSession(exchange, {
    join: { name, room, last: 0 },
    posts: [post],
    onFrame: ({ welcome, acks, refusals }) => {
      if (welcome) posted = { ...posted, room: welcome.room, name: welcome.name };
      for (const { seq } of acks) posted = { ...posted, seq };
      for (const refused of refusals) refusal ??= new UnreportedError(refusalError(refused));
    },
  });
  try {
    await session;
  } catch (error) {
    if (posted.seq === 0) throw error;
    return { ...posted, isRefused: true };
  }
  if (refusal) throw refusal;
  return posted;
}

/**
 * The time of a note, which may have been posted before under the same id. Undefined if retention
 * has dropped it.
 */
async function findTime({ seq, room }: Posted, rooms: Rooms): Promise<number | undefined> {
  using place = await rooms.use(room, "refuse");
  const segment = await place.room.segmentAt(seq);
  return segment?.notes[seq - segment.start]?.time;
}

function refusalError({ code, reason, retry_ms }: ServerFrame["refusals"][number]) {
  return retry_ms > 0
    ? toHttpError("limited", reason, retry_ms)
    : toHttpError(fromStatus(code), reason);
}

/**
 * The note in a body: text, or JSON with `message`. Its `name`, `kind` and `to` are in the address
 * or in the JSON.
 *
 * @throws {ChatError} `unsupported`, if it is or looks like something else; `invalid`, if a field is.
 */
function parseNote({ request, url }: Exchange, body: string): RequestedNote {
  const type = mediaType(request);
  if (isJson(request)) {
    return toNote({ ...Object.fromEntries(url.searchParams), ...parseObject(body) });
  }
  if (TEXT_TYPES.includes(type)) {
    if (type === FORM_TYPE) checkIsText(body);
    // The line break that ends the output of a program is no part of its note.
    const message = body.replace(/\r?\n$/, "");
    return toNote({ ...Object.fromEntries(url.searchParams), message });
  }
  const words = `The body is ${escapeText(type)}: must be text/plain or application/json`;
  throw new ChatError("unsupported", words);
}

/**
 * Refuses a body that is a note in another form, sent without its type: it would be posted with its
 * quotes and escapes.
 */
function checkIsText(body: string): void {
  if (Object.hasOwn(tryParseObject(body) ?? {}, "message")) {
    const words = 'The body looks like JSON: add -H "Content-Type: application/json"';
    throw new ChatError("unsupported", words);
  }
  if (!FORM.test(body)) return;
  const words = "The body looks like a form: send the text itself, or JSON";
  throw new ChatError("unsupported", words);
}

/** The media type of a body in lower case, without its parameters; empty if it is not given. */
function mediaType({ headers }: IncomingMessage): string {
  return (headers["content-type"] ?? "").toLowerCase().split(/\s*;/, 1)[0]!;
}

function isJson(request: IncomingMessage): boolean {
  return JSON_TYPE.test(mediaType(request));
}

function toNote(fields: Fields): RequestedNote {
  const name = readText(fields, "name", "");
  if (name === "") {
    throw new ChatError("invalid", "The name of the author is missing: add ?name=NAME");
  }
  const to = readText(fields, "to", "");
  const kind = readText(fields, "kind", to === "" ? "said" : "whisper");
  if (!isKind(kind)) {
    const words = `The kind "${escapeText(kind)}" is none of ${NOTE_KINDS.join(", ")}`;
    throw new ChatError("invalid", words);
  }
  if (kind === "whisper" && to === "") throw missing("to");
  const message = readText(fields, "message");
  if (message.trim() === "") throw new ChatError("invalid", "The note is empty");
  return { name, message, kind, to };
}

function parseObject(body: string): Fields {
  const fields = tryParseObject(body);
  if (fields) return fields;
  throw new ChatError("invalid", 'The body is no JSON object such as {"message": "hello"}');
}

/** The object that a text in JSON is; undefined if it is something else. */
function tryParseObject(body: string): Fields | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as Fields : undefined;
}

function readText(fields: Fields, key: string, fallback?: string): string {
  const value = Object.hasOwn(fields, key) ? fields[key] : fallback;
  if (typeof value === "string") return value;
  if (value === undefined) throw missing(key);
  throw new ChatError("invalid", `The field "${key}" is no text`);
}

function missing(key: string): ChatError {
  return new ChatError("invalid", `The field "${key}" is missing`);
}

function isKind(text: string): text is NoteKind {
  return (NOTE_KINDS as readonly string[]).includes(text);
}

/**
 * The id in an `Idempotency-Key` header, whose text may be quoted; undefined if there is none.
 *
 * @throws {ChatError} `invalid`, if it is empty or too long.
 */
function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const id = String(header).replace(/^"(.*)"$/, "$1");
  if (isPostId(id)) return id;
  const size = formatCount(id.length, "character");
  throw new ChatError("invalid", `Idempotency-Key has ${size}: must be 1 to ${MAX_ID_CHARS}`);
}
