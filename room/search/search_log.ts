import type { Note } from "../note.ts";
import type { NoteQuery } from "./note_query.ts";

/** Separates notes that a log has joined. */
export const NOTE_SEPARATOR = "\x1e";
/** Separates a name from the message after it. */
export const NAME_SEPARATOR = "\x1f";
/** Stands for a message that a log has left out, because it is long. */
export const LEFT_OUT = "\x1d";

/** The part of a log that a search needs: see `Log`. */
export interface SearchedLog {
  readonly head: number;
  readonly first: number;
  read(from: number, limit: { readonly notes: number; readonly chars: number }): Promise<Note[]>;
  /**
   * Returns the messages of the notes from `from` up to `to`, joined by {@linkcode NOTE_SEPARATOR},
   * so that a look at all of them costs little: each with its author's name and
   * {@linkcode NAME_SEPARATOR} in front if `names` is true. Those of more than a kilobyte or so are
   * {@linkcode LEFT_OUT}. Missing if `read()` costs no more.
   *
   * Private notes that are hidden from `reader` are empty, with their names, so that the time of a
   * search does not tell what is in them.
   */
  readonly texts?:
    | ((from: number, to: number, options: TextsOptions) => Promise<string | undefined>)
    | undefined;
}

/** What the texts of a log have. */
export interface TextsOptions {
  /** Whether they have the authors' names. */
  readonly names: boolean;
  /** The identity whose private notes they have; undefined for none. */
  readonly reader: string | undefined;
}

/** The time for searches, which take turns. */
export interface SearchTurns {
  /** Waits for a turn. */
  next(): Promise<void>;
  /** Whether the present turn is over, so that the event loop needs a break. */
  readonly isOver: boolean;
}

/** Where a search looks, and when. */
export interface SearchLogOptions {
  /** The position of the oldest note to look at. */
  readonly from: number;
  /** The position after the newest one. */
  readonly before: number;
  /** The identity whose private notes are looked at, at least. Default: none. */
  readonly reader?: string | undefined;
  readonly turns: SearchTurns;
  /** Called with the oldest position that was looked at. */
  readonly onProgress?: (searched: number) => void;
}

/** The notes that are looked at together: about a fifth of a millisecond. */
const WINDOW = 1_024;

/** The notes that are read together, if their positions are near each other. */
const RUN = { notes: 32, chars: 32_768 } as const;

/**
 * The characters that may be folded before the time is looked at: they may become 18 times as many,
 * which takes a few milliseconds.
 */
const MAX_CHARS = 32_768;

/**
 * Finds the notes that a query looks for, newest first. It looks at each note that the log has when
 * its turn comes: what retention drops meanwhile is passed over.
 */
export async function* searchLog(
  log: SearchedLog,
  query: NoteQuery,
  { from, before, reader, turns, onProgress = () => {} }: SearchLogOptions,
): AsyncGenerator<Note, void> {
  let end = Math.min(before, log.head + 1);
  const oldest = () => Math.max(1, from, log.first);
  onProgress(end);
  while (end > oldest()) {
    await turns.next();
    do {
      const start = Math.max(end - WINDOW, oldest());
      const steps = log.texts
        ? lookAtTexts(log, query, { start, end, reader })
        : lookAtNotes(log, query, start, end);
      // It may stop within the window, and is called for the rest of it then.
      for await (const { seq, note } of steps) {
        end = seq;
        onProgress(end);
        if (note) yield note;
        if (turns.isOver) break;
      }
    } while (end > oldest() && !turns.isOver);
  }
}

/** A note that was found, or else how far down was searched. */
interface Step {
  readonly seq: number;
  readonly note?: Note;
}

/** Looks at notes that are in memory anyway. */
async function* lookAtNotes(
  log: SearchedLog,
  query: NoteQuery,
  start: number,
  end: number,
): AsyncGenerator<Step> {
  const notes = await log.read(start, { notes: end - start, chars: Infinity });
  let chars = 0;
  for (const note of notes.reverse()) {
    if (query.matches(note)) {
      yield { seq: note.seq, note };
    } else if ((chars += note.message.length) > MAX_CHARS) {
      chars = 0;
      yield { seq: note.seq };
    }
  }
  yield { seq: start };
}

/** Looks at the messages alone, and reads only the notes that may be found. */
async function* lookAtTexts(
  log: SearchedLog,
  query: NoteQuery,
  { start, end, reader }: {
    readonly start: number;
    readonly end: number;
    readonly reader: string | undefined;
  },
): AsyncGenerator<Step> {
  const texts = await log.texts!(start, end, { names: query.hasName, reader });
  for (const piece of piecesOf(texts, start, end)) {
    const seqs = mayMatch(piece, query);
    for (let next = 0; next < seqs.length;) {
      // Several in one read: most of its cost does not depend on their number.
      const top = seqs[next]!;
      const run = seqs.slice(next, next + RUN.notes).filter((seq) => seq > top - RUN.notes);
      next += run.length;
      const limit = { notes: top + 1 - run.at(-1)!, chars: RUN.chars };
      const notes = new Map((await log.read(run.at(-1)!, limit)).map((note) => [note.seq, note]));
      for (const seq of run) {
        const note = notes.get(seq) ?? (await log.read(seq, { notes: 1, chars: 1 }))[0];
        yield note?.seq === seq && query.matches(note) ? { seq, note } : { seq };
      }
    }
    yield { seq: piece.start };
  }
}

/** The texts of some notes, oldest first. */
interface Piece {
  /** The position of the first one, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Undefined if they are not known. */
  readonly texts: readonly string[] | undefined;
}

/** Splits joined texts into pieces, newest first, between which the time is looked at. */
function* piecesOf(joined: string | undefined, start: number, end: number): Generator<Piece> {
  const texts = joined?.split(NOTE_SEPARATOR);
  // A message may contain the separator.
  if (texts?.length !== end - start) return yield { start, end, texts: undefined };
  let chars = 0;
  let last = texts.length;
  for (let index = last - 1; index >= 0; index--) {
    chars += texts[index]!.length;
    if (chars < MAX_CHARS && index > 0) continue;
    yield { start: start + index, end: start + last, texts: texts.slice(index, last) };
    [chars, last] = [0, index];
  }
}

/** Returns the positions of the notes that may be found, newest first. */
function mayMatch({ start, end, texts }: Piece, query: NoteQuery): number[] {
  if (!texts) return Array.from({ length: end - start }, (_, index) => end - 1 - index);
  let parts = texts;
  if (!query.hasName) {
    const folded = query.fold(texts.join(NOTE_SEPARATOR));
    if (!query.isIn(folded) && !folded.includes(LEFT_OUT)) return [];
    parts = folded.split(NOTE_SEPARATOR);
  }
  const seqs: number[] = [];
  for (let index = parts.length - 1; index >= 0; index--) {
    if (mayMatchPart(parts[index]!, query)) seqs.push(start + index);
  }
  return seqs;
}

/** Whether a note may be found, by its folded message, or by its name and message. */
function mayMatchPart(part: string, query: NoteQuery): boolean {
  if (!query.hasName) return part === LEFT_OUT || query.isIn(part);
  const at = part.indexOf(NAME_SEPARATOR);
  if (!query.isBy(part.slice(0, at))) return false;
  const message = part.slice(at + 1);
  return message === LEFT_OUT || query.isIn(query.fold(message));
}
