import type { DatabaseSync, StatementSync } from "node:sqlite";
import { foldName } from "../../../room/note.ts";
import type { OwnedName } from "../../../room/owned_name.ts";
import type { Sanction, SanctionStore } from "../../../room/sanctions.ts";
import { checkRetention, type LogStore, type Retention } from "../../../room/state/log.ts";
import type { NameStore } from "../../../room/state/name_store.ts";
import type { TopicStore } from "../../../room/topics/topic_store.ts";
import type { Topic } from "../../../room/topic.ts";
import {
  nameToRow,
  rowToName,
  rowToSanction,
  sanctionToRow,
  SAVE_NAME,
  SAVE_SANCTION,
  SELECT_NAMES,
} from "./access_rows.ts";
import { backup, type BackupOptions, temporaryBackup, type TemporaryCopy } from "./backup.ts";
import { databaseError } from "./database_error.ts";
import { GroupCommit } from "./group_commit.ts";
import { type SharedByLogs, SqliteLog } from "./log.ts";
import { prepareLog } from "./log_statements.ts";
import goOn from "./migrations/fork_copied_rooms.sql" with { type: "text" };
import { FIRST_SEQ } from "./note_row.ts";
import { openDatabase, queryValue } from "./open.ts";
import { removeRoom } from "./remove_room.ts";
import { type LogRow, SPELLED_NAME, toSpelling } from "./room_row.ts";
import { rowToTopic, SAVE_TOPIC, TOPIC_COLUMNS, topicToRow } from "./topic_row.ts";
import { decodeText, encodeText } from "./values.ts";

/**
 * Logs, topics, owned names and sanctions in one SQLite file, which only this store can open.
 *
 * The appends of one tick are one transaction, and are on disk before any is acknowledged.
 */
export class SqliteStore implements LogStore, TopicStore, NameStore, SanctionStore {
  /** Identifies this file's server: 32 random bytes. */
  readonly id: Uint8Array;
  /** The id of the newest room. */
  #newestId: number;
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #groupCommit: GroupCommit;
  readonly #logs: SharedByLogs;
  /** The rows of the logs that are open, stored or not, by folded name. */
  readonly #rows = new Map<string, LogRow>();
  readonly #rooms: StatementSync;
  readonly #row: StatementSync;
  readonly #origins: StatementSync;
  readonly #topics: StatementSync;
  readonly #topic: StatementSync;
  readonly #owned: StatementSync;
  readonly #own: StatementSync;
  readonly #disown: StatementSync;
  readonly #sanctions: StatementSync;
  readonly #sanction: StatementSync;
  readonly #lift: StatementSync;

