import type {
  Accepted,
  Announced,
  Closed,
  Happening,
  Logged,
  LogRead,
  NoteSeen,
  Opened,
  Posted,
  Received,
  Refused,
} from "./history.ts";
import type { Violation, Wrong } from "./violation.ts";

/**
 * Checks a history against the promises of this chat, and returns what breaks one, each with the
 * fewest events that prove it. An empty list proves that all were kept in that history:
 *
 * 1. Every reader of a room sees the same notes in the same order, each once, without a gap from
 *    where it started to where it left; notes of one author come in the order of the posts, and
 *    times never go back. Only private notes of others are skipped.
 * 2. Whatever was acknowledged, or seen by anybody, is in the log, at the same position. Every post
 *    gets its answer, unless its author is gone for good; what was refused is not in the log.
 * 3. Nothing is in the log twice, however often it was sent; and only what somebody posted.
 * 4. If retention has dropped notes, the reader is told how many, at their place. Nothing else may
 *    be missing, cut connections or not.
 * 7. A private note reaches its author and its recipient, and nobody else, live or from history, and
 *    is counted for nobody else.
 * 8. Only a chat server ends a client, and no chat server does here.
 *
 * Promise 5 (bounds) and promise 6 (what is typed cannot drive a terminal) have tests of their own.
 */
export function checkHistory(history: readonly Happening[]): Violation[] {
  const rooms = new Map<string, Room>();
  const readers = new Map<string, Reader>();
  const owners = new Map<string, string>();
  const gone = new Set<string>();
  const violations: Violation[] = [];
  const room = (name: string) => {
    const known = rooms.get(name) ?? new Room(owners, gone);
    rooms.set(name, known);
    return known;
  };
  for (const event of history) {
    switch (event.type) {
      case "named":
        owners.set(event.name, event.person);
        break;
      case "vanished":
        gone.add(event.person);
        break;
      case "posted":
        room(event.room).posts.set(event.text, event);
        break;
      case "accepted":
        room(event.room).answers.push(event);
        break;
      case "refused":
        room(event.room).answers.push(event);
        break;
      case "opened":
        readers.set(event.reader, { opened: event, events: [] });
        break;
      case "received":
        room(event.room).add(event);
        readers.get(event.reader)?.events.push(event);
        break;
      case "announced":
      case "told lost":
      case "closed":
        readers.get(event.reader)?.events.push(event);
        break;
      case "ended":
        violations.push({
          promise: 8,
          wrong: "ended",
          words: `the chat of ${event.reader} was ended: ${event.reason}`,
          history: [event],
        });
        break;
      case "logged":
        room(event.room).add(event);
        break;
      case "log read":
        room(event.room).log = event;
    }
  }
  for (const each of rooms.values()) violations.push(...each.check());
  for (const { opened, events } of readers.values()) {
    violations.push(...room(opened.room).checkReader(opened, events));
  }
  return inOrderOf(history, violations);
}

interface Reader {
  readonly opened: Opened;
  readonly events: ReaderEvent[];
}

type ReaderEvent = Extract<Happening, { readonly reader: string }>;

type Answer = Accepted | Refused;
type Evidence = Received | Logged;

/** What is known about one room. */
class Room {
  readonly posts = new Map<string, Posted>();
  readonly answers: Answer[] = [];
  /** The log's end; undefined if it was not read. */
  log: LogRead | undefined;
  readonly #owners: ReadonlyMap<string, string>;
  readonly #gone: ReadonlySet<string>;
  /** For each position, the first who had its note, and the first who had it differently. */
  readonly #notes = new Map<number, { readonly first: Evidence; other?: Evidence }>();
  readonly #logged = new Map<number, Logged>();

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
      if (first.type === "received" && seq >= log.first && !this.#logged.has(seq)) {
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
  #proof(seq: number): Accepted | Evidence | undefined {
    return this.#notes.get(seq)?.first ?? this.#acceptedAt().get(seq);
  }

  #accepted: Map<number, Accepted> | undefined;

