import {
  type Correspondent,
  findCorrespondent,
  recipientOf,
  showCorrespondent,
  type Whereabouts,
} from "./correspondent.ts";

/** The recipient of typed lines of a room: one person, or everybody. */
export class Correspondence {
  readonly #onChange: () => void;
  readonly #here: () => Whereabouts;
  /** The recipient of typed lines. */
  #query: Correspondent | undefined;
  #shown: string | undefined;

  /** Calls `onChange` when that person changes; `here` returns the people in the room. */
  constructor(onChange: () => void, here: () => Whereabouts) {
    this.#onChange = onChange;
    this.#here = here;
  }

  /** The recipient of typed lines, safe for a terminal; undefined for everybody. */
  get queried(): string | undefined {
    return this.#query && showCorrespondent(this.#query, this.#here());
  }

  /**
   * Sends typed lines from now on to the person that `to` means, or to everybody.
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
    this.#onChange();
  }
}