  private constructor(db: DatabaseSync, file: string, retention: Retention) {
    this.#db = db;
    this.#file = file;
    this.#groupCommit = new GroupCommit(db, file);
    this.#logs = { groupCommit: this.#groupCommit, statements: prepareLog(db), retention };
    this.#rooms = db.prepare(`SELECT ${SPELLED_NAME} AS name FROM rooms ORDER BY id`);
    this.#row = db.prepare(
      `SELECT id, history, head, bytes, ${FIRST_SEQ} AS first FROM rooms WHERE name = ?`,
    );
    this.#origins = db.prepare("SELECT history, head FROM origins WHERE room = ?");
    this.#topics = db.prepare(
      `SELECT name, ${TOPIC_COLUMNS} FROM topics JOIN rooms ON rooms.id = topics.room`,
    );
    this.#topic = db.prepare(SAVE_TOPIC);
    this.#owned = db.prepare(SELECT_NAMES);
    this.#own = db.prepare(SAVE_NAME);
    this.#disown = db.prepare("DELETE FROM names WHERE folded = ?");
    this.#sanctions = db.prepare("SELECT * FROM sanctions ORDER BY time");
    this.#sanction = db.prepare(SAVE_SANCTION);
    this.#lift = db.prepare("DELETE FROM sanctions WHERE kind = ? AND whom = ?");
    const row = this.#groupCommit.read(() => db.prepare("SELECT id FROM server").get());
    this.id = row?.id as Uint8Array; // A row of its schema.
    this.#newestId = Number(
      this.#groupCommit.read(() => queryValue(db, "SELECT max(id) FROM rooms")),
    );
  }

  /**
   * Opens the store in `file`, and creates the file if it is missing.
   *
   * @param file A path, or `:memory:` for logs that are lost when the store is closed.
   * @throws {ChatError} `unavailable`, if the file cannot be used; then it is unchanged.
   * @throws {RangeError} if a bound is not a number of at least 1, or `notes` not an integer.
   */
  static open(file: string, retention: Retention): SqliteStore {
    checkRetention(retention);
    const db = openDatabase(file);
    try {
      db.exec(goOn);
      return new SqliteStore(db, file, retention);
    } catch (error) {
      db.close();
      throw databaseError("open", file, error);
    }
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async rooms(): Promise<string[]> {
    return this.#groupCommit.read(() => this.#rooms.all().map(({ name }) => decodeText(name)));
  }

  async open(room: string, spelling = () => room): Promise<SqliteLog> {
    const name = encodeText(room);
    const row = this.#groupCommit.read(() => this.#row.get(name)) ??
      // No id is used twice: a backup may be running.
      { id: ++this.#newestId, history: crypto.randomUUID(), head: 0, first: 1, bytes: 0 };
    const id = Number(row.id);
    const origins = this.#groupCommit.read(() => this.#origins.all(id));
    const logRow = {
      id,
      name,
      spelling: () => toSpelling(room, spelling()),
      origins: new Map(origins.map(({ history, head }) => [String(history), Number(head)])),
      history: String(row.history),
      head: Number(row.head),
      first: Number(row.first),
      bytes: Number(row.bytes),
    };
    this.#rows.set(room, logRow);
    return await SqliteLog.open(logRow, this.#logs);
  }

  async remove(room: string): Promise<number> {
    this.#rows.delete(room);
    return await removeRoom(this.#db, this.#groupCommit, room);
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async topics(): Promise<ReadonlyMap<string, Topic>> {
    const rows = this.#groupCommit.read(() => this.#topics.all());
    return new Map(rows.map((row) => [decodeText(row.name), rowToTopic(row)]));
  }

  async saveTopic(room: string, change: () => Topic): Promise<void> {
    const topic = change(); // Not in the transaction, which it must not fail for others.
    const { id, name, spelling, history } = this.#rows.get(room)!; // It is open.
    await this.#groupCommit.write(() => {
      this.#logs.statements.make.run(id, name, spelling(), history);
      this.#topic.run(...topicToRow(id, topic));
    });
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async ownedNames(): Promise<OwnedName[]> {
    return this.#groupCommit.read(() => this.#owned.all()).map(rowToName);
  }

  async saveOwnedName(name: OwnedName): Promise<void> {
    await this.#groupCommit.write(() => this.#own.run(...nameToRow(name)));
  }

  async releaseName(name: string): Promise<void> {
    await this.#groupCommit.write(() => this.#disown.run(foldName(name)));
  }

  /**
   * Copies everything to the new file `path` while others write. The copy has the state of one
   * moment near the end. It includes everything stored before the call, but perhaps not the last
   * notes stored before this resolves.
   *
   * When the copy is served its rooms have new histories, and readers continue after the last note
   * common to both.
   *
   * @throws {ChatError} `unavailable`, if it fails; then there is no such file.
   */
  async backup(path: string, options?: BackupOptions): Promise<void> {
    await backup(this.#db, this.#groupCommit, path, options);
  }

  /**
   * Like {@linkcode backup}, to a temporary file next to the store's.
   *
   * @throws {ChatError} `unavailable`, if it fails.
   */
  async copy(options?: BackupOptions): Promise<TemporaryCopy> {
    return await temporaryBackup(this.#db, this.#groupCommit, this.#file, options);
  }

  /**
   * Checks that the file is still in its place: data written elsewhere would be lost.
   *
   * @throws {ChatError} `unavailable`, if it is not.
   */
  check(): void {
    this.#groupCommit.check();
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async sanctions(): Promise<Sanction[]> {
    return this.#groupCommit.read(() => this.#sanctions.all()).map(rowToSanction);
  }

  async saveSanction(sanction: Sanction): Promise<void> {
    await this.#groupCommit.write(() => this.#sanction.run(...sanctionToRow(sanction)));
  }

  async liftSanction({ kind, principal }: Pick<Sanction, "kind" | "principal">): Promise<void> {
    await this.#groupCommit.write(() => this.#lift.run(kind, principal));
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async [Symbol.asyncDispose](): Promise<void> {
    this.#groupCommit.close();
  }
}
