import type { AccessRecords } from "../../room/archive_record.ts";
import { checkSanctionCount, type Sanction } from "../../room/sanctions.ts";
import { NameImport } from "../../room/state/name_import.ts";
import { SharedNames } from "../storage/cluster/names.ts";
import { SharedSanctions } from "../storage/cluster/sanctions.ts";
import type { SharedState } from "../storage/cluster/state.ts";

/** Imports the owned names and the sanctions of an archive into the state that servers share. */
export class EngineAccessImport implements Disposable {
  readonly #records: AccessRecords;
  readonly #names: SharedNames;
  readonly #sanctions: SharedSanctions;
  readonly #import: NameImport;
  readonly #following: Disposable;

  /**
   * @throws {ChatError} `invalid`, if another key owns a name of the archive, or one that looks like
   * it; `full`, if there would be too many sanctions. Then nothing is stored.
   */
  constructor(records: AccessRecords, state: SharedState) {
    this.#records = records;
    this.#names = new SharedNames(state);
    this.#sanctions = new SharedSanctions(state);
    this.#import = new NameImport(this.#names.all());
    for (const name of records.names) this.#import.add(name);
    this.#checkCount();
    this.#following = this.#names.follow((change) => this.#import.apply(change));
  }

  /**
   * Stores everything: first the sanctions, so that nobody who was banned can claim a name.
   *
   * @throws {ChatError} `invalid`, if a name was claimed in the meantime; `unavailable`, if the
   * engine does not answer. Then a part is stored, and another import may complete it.
   */
  async store(): Promise<void> {
    const { names, sanctions } = this.#records;
    for (const sanction of sanctions) await this.#sanctions.merge(sanction);
    for (const name of names) await this.#names.save(name, () => this.#import.check(name));
  }

  /** Stops following the names that others claim. */
  [Symbol.dispose](): void {
    this.#following[Symbol.dispose]();
  }

  #checkCount(): void {
    const { sanctions } = this.#records;
    if (sanctions.length === 0) return;
    const keys = [...this.#sanctions.all(), ...sanctions].map(keyOf);
    checkSanctionCount(new Set(keys).size);
  }
}

function keyOf({ kind, principal }: Sanction): string {
  return `${kind} ${principal}`;
}
