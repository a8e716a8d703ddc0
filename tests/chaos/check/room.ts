import type {
  Accepted,
  Found,
  Logged,
  LogRead,
  NoteSeen,
  Posted,
  Received,
  Refused,
} from "./history.ts";
import { broken, type Violation } from "./violation.ts";

type Answer = Accepted | Refused;
/** A note that somebody has seen. */
export type Evidence = Received | Found | Logged;

/** What is known about one room, and the promises that need no single reader. */
export class Room {
  readonly posts = new Map<string, Posted>();
  readonly answers: Answer[] = [];
  /** The log's end; undefined if it was not read. */
  log: LogRead | undefined;
  readonly #owners: ReadonlyMap<string, string>;
  readonly #gone: ReadonlySet<string>;
  /** For each position, the first who had its note, and the first who had it differently. */
  readonly #notes = new Map<number, { readonly first: Evidence; other?: Evidence }>();
  readonly #logged = new Map<number, Logged>();

  /**
   * Creates a room of which nothing is known.
   *
   * @param owners The persons by their names.
   * @param gone The persons who are gone for good.
   */
  constructor(owners: ReadonlyMap<string, string>, gone: ReadonlySet<string>) {
    this.#owners = owners;
    this.#gone = gone;
  }

  /** Adds a note that was seen. */
  add(note: Evidence): void {
    const known = this.#notes.get(note.seq);
    if (!known) this.#notes.set(note.seq, { first: note });
    else if (!isSame(known.first, note)) known.other ??= note;
    if (note.type === "logged") this.#logged.set(note.seq, note);
  }

  /** Checks the notes, the log and the answers. */
  *check(): Generator<Violation> {
    yield* this.#checkNotes();
    yield* this.#checkLog();
    yield* this.#checkAnswers();
  }

  /** The notes themselves: the same for all, once, in order, and posted by somebody. */
  *#checkNotes(): Generator<Violation> {
    const places = new Map<string, Evidence>();
    const newest = new Map<string, { readonly post: Posted; readonly note: Evidence }>();
    const order = new Map([...this.posts.values()].map((post, index) => [post, index]));
    let before: Evidence | undefined;
    for (const [, { first: note, other }] of [...this.#notes].toSorted(([a], [b]) => a - b)) {
      if (other) {
        yield broken(1, "false", `note ${note.seq} is not the same for all`, [note, other]);
      }
      const post = this.posts.get(note.text);
      if (!post) {
        yield broken(3, "false", `nobody posted note ${note.seq}`, [note]);
        continue;
      }
      if (!this.#isFrom(post, note)) {
        const words = `note ${note.seq} is not as it was posted`;
        yield broken(3, "false", words, [post, note]);
      }
      const earlier = places.get(note.text);
      if (earlier) {
        const words = `a post is there twice: as note ${earlier.seq} and as note ${note.seq}`;
        yield broken(3, "repeated", words, [post, earlier, note]);
        continue;
      }
      places.set(note.text, note);
      const last = newest.get(post.person);
      if (last && order.get(last.post)! > order.get(post)!) {
        const words = `note ${last.note.seq} was posted after note ${note.seq}`;
        yield broken(1, "out of order", words, [post, last.post, last.note, note]);
      }
      newest.set(post.person, { post, note });
      if (before && before.time > note.time) {
        const words = `note ${note.seq} is ${before.time - note.time} ms older than the one before`;
        yield broken(1, "out of order", words, [before, note]);
      }
      before = note;
    }
  }

  #isFrom(post: Posted, { name, to }: NoteSeen): boolean {
    return this.#owners.get(name) === post.person &&
      (to === undefined ? undefined : this.#owners.get(to)) === post.to;
  }

  /** The log: without gaps, and with everything that anybody has seen. */
  *#checkLog(): Generator<Violation> {
    const { log } = this;
    if (!log) return;
    for (let seq = log.first; seq <= log.head; seq++) {
      if (!this.#logged.has(seq)) {
        yield broken(1, "lost", `the log has no note ${seq}`, [log]);
      }
    }
    for (const [seq, { first }] of this.#notes) {
      if (first.type !== "logged" && seq >= log.first && !this.#logged.has(seq)) {
        yield broken(2, "lost", `note ${seq} was seen, and the log does not have it`, [first, log]);
      }
    }
  }

  /** The answers: one for each post, in order, and true. */
  *#checkAnswers(): Generator<Violation> {
    const answered = new Map<string, Answer>();
    for (const answer of this.answers) {
      const post = this.posts.get(answer.text);
      const earlier = answered.get(answer.text);
      if (earlier) yield broken(2, "false", "a post got two answers", [earlier, answer]);
      answered.set(answer.text, answer);
      if (answer.type === "accepted") yield* this.#checkAccepted(answer);
      else if (post) yield* this.#checkRefused(answer);
    }
    for (const post of this.posts.values()) {
      if (answered.has(post.text) || this.#gone.has(post.person)) continue;
      yield broken(2, "lost", "a post never got an answer", [post]);
    }
  }

  *#checkAccepted(answer: Accepted): Generator<Violation> {
    const { seq, text } = answer;
    const note = this.#notes.get(seq)?.first;
    if (note && note.text !== text) {
      const words = `note ${seq} was acknowledged to another author`;
      yield broken(2, "lost", words, [answer, note]);
    } else if (!note && this.log && seq >= this.log.first) {
      const words = `note ${seq} was acknowledged, and the log does not have it`;
      yield broken(2, "lost", words, [answer, this.log]);
    }
  }

  *#checkRefused(answer: Refused): Generator<Violation> {
    if (answer.mayBeStored) return;
    for (const { first } of this.#byText().get(answer.text) ?? []) {
      yield broken(2, "false", `note ${first.seq} was refused, and is there`, [answer, first]);
    }
  }

  #texts: Map<string, { readonly first: Evidence }[]> | undefined;

  #byText(): ReadonlyMap<string, readonly { readonly first: Evidence }[]> {
    this.#texts ??= Map.groupBy(this.#notes.values(), ({ first }) => first.text);
    return this.#texts;
  }

  /** What proves that there is a note at a position. */
  proof(seq: number): Accepted | Evidence | undefined {
    return this.#notes.get(seq)?.first ?? this.#acceptedAt().get(seq);
  }

  #accepted: Map<number, Accepted> | undefined;

  #acceptedAt(): ReadonlyMap<number, Accepted> {
    if (this.#accepted) return this.#accepted;
    const accepted = this.answers.filter((answer) => answer.type === "accepted");
    return this.#accepted = new Map(accepted.map((answer) => [answer.seq, answer]));
  }

  /** Whether a person may read what somebody posted or received; undefined for an unknown note. */
  mayRead(person: string | undefined, note: Accepted | Evidence | undefined): boolean | undefined {
    const post = note && this.posts.get(note.text);
    if (!post) return undefined;
    return post.to === undefined || person !== undefined && [post.person, post.to].includes(person);
  }

  /** The note at a position, if somebody has seen it. */
  noteAt(seq: number): Evidence | undefined {
    return this.#notes.get(seq)?.first;
  }
}

function isSame(a: NoteSeen, b: NoteSeen): boolean {
  return a.name === b.name && a.text === b.text && a.to === b.to && a.time === b.time;
}
