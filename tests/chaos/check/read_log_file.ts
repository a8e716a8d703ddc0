import { DatabaseSync } from "node:sqlite";
import type { Logged, LogRead, TopicLogged } from "./history.ts";

/** What a data file has, read without the program. */
export interface LogFile {
  /** The notes of all rooms, each room with its end and its topic after its notes. */
  readonly events: readonly (Logged | LogRead | TopicLogged)[];
  /** What SQLite itself finds wrong with the file; empty if nothing. */
  readonly damage: readonly string[];
}

/** Reads the data file of a server that has stopped, and checks its structure. */
export function readLogFile(path: string): LogFile {
  using db = new DatabaseSync(path);
  const events: (Logged | LogRead | TopicLogged)[] = [];
  for (const room of db.prepare("SELECT id, name, spelling, head FROM rooms").all()) {
    const name = toText(room.spelling ?? room.name);
    const rows = db.prepare(
      "SELECT seq, time, name, message, recipient FROM notes WHERE room = ? ORDER BY seq",
    ).all(room.id as number);
    for (const { seq, time, name: author, message, recipient } of rows) {
      const to = recipient === null ? {} : { to: toText(recipient) };
      const note = { name: toText(author), text: toText(message), time: time as number, ...to };
      events.push({ type: "logged", room: name, seq: seq as number, ...note });
    }
    const head = room.head as number;
    const first = (rows[0]?.seq ?? head + 1) as number;
    events.push({ type: "log read", room: name, first, head });
    const topic = db.prepare("SELECT text FROM topics WHERE room = ?").get(room.id as number);
    events.push({ type: "topic logged", room: name, text: toText(topic?.text ?? "") });
  }
  const lines = db.prepare("PRAGMA integrity_check").all();
  const damage = lines.map(({ integrity_check: line }) => String(line));
  return { events, damage: damage.filter((line) => line !== "ok") };
}

function toText(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}
