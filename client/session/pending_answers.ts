/** Questions to a peer that answers all of them in order. */
export class PendingAnswers<Answer> {
  #waiting: PromiseWithResolvers<Answer>[] = [];

  /** Whether the peer has answered everything. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Waits for the answer to a question that was just sent. */
  ask(): Promise<Answer> {
    const question = Promise.withResolvers<Answer>();
    this.#waiting.push(question);
    return question.promise;
  }

  /** Resolves the oldest question. */
  answer(answer: Answer): void {
    this.#waiting.shift()?.resolve(answer);
  }

  /** Rejects all questions with `reason`, as there will be no more answers. */
  close(reason: Error): void {
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting = [];
  }
}
