import type { Order } from "./checker.ts";

/** The numbers from which authors count: the first one's posts are 1, 2, 3 and so on. */
const NUMBERS_PER_AUTHOR = 1_000_000_000;

/** Returns the number of the first post of an author, the first of whom is 0. */
export function firstPostOf(author: number): number {
  return author * NUMBERS_PER_AUTHOR + 1;
}

/**
 * The notes of a room with several authors, as the first of its readers receives them. All others
 * must receive the same ones at the same positions, each author's posts in their order, each once.
 */
export class Ledger implements Order {
  /** The numbers of the notes, by position. */
  readonly #numbers: number[] = [0];
  /** The number of the next note of each author. */
  readonly #next = new Map<number, number>();
  /** Answers that came before their notes: position → number. */
  readonly #acks = new Map<number, number>();

  /** Returns the number of the note at a position; undefined if nobody has received it. */
  at(seq: number): number | undefined {
    return this.#numbers[seq];
  }

  note(seq: number, number: number): void {
    if (seq === this.#numbers.length) this.#add(seq, number);
    const known = this.#numbers[seq];
    if (number !== known) {
      throw new Error(`Got text ${number} at ${seq}, where others got ${known}`);
    }
  }

  #add(seq: number, number: number): void {
    const author = Math.floor(number / NUMBERS_PER_AUTHOR);
    const due = this.#next.get(author) ?? firstPostOf(author);
    if (number !== due) throw new Error(`Got text ${number} at ${seq}, where ${due} is due`);
    this.#next.set(author, due + 1);
    this.#numbers.push(number);
    const acknowledged = this.#acks.get(seq) ?? number;
    this.#acks.delete(seq);
    this.#checkAck(seq, acknowledged);
  }

  ack(seq: number, number: number): void {
    if (seq < this.#numbers.length) this.#checkAck(seq, number);
    else if (this.#acks.has(seq)) throw new Error(`Two posts were acknowledged as ${seq}`);
    else this.#acks.set(seq, number);
  }

  /** Checks that every acknowledged note was received, once its readers have everything. */
  checkComplete(): void {
    for (const [seq, number] of this.#acks) {
      throw new Error(`Post ${number} was acknowledged as ${seq}, but nobody got it`);
    }
  }

  #checkAck(seq: number, number: number): void {
    if (this.#numbers[seq] !== number) {
      throw new Error(`Post ${number} was acknowledged as ${seq}, where ${this.#numbers[seq]} is`);
    }
  }
}
