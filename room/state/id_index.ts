const SMALLEST = 1_024;

/**
 * Finds the possible positions of a note by its author and id, using 24 to 48 bytes per note
 * whatever the length of the id.
 *
 * It stores hashes only, so it may return a position whose note has another id, or is gone: the
 * caller checks the note. It never misses an id that was added.
 */
export class IdIndex {
  /** Open addressing: a slot is free while its position is 0. The length is a power of two. */
  #seqs = new Float64Array(SMALLEST);
  #hashes = new Uint32Array(SMALLEST);
  /** Slots in use; at most half of them, so that probe runs stay short. */
  #used = 0;
  /** Secret, so that nobody can choose ids that all collide. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

  /** Adds the note at `seq`, by its author and id. Positions before `first` may be forgotten. */
  add(author: string, id: string, seq: number, first: number): void {
    if (this.#used * 2 >= this.#seqs.length) this.#rebuild(first);
    this.#put(this.#hash(author, id), seq);
  }

  /**
   * Returns the position of an author's id: the first with the same hash for which `isIt` is true.
   */
  find(author: string, id: string, isIt: (seq: number) => boolean): number | undefined {
    const hash = this.#hash(author, id);
    const mask = this.#seqs.length - 1;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const seq = this.#seqs[slot];
      if (!seq) return undefined;
      if (this.#hashes[slot] === hash && isIt(seq)) return seq;
    }
  }

  #put(hash: number, seq: number): void {
    const mask = this.#seqs.length - 1;
    let slot = hash & mask;
    while (this.#seqs[slot]) slot = (slot + 1) & mask;
    this.#seqs[slot] = seq;
    this.#hashes[slot] = hash;
    this.#used++;
  }

  #rebuild(first: number): void {
    const seqs = this.#seqs;
    const hashes = this.#hashes;
    let live = 0;
    for (const seq of seqs) if (seq >= first && seq > 0) live++;
    let size = SMALLEST;
    while (size < live * 3) size *= 2; // At least a third is free for later notes.
    this.#seqs = new Float64Array(size);
    this.#hashes = new Uint32Array(size);
    this.#used = 0;
    seqs.forEach((seq, slot) => {
      if (seq >= first && seq > 0) this.#put(hashes[slot] ?? 0, seq);
    });
  }

  #hash(author: string, id: string): number {
    return mixed(mixed(this.#seed, author), id) >>> 0;
  }
}

function mixed(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
