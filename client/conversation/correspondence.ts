import { ChatError } from "../../room/errors.ts";
import { displayName } from "../../room/note.ts";
import { replyText } from "./commands/talk.ts";
import {
  type Correspondent,
  findCorrespondent,
  recipientOf,
  showCorrespondent,
  type Whereabouts,
} from "./correspondent.ts";

/** The input line, as far as it matters for private notes. */
export interface CorrespondenceDisplay {
  /** Returns the text in the input line. */
  typed(): string;
  /** Shows to whom typed lines go: to one person, or to everybody if it is undefined. */
  showRecipient(person: string | undefined): void;
}

/** An answer that was being typed when somebody else wrote. */
interface Overtaken {
  /** The person who is being answered. */
  readonly by: Correspondent;
  /** The begin of the answer. */
  readonly text: string;
}

/** The people with whom a person has private conversations. */
export class Correspondence {
  readonly #display: CorrespondenceDisplay;
  readonly #here: () => Whereabouts;
  /** The author of the last private note. */
  #last: Correspondent | undefined;
  #overtaken: Overtaken | undefined;
  /** The person to whom typed lines go. */
  #query: Correspondent | undefined;
  #shown: string | undefined;

  /** Shows the state on a display; `here` returns the people in the present room. */
  constructor(display: CorrespondenceDisplay, here: () => Whereabouts) {
    this.#display = display;
    this.#here = here;
  }

  /** Records the author of a private note. */
  hear(author: Correspondent): void {
    const text = replyText(this.#display.typed());
    const isOther = this.#last && !isSame(this.#last, author, this.#here());
    // The answer that is being typed is meant for the author before.
    if (text !== undefined && isOther) this.#overtaken ??= { by: this.#last!, text };
    this.#last = author;
  }

  /**
   * Returns the recipient of an answer to the last private note.
   *
   * @throws {ChatError} `missing`, if there is no such note, or its author may be somebody else by
   * now; `invalid`, once, if somebody else has written while the answer was being typed.
   */
  replyRecipient(answer: string): string {
    const overtaken = this.#overtaken;
    this.#overtaken = undefined;
    if (!this.#last) throw new ChatError("missing", "Nobody has written to you privately");
    if (overtaken && answer.startsWith(overtaken.text)) {
      const [now, before] = [this.#last, overtaken.by].map(displayName);
      const how = `Enter answers ${now}, /msg ${before} the other`;
      throw new ChatError("invalid", `${now} wrote while you were answering ${before}: ${how}`);
    }
    return recipientOf(this.#last, this.#here());
  }

  /** The person to whom typed lines go, safe for a terminal; undefined if they go to everybody. */
  get queried(): string | undefined {
    return this.#query && showCorrespondent(this.#query, this.#here());
  }

  /**
   * Sends typed lines from now on to the person whom `to` means, or to everybody.
   *
   * @throws {ChatError} `missing`, if they are a person without a key who is not here.
   */
  query(to: string | undefined): void {
    this.#query = to === undefined ? undefined : findCorrespondent(to, this.#here());
    this.update();
  }

  /**
   * Returns the recipient of a typed line; undefined if it goes to everybody.
   *
   * @throws {ChatError} `missing`, if it might reach another person than it should.
   */
  queryRecipient(): string | undefined {
    return this.#query && recipientOf(this.#query, this.#here());
  }

  /** Shows the recipient of typed lines, if they are called otherwise than before. */
  update(): void {
    const { queried } = this;
    if (queried === this.#shown) return;
    this.#shown = queried;
    this.#display.showRecipient(queried);
  }
}

/** Whether two correspondents are one person. */
function isSame(a: Correspondent, b: Correspondent, room: Whereabouts): boolean {
  return showCorrespondent(a, room) === showCorrespondent(b, room);
}
