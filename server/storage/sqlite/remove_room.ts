import type { DatabaseSync } from "node:sqlite";
import { nextTick } from "../../event_loop.ts";
import type { GroupCommit } from "./group_commit.ts";
import { FIRST_SEQ } from "./note_row.ts";
import { encodeText } from "./values.ts";

/** The number of notes one step removes. Others can write between two steps. */
const STEP = 500;

/**
 * Removes a room with its notes, and returns the number of notes; 0 if there is no such room. It
 * removes the oldest notes first, as retention does, so that the rest is a valid room if it fails.
 *
 * @throws {ChatError} `unavailable`, if it fails.
 */
export async function removeRoom(
  db: DatabaseSync,
  groupCommit: GroupCommit,
  room: string,
): Promise<number> {
  const select = db.prepare(`SELECT id, head, ${FIRST_SEQ} AS first FROM rooms WHERE name = ?`);
  const row = groupCommit.read(() => select.get(encodeText(room)));
  if (!row) return 0;
  const [id, head, first] = [Number(row.id), Number(row.head), Number(row.first)];
  const count = db.prepare(
    `UPDATE rooms SET bytes = bytes - coalesce(
       (SELECT sum(octet_length(message)) FROM notes WHERE room = ?1 AND seq < ?2), 0)
     WHERE id = ?1`,
  );
  const remove = db.prepare("DELETE FROM notes WHERE room = ? AND seq < ?");
  for (let end = first; end <= head;) {
    end = Math.min(end + STEP, head + 1);
    await groupCommit.write(() => {
      count.run(id, end);
      remove.run(id, end);
    });
    await nextTick();
  }
  await groupCommit.write(() => {
    for (const table of ["dropped_whispers", "origins", "topics"]) {
      db.prepare(`DELETE FROM ${table} WHERE room = ?`).run(id);
    }
    db.prepare("DELETE FROM rooms WHERE id = ?").run(id);
  });
  return head + 1 - first;
}
