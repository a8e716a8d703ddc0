import type { ArchiveRecord, NoteRecord, Origin, RoomRecord } from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { isKeyFingerprint } from "../../room/identity.ts";
import {
  checkMessage,
  checkName,
  checkRecipient,
  MAX_ID_CHARS,
  MAX_NOTE_BYTES,
  NOTE_KINDS,
} from "../../room/note.ts";
import { formatList } from "../../text/list.ts";
import { formatNumber } from "../../text/number.ts";

/** The highest position: above it, numbers stay exact for any further note. */
const MAX_SEQ = 2 ** 50;

/** The longest name of a history. Those that servers make have 36 characters. */
const MAX_HISTORY_CHARS = 100;

/**
 * Parses a line that `roomJson()` or `noteJson()` has written. A line with a `history` is a room.
 *
 * @throws {ChatError} `invalid` or `too_large`, if it is neither, or a value breaks a rule.
 */
export function parseRecord(line: string): ArchiveRecord {
  const fields = new Fields(parseJson(line));
  const parsed: ArchiveRecord = fields.has("history")
    ? { type: "room", record: parseRoom(fields) }
    : { type: "note", record: parseNote(fields), room: fields.text("room") };
  fields.checkAllRead();
  return parsed;
}

function parseRoom(fields: Fields): RoomRecord {
  const room = fields.text("room");
  checkName(room, "Room");
  const head = fields.seq("head", 0);
  const first = fields.seq("first", 1);
  if (first > head + 1) {
    throw invalidRecord(`first is ${first}: must be at most ${head + 1}, one after the head`);
  }
  const origins = fields.list("origins").map((value) => parseOrigin(new Fields(value), head));
  const history = parseHistory(fields);
  const names = new Set([history, ...origins.map((origin) => origin.history)]);
  if (names.size !== origins.length + 1) throw invalidRecord("a history appears twice");
  return { room, history, first, head, origins };
}

function parseOrigin(fields: Fields, max: number): Origin {
  const head = fields.seq("head", 0);
  if (head > max) throw invalidRecord(`head of an origin is ${head}: must be at most ${max}`);
  const origin = { history: parseHistory(fields), head };
  fields.checkAllRead();
  return origin;
}

function parseHistory(fields: Fields): string {
  return checkLength("history", fields.text("history"), MAX_HISTORY_CHARS);
}

function parseNote(fields: Fields): NoteRecord {
  const seq = fields.seq("seq", 1);
  const name = fields.text("name");
  checkName(name);
  const kind = parseKind(fields.text("kind"));
  const message = fields.text("message");
  checkMessage(message, MAX_NOTE_BYTES);
  const to = fields.has("to") ? fields.text("to") : undefined;
  checkRecipient(kind, to);
  const id = fields.has("id") ? checkLength("id", fields.text("id"), MAX_ID_CHARS) : "";
  const note = { seq, time: fields.time("time"), name, kind, message, id };
  const said = { ...note, ...(fields.toggle("verified") && { verified: true }) };
  const author = parseKey("author", fields);
  if (author !== undefined && !said.verified) {
    throw invalidRecord("only a verified note may have an author");
  }
  const reader = parseKey("reader", fields);
  if (reader !== undefined && kind !== "whisper") {
    throw invalidRecord("only a private note may have a reader");
  }
  return {
    ...said,
    ...(to !== undefined && { to }),
    ...(author !== undefined && { author }),
    ...(reader !== undefined && { reader }),
  };
}

function parseKey(name: string, fields: Fields): string | undefined {
  if (!fields.has(name)) return undefined;
  const key = fields.text(name);
  if (isKeyFingerprint(key)) return key;
  throw invalidRecord(`${name} "${key}" must be the fingerprint of a key, SHA256:…`);
}

function parseKind(text: string): NoteRecord["kind"] {
  const kind = NOTE_KINDS.find((kind) => kind === text);
  if (!kind) throw invalidRecord(`kind "${text}" must be ${formatList(NOTE_KINDS)}`);
  return kind;
}

function checkLength(what: string, text: string, max: number): string {
  if (text !== "" && text.length <= max) return text;
  throw invalidRecord(`${what} has ${formatNumber(text.length)} characters: must be 1 to ${max}`);
}

/** The fields of an object that may be anything. */
class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #read = new Set<string>();

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw invalidRecord("it is not a JSON object");
    }
    this.#values = new Map(Object.entries(value));
  }

  /** Refuses a field that nothing has read: it would be lost silently. */
  checkAllRead(): void {
    for (const name of this.#values.keys()) {
      if (!this.#read.has(name)) throw invalidRecord(`unknown field "${name}"`);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value !== "string") throw invalidRecord(`${name} must be a string`);
    // Half a character has no UTF-8 encoding, so it would be stored as another one.
    if (!value.isWellFormed()) {
      throw invalidRecord(`${name} contains half a character (a lone surrogate)`);
    }
    return value;
  }

  /** A position, or the one before or after it. */
  seq(name: string, min: number): number {
    const value = this.#get(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min) {
      throw invalidRecord(`${name} must be an integer of at least ${min}`);
    }
    if (value > MAX_SEQ) {
      throw invalidRecord(
        `${name} is ${formatNumber(value)}: must be at most ${formatNumber(MAX_SEQ)}`,
      );
    }
    return value;
  }

  toggle(name: string): boolean {
    const value = this.#get(name);
    if (typeof value !== "boolean") throw invalidRecord(`${name} must be true or false`);
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw invalidRecord(`${name} must be an array`);
    return value;
  }

  /** A time in milliseconds since the Unix epoch, from `Date`'s ISO format. */
  time(name: string): number {
    const text = this.text(name);
    const ms = Date.parse(text);
    if (ms >= 0 && new Date(ms).toISOString() === text) return ms; // An invalid date is NaN.
    throw invalidRecord(`${name} "${text}" must be a time like 2026-11-22T17:02:03.000Z`);
  }

  #get(name: string): unknown {
    if (!this.#values.has(name)) throw invalidRecord(`field "${name}" is missing`);
    this.#read.add(name);
    return this.#values.get(name);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw invalidRecord("it is not JSON", { cause });
  }
}

function invalidRecord(message: string, options?: ErrorOptions): ChatError {
  return new ChatError("invalid", message, options);
}
