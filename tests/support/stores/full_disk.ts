import { DatabaseSync } from "node:sqlite";

/** A disk on which the database has no room to grow, until it is disposed. */
export class FullDisk implements Disposable {
  readonly #databases: readonly DatabaseSync[];

  private constructor(databases: readonly DatabaseSync[]) {
    this.#databases = databases;
  }

  /** Fills the disk for the databases of `open`. */
  static async prepare<T>(open: () => Promise<T>): Promise<[T, fill: () => FullDisk]> {
    const databases = new Set<DatabaseSync>();
    const { prepare } = DatabaseSync.prototype;
    DatabaseSync.prototype.prepare = function (...args) {
      databases.add(this);
      return prepare.apply(this, args);
    };
    try {
      const opened = await open();
      return [opened, () => new FullDisk([...databases]).#setMost("1")];
    } finally {
      DatabaseSync.prototype.prepare = prepare;
    }
  }

  #setMost(pages: string): this {
    for (const db of this.#databases) db.prepare(`PRAGMA max_page_count = ${pages}`).get();
    return this;
  }

  [Symbol.dispose](): void {
    this.#setMost("4294967294");
  }
}
