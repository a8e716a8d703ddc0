import { formatCount } from "../../text/number.ts";
import { remark } from "../render/render.ts";
import { dimLine, isForReader, type Row } from "../render/row.ts";
import { HISTORY } from "./commands/history_bounds.ts";
import { type PresenceEvent, summarizePresence } from "./presence_summary.ts";
import type { News } from "./transcript.ts";

/** The most that is kept of a room that nobody looks at. */
export const MAX_MISSED = { rows: 500, chars: 1_000_000, presence: 10_000 };

/** What has happened in a room since the person looked at another one. */
export class Missed {
  #notes = 0;
  #mentions = 0;
  /** Notes of everybody, hidden ones too: `/history` counts them all. */
  #all = 0;
  #dropped = 0;
  #chars = 0;
  #rows: Row[] = [];
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
  add({ rows, fresh, presence, hidden }: Omit<News, "bell">): void {
    this.#all += hidden;
    this.#notes += fresh.length;
    this.#mentions += fresh.filter(isForReader).length;
    this.#presence = [...this.#presence, ...presence].slice(-MAX_MISSED.presence);
    for (const row of rows) {
      if (row.type === "line" && row.passing) continue;
      this.#rows.push(row);
      this.#chars += lengthOf(row);
      if (row.type === "note") this.#all++;
    }
    while (this.#rows.length > MAX_MISSED.rows || this.#chars > MAX_MISSED.chars) this.#drop();
  }

  #drop(): void {
    const row = this.#rows.shift()!;
    this.#chars -= lengthOf(row);
    if (row.type === "note") this.#dropped++;
  }

  /** Returns the rows to show to the person, who comes back, and begins anew. */
  take(): Row[] {
    const dropped = this.#dropped > 0 ? [dimLine(remark(this.#droppedWords()))] : [];
    const presence = summarizePresence(this.#presence);
    const summary = presence === "" ? [] : [dimLine(remark(presence))];
    const rows = [...dropped, ...this.#rows, ...summary];
    this.#notes = this.#mentions = 0;
    this.#all = this.#dropped = this.#chars = 0;
    this.#rows = [];
    this.#presence = [];
    return rows;
  }

  #droppedWords(): string {
    const count = Math.min(this.#all, HISTORY.max);
    return `${formatCount(this.#dropped, "earlier note")} not shown; /history ${count} shows them`;
  }
}

function lengthOf(row: Row): number {
  if (row.type === "line") return row.text.length;
  const { name, to = "", message } = row.note;
  return name.length + to.length + message.length;
}
