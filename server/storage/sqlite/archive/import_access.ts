import type { DatabaseSync, StatementSync } from "node:sqlite";
import { mergeVisits, type OwnedName } from "../../../../room/owned_name.ts";
import { checkSanctionCount, longerSanction, type Sanction } from "../../../../room/sanctions.ts";
import { NameImport } from "../../../../room/state/name_import.ts";
import {
  nameToRow,
  rowToName,
  rowToSanction,
  sanctionToRow,
  SAVE_NAME,
  SAVE_SANCTION,
  SELECT_NAMES,
} from "../access_rows.ts";
import { queryValue } from "../open.ts";

/** Imports owned names and sanctions to a file, in the transaction of its caller. */
export class SqliteAccessImport {
  readonly #db: DatabaseSync;
  readonly #saveName: StatementSync;
  readonly #sanction: StatementSync;
  readonly #saveSanction: StatementSync;
  /** Made for the first name, since it reads all names of the file. */
  #names: NameImport | undefined;
  /** The number of imported records of each kind. */
  readonly counts = { names: 0, bans: 0, mutes: 0 };

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#saveName = db.prepare(SAVE_NAME);
    this.#sanction = db.prepare("SELECT * FROM sanctions WHERE kind = ? AND whom = ?");
    this.#saveSanction = db.prepare(SAVE_SANCTION);
  }

  /**
   * Imports the owner of a name. If it is the same in the file, the later visit is kept.
   *
   * @throws {ChatError} `invalid`, if another key owns it in the file, or one that looks like it.
   */
  addName(name: OwnedName): void {
    this.#names ??= new NameImport(this.#db.prepare(SELECT_NAMES).all().map(rowToName));
    this.#names.add(name);
    const stored = this.#names.find(name.name);
    const merged = stored ? mergeVisits(name, stored) : name;
    this.#saveName.run(...nameToRow(merged));
    this.#names.apply({ name: name.name, owned: merged });
    this.counts.names++;
  }

  /** Imports a sanction, unless the file has one for the same principal that lasts as long. */
  addSanction(sanction: Sanction): void {
    const { kind, principal } = sanction;
    const row = this.#sanction.get(kind, principal);
    this.#saveSanction.run(...sanctionToRow(longerSanction(sanction, row && rowToSanction(row))));
    this.counts[kind === "ban" ? "bans" : "mutes"]++;
  }

  /** @throws {ChatError} `full`, if there are too many sanctions. */
  check(): void {
    if (this.counts.bans + this.counts.mutes === 0) return;
    checkSanctionCount(Number(queryValue(this.#db, "SELECT count(*) FROM sanctions")));
  }
}
