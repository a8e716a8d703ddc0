/** Questions to a peer that answers each of them, in their order. */
export class PendingAnswers<Answer> {
  #waiting: PromiseWithResolvers<Answer>[] = [];

  /** Waits for the answer to a question that has just been sent. */
  ask(): Promise<Answer> {
    const question = Promise.withResolvers<Answer>();
    this.#waiting.push(question);
    return question.promise;
  }

  /** Takes the next answer. */
  answer(answer: Answer): void {
    this.#waiting.shift()?.resolve(answer);
  }

  /** There will be no more answers: whoever waits for one gets `reason`. */
  close(reason: Error): void {
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting = [];
  }
}
