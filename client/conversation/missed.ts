import { foldName } from "../../room/note.ts";
import { formatCount } from "../../text/number.ts";
import { remark } from "../render/render.ts";
import { dimLine, isForReader, type NoteRow, type Row } from "../render/row.ts";
import { HISTORY } from "./commands/history_bounds.ts";
import { type PresenceEvent, summarizePresence } from "./presence_summary.ts";
import type { News, Transcript } from "./transcript.ts";

/** The most that is kept of a room that nobody looks at. `authors` are those of dropped notes. */
export const MAX_MISSED = { rows: 500, chars: 1_000_000, presence: 10_000, authors: 1_000 };

/** A row, or the notes of one author that are no longer kept. */
interface Entry {
  /** The row; of notes that are no longer kept, the last one; undefined if they are of several authors. */
  readonly row: Row | undefined;
  /** Whether the person ignores the author. */
  isHidden: boolean;
  /** The number of notes. */
  all: number;
  /** The number of those that are new, of others. */
  notes: number;
  /** The number of those that are for the person. */
  mentions: number;
}

/** What has happened in a room since the person looked at another one. */
export class Missed {
  #notes = 0;
  #mentions = 0;
  #chars = 0;
  #entries: Entry[] = [];
  /** The notes that are no longer kept, by author. */
  #dropped = new Map<string, Entry>();
  #presence: PresenceEvent[] = [];

  /** The number of notes of others that are new to the person. */
  get notes(): number {
    return this.#notes;
  }

  /** The number of those that mention the person, or are private notes to them. */
  get mentions(): number {
    return this.#mentions;
  }

  /** Adds news. */
  add({ all, fresh, presence, hidden }: Omit<News, "bell" | "rows">): void {
    this.#presence = [...this.#presence, ...presence].slice(-MAX_MISSED.presence);
    const news = new Set<Row>(fresh);
    for (const row of all) {
      if (row.type === "line" && row.passing) continue;
      const notes = hidden.get(row) ?? news.has(row) ? 1 : 0;
      const entry: Entry = {
        row,
        isHidden: hidden.has(row),
        all: row.type === "note" ? 1 : 0,
        notes,
        mentions: row.type === "note" && isForReader(row) ? notes : 0,
      };
      this.#entries.push(entry);
      this.#chars += lengthOf(row);
      this.#count(entry);
    }
    while (this.#entries.length > MAX_MISSED.rows || this.#chars > MAX_MISSED.chars) this.#drop();
  }

  /**
   * Hides notes, or shows hidden ones, and counts them again.
   *
   * @param isHidden Returns whether a note is hidden; undefined if that has not changed.
   */
  recheck(isHidden: (row: NoteRow) => boolean | undefined): void {
    this.#notes = this.#mentions = 0;
    for (const entry of [...this.#dropped.values(), ...this.#entries]) {
      if (entry.row?.type === "note") entry.isHidden = isHidden(entry.row) ?? entry.isHidden;
      this.#count(entry);
    }
  }

  #count({ isHidden, notes, mentions }: Entry): void {
    if (isHidden) return;
    this.#notes += notes;
    this.#mentions += mentions;
  }

  /** Drops the first hidden row, or else the first one, but counts its note. */
  #drop(): void {
    const index = Math.max(0, this.#entries.findIndex(({ isHidden }) => isHidden));
    const [entry] = this.#entries.splice(index, 1);
    const { row, isHidden, all, notes, mentions } = entry!;
    this.#chars -= lengthOf(row!);
    if (row!.type !== "note") return;
    const { name, verified } = row!.note;
    let key = `${isHidden} ${verified} ${foldName(name)}`;
    const isOneTooMany = !this.#dropped.has(key) && this.#dropped.size >= MAX_MISSED.authors;
    if (isOneTooMany) key = `${isHidden}`;
    const before = this.#dropped.get(key);
    this.#dropped.set(key, {
      row: isOneTooMany ? undefined : { ...row!, note: { ...row!.note, message: "" } },
      isHidden: before?.isHidden ?? isHidden,
      all: all + (before?.all ?? 0),
      notes: notes + (before?.notes ?? 0),
      mentions: mentions + (before?.mentions ?? 0),
    });
  }

  /**
   * Returns the rows to show to the person, who comes back, and begins anew.
   *
   * @param isFirstView Whether they have not looked at the room before: a line is in front of the
   * new notes.
   */
  take(transcript: Pick<Transcript, "newRule">, isFirstView: boolean): Row[] {
    const shown = this.#entries.filter(({ isHidden }) => !isHidden);
    const isRule = ({ row }: Entry) => row?.type === "line" && row.isFresh;
    const hasRule = (isFirstView || shown.some(isRule)) && this.#notes > 0;
    const rule = hasRule ? [transcript.newRule(this.#notes)] : [];
    const entries = shown.filter((entry) => !isRule(entry));
    const dropped = [...this.#dropped.values()].filter(({ isHidden }) => !isHidden);
    const first = dropped.some(({ notes }) => notes > 0)
      ? 0
      : entries.findIndex(({ notes }) => notes > 0);
    const rows = entries.map(({ row }) => row!);
    const presence = summarizePresence(this.#presence);
    const count = dropped.reduce((sum, { all }) => sum + all, 0);
    const taken = [
      ...first > 0 ? [] : rule,
      ...count > 0 ? [dimLine(remark(this.#droppedWords(count)))] : [],
      ...first > 0 ? [...rows.slice(0, first), ...rule, ...rows.slice(first)] : rows,
      ...presence === "" ? [] : [dimLine(remark(presence))],
    ];
    this.#notes = this.#mentions = this.#chars = 0;
    this.#entries = [];
    this.#dropped = new Map();
    this.#presence = [];
    return taken;
  }

  #droppedWords(count: number): string {
    // Hidden ones too: `/history` counts them all.
    const all = [...this.#dropped.values(), ...this.#entries].reduce((sum, e) => sum + e.all, 0);
    const most = Math.min(all, HISTORY.max);
    return `${formatCount(count, "earlier note")} not shown; /history ${most} shows them`;
  }
}

function lengthOf(row: Row): number {
  if (row.type === "line") return row.text.length;
  const { name, to = "", message } = row.note;
  return name.length + to.length + message.length;
}
