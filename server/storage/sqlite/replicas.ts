import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ChatError } from "../../../room/errors.ts";
import type { Retention } from "../../../room/state/log.ts";
import { nextTick } from "../../event_loop.ts";
import { databaseError } from "./database_error.ts";
import { GroupCommit } from "./group_commit.ts";
import { type SharedByLogs, SqliteLog } from "./log.ts";
import { prepareLog } from "./log_statements.ts";
import schema from "./migrations/replicas.sql" with { type: "text" };
import { FIRST_SEQ } from "./note_row.ts";
import { openDatabase, queryValue } from "./open.ts";
import { removeRoom } from "./remove_room.ts";
import type { BatchMark, LogRow, ReplicaRow } from "./room_row.ts";
import { decodeText, encodeText } from "./values.ts";

/** The log that a replica copies, and where it starts. */
export interface ReplicaStart {
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
  /** The note after which an empty replica starts. One with older notes is not used. */
  readonly head: number;
}

/** Options for opening replicas. */
export interface SqliteReplicasOptions {
  /** Identifies the chat: 32 bytes. */
  readonly chat: Uint8Array;
  /** The name of the chat in the engine, where it may be another chat later. */
  readonly name: string;
  /** Reports that the engine has lost the chat of this name, and returns the error that says so. */
  readonly lose: (reason: string) => ChatError;
  readonly retention: Retention;
  /** Called if obsolete replicas cannot be deleted. */
  readonly onError: (error: unknown) => void;
}

/** The prefix of the names of obsolete rooms, whose notes are being deleted. */
const OBSOLETE = "\0";

/**
 * The replicas that one of several servers keeps in a SQLite file, so that it need not read all
 * notes again when it starts. What is lost with the file is read again.
 */
export class SqliteReplicas implements AsyncDisposable {
  readonly #db: DatabaseSync;
  readonly #groupCommit: GroupCommit;
  readonly #logs: SharedByLogs;
  readonly #onError: (error: unknown) => void;
  readonly #row: StatementSync;
  readonly #save: StatementSync;
  readonly #saveOrigin: StatementSync;
  readonly #forget: StatementSync;
  readonly #rename: StatementSync;
  #newestId: number;
  /** Settles when the obsolete replicas are deleted. */
  #sweeping: Promise<void> | undefined;
  #isClosed = false;

