import type { ArchiveRecord, NoteRecord, Origin, RoomRecord } from "../../room/archive_record.ts";
import { isKeyFingerprint } from "../../room/identity.ts";
import { checkReason } from "../../room/moderation.ts";
import { UNIX } from "../../room/network.ts";
import {
  checkMessage,
  checkName,
  checkRecipient,
  MAX_ID_CHARS,
  MAX_NOTE_BYTES,
  NOTE_KINDS,
} from "../../room/note.ts";
import type { OwnedName } from "../../room/owned_name.ts";
import { parsePrincipal } from "../../room/principal.ts";
import type { Sanction, SanctionKind } from "../../room/sanctions.ts";
import { checkTopic, type Topic } from "../../room/topic.ts";
import { formatList } from "../../text/list.ts";
import { formatNumber } from "../../text/number.ts";
import { Fields, invalidRecord } from "./fields.ts";

/** The longest name of a history. Those that servers make have 36 characters. */
const MAX_HISTORY_CHARS = 100;

const SANCTION_KINDS: readonly SanctionKind[] = ["ban", "mute"];

/**
 * Parses a line that `roomJson()`, `noteJson()`, `ownedNameJson()` or `sanctionJson()` has written. A
 * line with a `history` is a room, one with an `owner` the owner of a name, and one with a `sanction`
 * a ban or mute.
 *
 * @throws {ChatError} `invalid` or `too_large`, if it is none of them, or a value breaks a rule.
 */
export function parseRecord(line: string): ArchiveRecord {
  const fields = new Fields(parseJson(line));
  const parsed = parseFields(fields);
  fields.checkAllRead();
  return parsed;
}

function parseFields(fields: Fields): ArchiveRecord {
  if (fields.has("history")) return { type: "room", record: parseRoom(fields) };
  if (fields.has("owner")) return { type: "name", record: parseOwnedName(fields) };
  if (fields.has("sanction")) return { type: "sanction", record: parseSanction(fields) };
  return { type: "note", record: parseNote(fields), room: fields.text("room") };
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
  const topic = fields.has("topic") ? parseTopic(new Fields(fields.any("topic"))) : undefined;
  return { room, history, first, head, origins, ...topic && { topic } };
}

function parseTopic(fields: Fields): Topic {
  const text = fields.text("text");
  checkTopic(text);
  const [by, lockedBy] = [parseNameOrNone("by", fields), parseNameOrNone("operator", fields)];
  const topic = { text, by, time: fields.time("time"), locked: fields.toggle("locked"), lockedBy };
  fields.checkAllRead();
  return topic;
}

/** Parses the name of somebody who need not have one, or need not be there. */
function parseNameOrNone(field: string, fields: Fields): string {
  const name = fields.text(field);
  if (name !== "") checkName(name);
  return name;
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

function parseOwnedName(fields: Fields): OwnedName {
  const key = requireKey("owner", fields);
  const name = fields.text("name");
  checkName(name);
  const spoken = fields.toggle("spoken");
  return { name, key, time: fields.time("time"), seen: fields.time("seen"), spoken };
}

function parseSanction(fields: Fields): Sanction {
  const text = fields.text("sanction");
  const kind = SANCTION_KINDS.find((kind) => kind === text);
  if (!kind) throw invalidRecord(`sanction "${text}" must be ${formatList(SANCTION_KINDS)}`);
  const principal = fields.text("principal");
  if (principal !== UNIX && parsePrincipal(principal) !== principal) {
    const rule =
      "must be the fingerprint of a key, an IPv4 address, or an IPv6 network like 2001:db8::/64";
    throw invalidRecord(`principal "${principal}" ${rule}`);
  }
  const name = fields.text("name");
  checkName(name);
  const by = parseNameOrNone("by", fields);
  const reason = fields.text("reason");
  checkReason(reason);
  const until = fields.has("until") ? { until: fields.time("until") } : {};
  return { kind, principal, name, by, reason, time: fields.time("time"), ...until };
}

function parseKey(name: string, fields: Fields): string | undefined {
  return fields.has(name) ? requireKey(name, fields) : undefined;
}

function requireKey(name: string, fields: Fields): string {
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

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw invalidRecord("it is not JSON", { cause });
  }
}
