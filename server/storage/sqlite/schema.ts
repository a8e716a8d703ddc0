import { DatabaseSync } from "node:sqlite";
import { foldName } from "../../../room/note.ts";
import { decodeText } from "./values.ts";

/** An object of a database, as SQLite lists it. */
interface SchemaObject {
  readonly type: string;
  readonly name: string;
  /** The statement that creates it; empty for SQLite's own objects. */
  readonly sql: string;
}

/**
 * Checks that a database has exactly the tables that `steps` create, and returns the fault if it
 * has not. Views and triggers in their place could do anything: read forever, or write elsewhere.
 * Additional tables and indexes are harmless.
 */
export function checkSchema(db: DatabaseSync, steps: readonly string[]): string | undefined {
  const found = readObjects(db);
  const foreign = found.find(({ type, sql }) =>
    type !== "table" && type !== "index" || /^\s*CREATE\s+VIRTUAL\b/i.test(sql)
  );
  if (foreign) {
    const { type, name } = foreign;
    return `it has a ${
      type === "table" ? "virtual table" : type
    } "${name}", which a data file cannot have`;
  }
  const tables = new Map(found.map(({ name, sql }) => [name, sql]));
  for (const { name, sql } of expected(steps)) {
    const there = tables.get(name);
    if (there === undefined) return `its table "${name}" is missing`;
    if (words(there) !== words(sql)) return `its table "${name}" is not as this program makes it`;
  }
  return undefined;
}

/** Runs migration steps. Their statements may call `fold()` on a stored name. */
export function runSteps(db: DatabaseSync, steps: readonly string[]): void {
  const fold = (name: unknown) => name === null ? null : foldName(decodeText(name));
  db.function("fold", { deterministic: true }, fold);
  for (const step of steps) db.exec(step);
}

function expected(steps: readonly string[]): SchemaObject[] {
  using stack = new DisposableStack();
  const db = stack.adopt(new DatabaseSync(":memory:"), (db) => db.close());
  runSteps(db, steps);
  return readObjects(db);
}

function readObjects(db: DatabaseSync): SchemaObject[] {
  return db.prepare("SELECT type, name, sql FROM sqlite_schema").all().map((row) => ({
    type: String(row.type),
    name: String(row.name),
    sql: String(row.sql ?? ""),
  }));
}

/** A statement without its comments, whose wording may differ between releases. */
function words(sql: string): string {
  return sql.replace(/--.*/g, "").replace(/\s+/g, " ").trim();
}
