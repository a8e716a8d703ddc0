import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ChatError } from "../../../room/errors.ts";
import { DataFile } from "./data_file.ts";
import { databaseError } from "./database_error.ts";

/** A write in a transaction, and its outcome. */
interface PendingWrite {
  /** Writes, and returns a function to call once it is on disk. */
  readonly write: () => () => void;
  readonly fail: (error: ChatError) => void;
}

/**
 * Group commit: all writes of one tick share one transaction, since each transaction waits for the
 * disk, whatever its size.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #file: string;
  /** Watches the file; undefined in memory. */
  readonly #data: DataFile | undefined;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  /** The writes of this tick. While it is not empty, a microtask is scheduled to run them. */
  #queue: PendingWrite[] = [];
  #closed = false;

  /** Takes over `db` and closes it with this. */
  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#data = db.location() === null ? undefined : new DataFile(db, file);
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
  }

  /**
   * Runs `write` in this tick's transaction. After the commit or rollback, `settle` is called with
   * the outcome, and only then the promise settles, with the result of `write`.
   *
   * @throws {ChatError} `unavailable`, like all other writes of the tick; then nothing is written.
   */
  write<T>(write: () => T, settle: (committed: boolean) => void = () => {}): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const work: PendingWrite = {
      write: () => {
        const value = write();
        return () => {
          settle(true);
          resolve(value);
        };
      },
      fail: (error) => {
        settle(false);
        reject(error);
      },
    };
    if (this.#closed) work.fail(this.#closedError());
    else if (this.#queue.push(work) === 1) queueMicrotask(() => this.#flush());
    return promise;
  }

  /**
   * Runs `read` at once, between transactions.
   *
   * @throws {ChatError} `unavailable`, if the file cannot be read.
   */
  read<T>(read: () => T): T {
    if (this.#closed) throw this.#closedError();
    try {
      return read();
    } catch (error) {
      throw databaseError("read", this.#file, error);
    }
  }

  /** Writes the queue and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    if (this.#data) this.#data.close();
    else this.#db.close();
  }

  /**
   * Checks that written data will be found again.
   *
   * @throws {ChatError} `unavailable`, if not.
   */
  check(): void {
    if (!this.#closed) this.#data?.checkWithWal();
  }

  #flush(): void {
    const queue = this.#queue;
    if (queue.length === 0) return;
    this.#queue = [];
    let done: (() => void)[];
    try {
      this.#data?.check();
      if (this.#db.isTransaction) this.#rollback.run(); // An earlier rollback failed.
      this.#begin.run();
      done = queue.map((work) => work.write());
      this.#commit.run();
    } catch (cause) {
      this.#tryRollback();
      const error = databaseError("write", this.#file, cause);
      for (const work of queue) work.fail(error);
      return;
    }
    this.#data?.markWritten();
    for (const settle of done) settle();
  }

  #tryRollback(): void {
    try {
      // Some errors roll back by themselves.
      if (this.#db.isTransaction) this.#rollback.run();
    } catch {
      // Tried again before the next transaction. The error that led here matters more.
    }
  }

  #closedError(): ChatError {
    return new ChatError("unavailable", `Cannot use "${this.#file}": it is closed`);
  }
}
