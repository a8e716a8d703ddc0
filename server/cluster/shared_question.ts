/**
 * Lets simultaneous callers share one question. Callers that ask while a question is being answered
 * share the next one, since the answer to the first may be older than their calls.
 */
export class SharedQuestion<T> {
  readonly #question: () => Promise<T>;
  /** The question on its way, until it is answered or fails. */
  #asked: Promise<unknown> | undefined;
  /** The question after it. */
  #next: Promise<T> | undefined;

  constructor(question: () => Promise<T>) {
    this.#question = question;
  }

  /** Returns an answer to a question that is asked from now on. */
  ask(): Promise<T> {
    if (this.#next) return this.#next;
    if (!this.#asked) return this.#ask();
    return this.#next = this.#asked.then(() => this.#ask());
  }

  #ask(): Promise<T> {
    this.#next = undefined;
    const answer = this.#question();
    const asked = this.#asked = answer.then(() => {}, () => {}).then(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
    return answer;
  }
}