  private constructor(db: DatabaseSync, file: string, options: SqliteReplicasOptions) {
    this.#db = db;
    this.#onError = options.onError;
    this.#groupCommit = new GroupCommit(db, file);
    const { retention } = options;
    this.#logs = { groupCommit: this.#groupCommit, statements: prepareLog(db), retention };
    this.#row = db.prepare(
      `SELECT id, history, head, bytes, ${FIRST_SEQ} AS first, place, attempt, start
       FROM rooms LEFT JOIN replicas ON room = id WHERE name = ?`,
    );
    this.#save = db.prepare(
      "INSERT OR REPLACE INTO replicas (room, place, attempt, start) VALUES (?, ?, ?, ?)",
    );
    this.#saveOrigin = db.prepare(
      "INSERT OR REPLACE INTO origins (room, history, head) VALUES (?, ?, ?)",
    );
    this.#forget = db.prepare("DELETE FROM replicas WHERE room = ?");
    this.#rename = db.prepare("UPDATE rooms SET name = ?, spelling = NULL WHERE id = ?");
    this.#newestId = Number(queryValue(db, "SELECT max(id) FROM rooms"));
  }

  /**
   * Opens the file, and creates it if it is missing.
   *
   * @throws {ChatError} `unavailable`, if the file cannot be used, belongs to a server that shares
   * its chat with no others, or has the notes of another chat; what `lose` returns, if that had the
   * same name. Then it is unchanged.
   */
  static async open(file: string, options: SqliteReplicasOptions): Promise<SqliteReplicas> {
    const db = openDatabase(file, { kind: "replica" });
    let replicas;
    try {
      queryValue(db, "PRAGMA synchronous = NORMAL"); // The journal has what a crash loses.
      db.exec(schema);
      replicas = new SqliteReplicas(db, file, options);
    } catch (error) {
      db.close();
      throw databaseError("open", file, error);
    }
    try {
      await replicas.#setChat(options, file);
    } catch (error) {
      await replicas[Symbol.asyncDispose]();
      throw error;
    }
    void replicas.sweep();
    return replicas;
  }

  /** The newest batch of all replicas; undefined if there is none. */
  get mark(): BatchMark | undefined {
    const newest = "SELECT place, attempt FROM replicas ORDER BY place DESC LIMIT 1";
    const row = this.#groupCommit.read(() => this.#db.prepare(newest).get());
    return row && toMark(row);
  }

  /**
   * Opens the replica of the log of `room`, a folded name. It has the notes of an earlier one, if
   * that is of the same history and goes on from no earlier note than asked for.
   */
  async open(room: string, start: ReplicaStart): Promise<SqliteLog> {
    const row = this.#groupCommit.read(() => this.#row.get(encodeText(room)));
    if (
      row && row.place !== null && row.history === start.history && Number(row.head) >= start.head
    ) {
      const { id, head, first, bytes } = row;
      return await this.#openLog(room, { ...start, head: Number(row.start) }, {
        id: Number(id),
        head: Number(head),
        first: Number(first),
        bytes: Number(bytes),
        mark: toMark(row),
      });
    }
    if (row) await this.#retire([Number(row.id)]);
    const { head } = start;
    const id = ++this.#newestId; // No id is used twice: an older room of the name may be on its way out.
    return await this.#openLog(room, start, {
      id,
      head,
      first: head + 1,
      bytes: 0,
      mark: undefined,
    });
  }

  /** Deletes the replica of a room, a folded name, which must not be in use. */
  async remove(room: string): Promise<void> {
    const row = this.#groupCommit.read(() => this.#row.get(encodeText(room)));
    if (row) await this.#retire([Number(row.id)]);
  }

  /** Deletes the replicas of all rooms but these histories: the others were removed meanwhile. */
  async retain(histories: ReadonlySet<string>): Promise<void> {
    const rows = this.#groupCommit.read(() =>
      this.#db.prepare("SELECT room, history FROM replicas JOIN rooms ON id = room").all()
    );
    const past = rows.filter(({ history }) => !histories.has(String(history)));
    await this.#retire(past.map(({ room }) => Number(room)));
  }

  /**
   * Checks that the file is still in its place.
   *
   * @throws {ChatError} `unavailable`, if it is not.
   */
  check(): void {
    this.#groupCommit.check();
  }

  /** Deletes the obsolete replicas, and waits for that. It also begins by itself. */
  sweep(): Promise<void> {
    return this.#sweeping ??= this.#deleteObsolete().catch(this.#onError).finally(() => {
      this.#sweeping = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#sweeping;
    this.#groupCommit.close();
  }

  #openLog(
    room: string,
    { history, origins, head: start }: ReplicaStart,
    { mark, ...extent }: Pick<LogRow, "id" | "head" | "first" | "bytes"> & Pick<ReplicaRow, "mark">,
  ): Promise<SqliteLog> {
    const { id } = extent;
    const save = ({ place, attempt }: BatchMark) => this.#save.run(id, place, attempt, start);
    const make = () => {
      for (const [origin, head] of origins) this.#saveOrigin.run(id, origin, head);
    };
    return SqliteLog.open({
      ...extent,
      ...{ history, origins, name: encodeText(room), spelling: () => null },
      replica: { mark, start, make, save },
    }, this.#logs);
  }

  /**
   * Makes the replicas those of a chat.
   *
   * @throws {ChatError} if there are notes of another chat: they may be the last copy, if the engine
   * lost everything.
   */
  async #setChat(
    { chat, name, lose }: Pick<SqliteReplicasOptions, "chat" | "name" | "lose">,
    file: string,
  ): Promise<void> {
    const known = this.#groupCommit.read(() =>
      this.#db.prepare("SELECT id, (SELECT name FROM chat) AS name FROM server").get()
    );
    if (encodeHex(known?.id) === chat.toHex()) return;
    if (this.mark) {
      if (known?.name === name) {
        throw lose(`"${file}" has notes of it; export them, then choose another file`);
      }
      const words = `Cannot use "${file}": it has the notes of another chat`;
      throw new ChatError("unavailable", `${words}; export it, or choose another file`);
    }
    await this.#groupCommit.write(() => {
      this.#db.prepare("UPDATE server SET id = ?").run(chat);
      this.#db.exec("DELETE FROM chat");
      this.#db.prepare("INSERT INTO chat (name) VALUES (?)").run(name);
    });
  }

  /** Marks rooms as obsolete at once, and deletes their notes little by little. */
  async #retire(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#groupCommit.write(() => {
      for (const id of ids) {
        this.#forget.run(id);
        this.#rename.run(encodeText(`${OBSOLETE}${id}`), id);
      }
    });
    void this.sweep();
  }

  async #deleteObsolete(): Promise<void> {
    const obsolete = this.#db.prepare(
      "SELECT name FROM rooms WHERE id NOT IN (SELECT room FROM replicas) LIMIT 1",
    );
    await nextTick(); // Their readers switch to new replicas first.
    for (let row; !this.#isClosed && (row = this.#groupCommit.read(() => obsolete.get()));) {
      await removeRoom(this.#db, this.#groupCommit, decodeText(row.name));
    }
  }
}

function toMark({ place, attempt }: Record<string, unknown>): BatchMark {
  return { place: Number(place), attempt: String(attempt) };
}

function encodeHex(bytes: unknown): string {
  return bytes instanceof Uint8Array ? bytes.toHex() : "";
}