  #acceptedAt(): ReadonlyMap<number, Accepted> {
    const accepted = this.answers.filter((answer) => answer.type === "accepted");
    this.#accepted ??= new Map(accepted.map((answer) => [answer.seq, answer]));
    return this.#accepted;
  }

  /** Whether a person may read what somebody posted or received; undefined for an unknown note. */
  #mayRead(person: string | undefined, note: Accepted | Evidence | undefined): boolean | undefined {
    const post = note && this.posts.get(note.text);
    if (!post) return undefined;
    return post.to === undefined || person !== undefined && [post.person, post.to].includes(person);
  }

  /** The transcript of one reader. */
  *checkReader(opened: Opened, events: readonly ReaderEvent[]): Generator<Violation> {
    const { person } = opened;
    let before: Received | Opened | Announced | undefined = opened.after === undefined
      ? undefined
      : opened;
    let at = opened.after ?? NaN;
    let told = 0;
    for (const event of events) {
      if (event.type === "told lost") told += event.count;
      if (event.type === "announced") {
        yield* this.#checkAnnounced(event, person);
        if (Number.isNaN(at)) [at, before] = [event.from - 1, event];
      }
      if (event.type === "received") {
        yield* this.#checkReceived(event, person);
        if (event.seq <= at) {
          const wrong = before?.type === "received" && before.seq === event.seq
            ? "repeated"
            : "out of order";
          const words = `${event.reader} received note ${event.seq} after note ${at}`;
          yield broken(1, wrong, words, before ? [before, event] : [event]);
        } else {
          yield* this.#checkSkipped({ opened, from: at + 1, to: event.seq, told, before, event });
        }
        [at, told, before] = [event.seq, 0, event];
      }
      if (event.type === "closed" && event.head !== undefined) {
        const to = event.head + 1;
        yield* this.#checkSkipped({ opened, from: at + 1, to, told, before, event });
      }
    }
  }

  *#checkReceived(event: Received, person: string | undefined): Generator<Violation> {
    const post = this.posts.get(event.text);
    if (post && this.#mayRead(person, event) === false) {
      const words = `${event.reader} received a private note between ${post.person} and ${post.to}`;
      yield broken(7, "shown", words, [post, event]);
    }
  }

  *#checkAnnounced(event: Announced, person: string | undefined): Generator<Violation> {
    const { from, head, count } = event;
    let visible = 0;
    const hidden: Evidence[] = [];
    for (let seq = from; seq <= head; seq++) {
      const note = this.#notes.get(seq)?.first;
      const may = this.#mayRead(person, note);
      if (may === undefined) return; // It is not known what was there.
      if (may) visible++;
      else hidden.push(note!);
    }
    if (visible === count) return;
    const words = `${event.reader} was promised ${count} notes, and may see ${visible}`;
    const isShown = count > visible && hidden.length > 0;
    yield broken(7, isShown ? "shown" : "false", words, [...hidden.slice(0, 1), event]);
  }

  /** What lies between two notes that a reader received one after the other. */
  *#checkSkipped(skipped: Skipped): Generator<Violation> {
    const { opened: { person, reader }, from, to, told, before, event } = skipped;
    let unknown = 0;
    const missed: (Accepted | Evidence)[] = [];
    for (let seq = from; seq < to; seq++) {
      const proof = this.#proof(seq);
      const may = this.#mayRead(person, proof);
      if (may === undefined) unknown++;
      else if (may) missed.push(proof!);
    }
    if (told >= missed.length && told <= missed.length + unknown) return;
    const around = before ? [before] : [];
    if (told === 0) {
      const [proof] = missed;
      const words = `${reader} never received note ${proof!.seq}`;
      yield broken(1, "lost", words, [...around, proof!, event]);
    } else {
      const words = `${reader} was told that ${told} notes are gone, and missed ${missed.length}`;
      yield broken(4, "false", words, [...around, event]);
    }
  }
}

interface Skipped {
  readonly opened: Opened;
  /** The first position that is not there. */
  readonly from: number;
  /** The first one after it that is. */
  readonly to: number;
  /** The number of notes that the reader was told of. */
  readonly told: number;
  readonly before: Received | Opened | Announced | undefined;
  readonly event: Received | Closed;
}

function isSame(a: NoteSeen, b: NoteSeen): boolean {
  return a.name === b.name && a.text === b.text && a.to === b.to && a.time === b.time;
}

function broken(
  promise: number,
  wrong: Wrong,
  words: string,
  history: readonly Happening[],
): Violation {
  return { promise, wrong, words, history };
}

/** Puts the events of each violation in the order in which they happened. */
function inOrderOf(history: readonly Happening[], violations: readonly Violation[]): Violation[] {
  if (violations.length === 0) return [];
  const places = new Map(history.map((event, index) => [event, index]));
  const sorted = (events: readonly Happening[]) =>
    events.toSorted((a, b) => places.get(a)! - places.get(b)!);
  return violations.map((violation) => ({ ...violation, history: sorted(violation.history) }));
}
