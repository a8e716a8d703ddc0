import type { DatabaseSync, StatementSync } from "node:sqlite";
import { foldName } from "../../../room/note.ts";
import type { OwnedName } from "../../../room/owned_name.ts";
import type { Sanction, SanctionStore } from "../../../room/sanctions.ts";
import { checkRetention, type LogStore, type Retention } from "../../../room/state/log.ts";
import type { NameStore } from "../../../room/state/names.ts";
import { backup, type BackupOptions, temporaryBackup, type TemporaryCopy } from "./backup.ts";
import { GroupCommit } from "./group_commit.ts";
import { prepareLog, type SharedByLogs, SqliteLog } from "./log.ts";
import goOn from "./migrations/fork_copied_rooms.sql" with { type: "text" };
import { FIRST_SEQ } from "./note_row.ts";
import { databaseError, openDatabase, queryValue } from "./open.ts";
import { removeRoom } from "./remove_room.ts";
import { decodeText, encodeText } from "./values.ts";

/**
 * Logs, whose names are whose, and sanctions, in one SQLite file, which is this store's alone
 * while it is open.
 *
 * What the logs append in one turn of the event loop is one transaction, on disk before
 * any of it is acknowledged.
 */
export class SqliteStore implements LogStore, NameStore, SanctionStore {
  /** Tells the server of this file from others: 32 random bytes. */
  readonly id: Uint8Array;
  /** The number of the newest room. */
  #newestId: number;
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #groupCommit: GroupCommit;
  readonly #logs: SharedByLogs;
  readonly #rooms: StatementSync;
  readonly #row: StatementSync;
  readonly #origins: StatementSync;
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
    this.#rooms = db.prepare("SELECT name FROM rooms ORDER BY id");
    this.#row = db.prepare(
      `SELECT id, history, head, bytes, ${FIRST_SEQ} AS first FROM rooms WHERE name = ?`,
    );
    this.#origins = db.prepare("SELECT history, head FROM origins WHERE room = ?");
    this.#owned = db.prepare("SELECT name, key, time, seen, spoken FROM names");
    this.#own = db.prepare(
      "INSERT OR REPLACE INTO names (folded, name, key, time, seen, spoken) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#disown = db.prepare("DELETE FROM names WHERE folded = ?");
    this.#sanctions = db.prepare("SELECT * FROM sanctions ORDER BY time");
    this.#sanction = db.prepare(
      `INSERT OR REPLACE INTO sanctions (kind, whom, name, operator, reason, time, until)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#lift = db.prepare("DELETE FROM sanctions WHERE kind = ? AND whom = ?");
    const row = this.#groupCommit.read(() => db.prepare("SELECT id FROM server").get());
    this.id = row?.id as Uint8Array; // A row of its schema.
    this.#newestId = Number(
      this.#groupCommit.read(() => queryValue(db, "SELECT max(id) FROM rooms")),
    );
  }

  /**
   * Opens the logs in `file`, making it if there is none.
   *
   * @param file A path, or `:memory:` for logs that are gone when the store is closed.
   * @throws {ChatError} `unavailable`, if the file cannot be used; it is as it was then.
   * @throws {RangeError} if a bound is no number of at least 1, or `notes` not a whole one.
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

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async rooms(): Promise<string[]> {
    return this.#groupCommit.read(() => this.#rooms.all().map(({ name }) => decodeText(name)));
  }

  async open(room: string): Promise<SqliteLog> {
    const name = encodeText(room);
    const row = this.#groupCommit.read(() => this.#row.get(name)) ??
      // No number is given twice: a backup may be under way.
      { id: ++this.#newestId, history: crypto.randomUUID(), head: 0, first: 1, bytes: 0 };
    const id = Number(row.id);
    const origins = this.#groupCommit.read(() => this.#origins.all(id));
    return await SqliteLog.open({
      id,
      name,
      origins: new Map(origins.map(({ history, head }) => [String(history), Number(head)])),
      history: String(row.history),
      head: Number(row.head),
      first: Number(row.first),
      bytes: Number(row.bytes),
    }, this.#logs);
  }

  async remove(room: string): Promise<number> {
    return await removeRoom(this.#db, this.#groupCommit, room);
  }

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async ownedNames(): Promise<OwnedName[]> {
    const rows = this.#groupCommit.read(() => this.#owned.all());
    return rows.map(({ name, key, time, seen, spoken }) => ({
      name: String(name),
      key: String(key),
      time: Number(time),
      seen: Number(seen),
      spoken: Boolean(spoken),
    }));
  }

  async saveOwnedName({ name, key, time, seen, spoken }: OwnedName): Promise<void> {
    const values = [foldName(name), name, key, time, seen, Number(spoken)];
    await this.#groupCommit.write(() => this.#own.run(...values));
  }

  async releaseName(name: string): Promise<void> {
    await this.#groupCommit.write(() => this.#disown.run(foldName(name)));
  }

  /**
   * Copies all that is kept to the new file `path`, while others go on: as it is in one moment
   * close to the end. What the logs have when this is called is in it; of what they get before
   * this resolves, the last may not be.
   *
   * Where the copy is served its rooms have new histories, and readers go on behind what they
   * have in common with it.
   *
   * @throws {ChatError} `unavailable`, if it cannot be done; there is no such file then.
   */
  async backup(path: string, options?: BackupOptions): Promise<void> {
    await backup(this.#db, this.#groupCommit, path, options);
  }

  /**
   * Copies it likewise for a while, beside the file.
   *
   * @throws {ChatError} `unavailable`, if it cannot be done.
   */
  async copy(options?: BackupOptions): Promise<TemporaryCopy> {
    return await temporaryBackup(this.#db, this.#groupCommit, this.#file, options);
  }

  /**
   * Looks whether the file is still where it was, as nothing is kept in another one.
   *
   * @throws {ChatError} `unavailable`, if it is not.
   */
  check(): void {
    this.#groupCommit.check();
  }

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async sanctions(): Promise<Sanction[]> {
    return this.#groupCommit.read(() => this.#sanctions.all()).map((row) => ({
      kind: row.kind === "ban" ? "ban" : "mute",
      whom: String(row.whom),
      name: String(row.name),
      by: String(row.operator),
      reason: String(row.reason),
      time: Number(row.time),
      ...(row.until !== null && { until: Number(row.until) }),
    }));
  }

  async saveSanction({ kind, whom, name, by, reason, time, until }: Sanction): Promise<void> {
    const values = [kind, whom, name, by, reason, time, until ?? null] as const;
    await this.#groupCommit.write(() => this.#sanction.run(...values));
  }

  async liftSanction({ kind, whom }: Pick<Sanction, "kind" | "whom">): Promise<void> {
    await this.#groupCommit.write(() => this.#lift.run(kind, whom));
  }

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async [Symbol.asyncDispose](): Promise<void> {
    this.#groupCommit.close();
  }
}
