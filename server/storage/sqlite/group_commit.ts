import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ChatError } from "../../../room/errors.ts";
import { DataFile } from "./data_file.ts";
import { databaseError } from "./open.ts";

/** Something to write, and what becomes of it. */
interface PendingWrite {
  /** Writes it; returns what to do once it is on disk. */
  readonly write: () => () => void;
  readonly fail: (error: ChatError) => void;
}

/**
 * Group commit: what is written in one turn is one transaction, as each costs a wait for
 * the disk, however much it holds.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #file: string;
  /** The file as others see it; undefined in memory. */
  readonly #data: DataFile | undefined;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  /** What this turn writes; not empty exactly while a microtask stands by to do so. */
  #queue: PendingWrite[] = [];
  #closed = false;

  /** Takes over `db`, which is closed with this. */
  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#data = db.location() === null ? undefined : new DataFile(db, file);
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
  }

  /**
   * Runs `write` in this turn's transaction. After the commit, or the rollback, `settle`
   * hears which it was, and only then the promise settles: with what `write` returned.
   *
   * @throws {ChatError} `unavailable`, with all else of the turn; nothing is written then.
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

  /** Writes what is queued and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    if (this.#data) this.#data.close();
    else this.#db.close();
  }

  /**
   * Looks whether what is written will be found again.
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
      if (this.#db.isTransaction) this.#rollback.run(); // It could not be rolled back before.
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
      // Tried again before the next transaction. The error that led here is the one to tell.
    }
  }

  #closedError(): ChatError {
    return new ChatError("unavailable", `Cannot use "${this.#file}": it is closed`);
  }
}
