import type { OutcomeInit } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import type { OwnAction } from "../../room/moderation.ts";
import { isSameName } from "../../room/note.ts";
import type { Names } from "../../room/state/names.ts";
import { formatCount } from "../../text/number.ts";
import type { Report } from "../events/event.ts";
import { cutList } from "./cut_list.ts";
import type { OpenSession } from "./sessions.ts";

/** The services that orders about one's own names use. */
export interface OwnNamesOptions {
  /** The names in use, and their owners. */
  readonly names: Names;
  /** Called for each name that is given back. */
  readonly report: Report;
}

/** A session with an order about its own names. */
type Sender = Pick<OpenSession, "name" | "key" | "room" | "address">;

/** Lists the names of a person's key, and gives names back. Everybody with a key may do that. */
export class OwnNames {
  readonly #options: OwnNamesOptions;

  /** Creates the service. */
  constructor(options: OwnNamesOptions) {
    this.#options = options;
  }

  /**
   * Executes an order. Returns the result in words, with the names it asked for.
   *
   * @throws {ChatError} `invalid`, if the sender has no key, or no name is given; `missing`, if the
   * name is not theirs; `taken`, if they use it; `unavailable`, if it cannot be stored.
   */
  async execute(action: OwnAction, name: string, sender: Sender): Promise<OutcomeInit> {
    const { key } = sender;
    if (key === undefined) throw new ChatError("invalid", "You have no key, so no name is yours");
    return action === "own" ? this.#list(key) : await this.#drop(name, { ...sender, key });
  }

  #list(key: string): OutcomeInit {
    const all = this.#options.names.listOf(key);
    const { items: names, words } = cutList(all, (count) => formatCount(count, "other"));
    return { code: 0, words, names };
  }

  async #drop(name: string, sender: Sender & { readonly key: string }): Promise<OutcomeInit> {
    const { names, report } = this.#options;
    if (name === "") throw new ChatError("invalid", "The command needs a name to drop");
    if (names.findOwner(name) !== sender.key) {
      throw new ChatError("missing", `Cannot drop "${name}": it is not yours`);
    }
    if (isSameName(name, sender.name)) {
      throw new ChatError(
        "taken",
        `Cannot drop "${name}": you are using it; take another name first`,
      );
    }
    try {
      await names.release(name);
    } catch (error) {
      if (!(error instanceof ChatError && error.code === "taken")) throw error;
      const words = `Cannot drop "${name}": you are using it in another session`;
      throw new ChatError("taken", words, { cause: error });
    }
    const { name: by, key, room, address } = sender;
    report({ type: "drop", name: by, key, room, address, dropped: name });
    return { code: 0, words: `"${name}" is not yours any more: the next key to use it owns it` };
  }
}
