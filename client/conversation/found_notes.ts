import { formatSearchWords } from "../../room/search/search_words.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { Chat, ShownNote } from "../chat.ts";
import { DateLines } from "../render/date_lines.ts";
import { occurrences, type TextRange } from "../render/mention.ts";
import { remark, rule } from "../render/render.ts";
import { dimLine, type FoundRow, type Row } from "../render/row.ts";
import type { Zone } from "../render/time.ts";

/** How notes that were found are shown. */
export interface FoundView {
  /** The person's time zone. Default: that of this process. */
  readonly zone?: Zone | undefined;
  /** The person's name. */
  readonly self: string | undefined;
  /** Whether the person has hidden the notes of an author. */
  readonly isHidden: (note: ShownNote) => boolean;
  /** Shows rows. */
  readonly show: (rows: readonly Row[]) => void;
}

/** The most notes that a search shows. */
const MAX_FOUND = 20;

/** The notes that are shown before and after a position. */
const AROUND = 10;

/**
 * Searches a room, and shows each note that has all of the words, newest first.
 *
 * @throws {ChatError} if the server cannot search, or refuses to.
 */
export async function showFound(
  chat: Pick<Chat, "search">,
  words: readonly string[],
  view: FoundView,
): Promise<void> {
  const rows = new FoundRows(view, words);
  const typed = escapeText(formatSearchWords(words));
  const search = chat.search({ words, limit: MAX_FOUND });
  let count = 0;
  let next = await search.next();
  for (; !next.done; next = await search.next()) {
    if (view.isHidden(next.value)) continue;
    if (count++ === 0) view.show([dimLine(rule(`notes with ${typed}, newest first`))]);
    view.show(rows.of(next.value));
  }
  const around = "/history #SEQ shows what was around one";
  const summary = count === 0
    ? `no note has ${typed}`
    : next.value.more
    ? `the newest ${formatNumber(count)} of more; ${around}`
    : `${formatCount(count, "note")} found; ${around}`;
  view.show([dimLine(remark(summary))]);
}

/**
 * Shows the notes around a position, oldest first.
 *
 * @throws {ChatError} if the server cannot search, or refuses to.
 */
export async function showAround(
  chat: Pick<Chat, "search">,
  seq: number,
  view: FoundView,
): Promise<void> {
  const notes: ShownNote[] = [];
  for await (const note of chat.search({ before: seq + AROUND + 1, limit: 2 * AROUND + 1 })) {
    notes.unshift(note);
  }
  if (!notes.some((note) => note.seq === seq)) {
    // Like a private note of others, a position in the future and a note that is dropped are none.
    return view.show([dimLine(remark(`there is no note #${seq}, or it is not kept any more`))]);
  }
  const rows = new FoundRows(view, []);
  view.show([
    dimLine(rule(`around #${seq}`)),
    ...notes.filter((note) => !view.isHidden(note)).flatMap((note) => rows.of(note)),
    dimLine(rule("now")),
  ]);
}

/** Makes rows of notes that were found, with lines between those of different days. */
class FoundRows {
  readonly #view: FoundView;
  readonly #words: readonly string[];
  readonly #dates: DateLines;

  /** Marks `words` in the notes. */
  constructor(view: FoundView, words: readonly string[]) {
    this.#view = view;
    this.#words = words;
    this.#dates = new DateLines(Date.now(), view.zone);
  }

  of(note: ShownNote): Row[] {
    const { self } = this.#view;
    const date = this.#dates.before(note.time);
    const row: FoundRow = { type: "found", note, self, named: this.#found(note) };
    return date ? [date, row] : [row];
  }

  /** Nothing that is marked spans two lines. */
  #found({ message }: ShownNote): TextRange[] {
    return occurrences(message, this.#words)
      .filter(({ start, end }) => !message.slice(start, end).includes("\n"));
  }
}
