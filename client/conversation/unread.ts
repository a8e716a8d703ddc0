import { isTime } from "../../text/is_time.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { ChatEvent, Pending, Position, ShownNote } from "../chat.ts";
import type { ReadMarker } from "../profile/read_markers.ts";
import { renderEvent, rule } from "../render/render.ts";
import { dimLine, freshLine, line, type Row } from "../render/row.ts";
import { formatTime, LOCAL_ZONE, localDate, type Zone } from "../render/time.ts";

/** The options of {@linkcode Unread}. */
export interface UnreadOptions {
  /** The person's time zone. Default: that of this process. */
  readonly zone?: Zone | undefined;
  /** Returns the time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** The last note that the person has seen in this room, if they were here before. */
  readonly seen?: ReadMarker | undefined;
}

/** The beginning of the new notes of a room. */
interface Beginning {
  /** The time of the last note seen, or that of the arrival if there is none, in milliseconds. */
  readonly time: number;
  /** Whether all new notes follow; undefined if the server does not say. */
  readonly isComplete: boolean | undefined;
}

/** A count of the notes that are new to the person. */
interface NewNotes {
  /** The number of notes; the most that it can be, if it is not exact. */
  readonly count: number;
  /** Whether none of them is still to come. */
  readonly isExact: boolean;
}

type Connected = Extract<ChatEvent, { type: "connected" }>;
type Lost = Extract<ChatEvent, { type: "lost" }>;

/** The notes of a room that the person has not seen, and the rows that report them. */
export class Unread {
  readonly #options: UnreadOptions;
  readonly #isCounted: (note: ShownNote) => boolean;
  readonly #zone: Zone;
  /** The newest note of the room at the time of connecting; unknown on the original contract. */
  #head: Position | undefined;
  /** The notes up to there that this connection sends, and how many notes it has brought. */
  #pending: Pending | undefined;
  #brought = 0;
  /** Earlier notes that are lost, until the first note shows whether the person has missed any. */
  #lost: Lost | undefined;
  /** The newest note before the first one that was shown. */
  #base: Position | undefined;
  #last: ReadMarker | undefined;
  /** The last note seen in an earlier chat, until the line that marks it is printed. */
  #seen: ReadMarker | undefined;
  /** Where the new notes began when the room was entered. */
  #beginning: Beginning;
  /** The newest note that is known not to be new to the person. */
  #newAfter = Infinity;

  /**
   * Begins after the note `seen`, before the first connection.
   *
   * @param isCounted Returns whether a note counts as new if the person has not seen it: their own
   * notes and hidden ones do not.
   */
  constructor(options: UnreadOptions, isCounted: (note: ShownNote) => boolean) {
    this.#options = options;
    this.#isCounted = isCounted;
    this.#zone = options.zone ?? LOCAL_ZONE;
    this.#seen = isTime(options.seen?.time) ? options.seen : undefined;
    this.#beginning = { time: options.now(), isComplete: undefined };
  }

  /** The newest note that was shown; undefined if there is none, or if it has no position. */
  get last(): ReadMarker | undefined {
    return this.#last;
  }

  /** Allows notes that were shown before to be shown again. */
  rewind(): void {
    this.#last = undefined;
  }

  /**
   * Records a connection; returns in words how it continues the notes that were shown.
   *
   * @param next Returns the events after it that are known.
   */
  connect(
    { head, pending }: Connected,
    isNewRoom: boolean,
    next: () => readonly ChatEvent[],
  ): string {
    const since = this.#last ?? this.#base;
    this.#head = head;
    this.#pending = pending;
    this.#brought = 0;
    this.#lost = undefined;
    if (isNewRoom || since?.history !== head?.history) {
      this.#base = head;
      this.#last = undefined;
    }
    if (isNewRoom) {
      const isKnown = this.#seen !== undefined && this.#seen.history === head?.history;
      this.#newAfter = (isKnown ? this.#seen : head)?.seq ?? 0;
      this.#beginning = isKnown
        ? { time: this.#seen!.time, isComplete: pending && pending.from <= this.#newAfter + 1 }
        : { time: this.#options.now(), isComplete: true };
    } else if (since && since.history !== head?.history) this.#newAfter = 0;
    const missed = pending && pending.count > 0 ? this.#count(next(), pending.count) : NONE;
    return reconnectLine(since, head, missed);
  }

  /** Records lost notes; returns a warning, unless the person has missed none of them. */
  lose(event: Lost): Row[] {
    this.#brought += event.count;
    if (!event.earlier) return [line(renderEvent(event))];
    if (this.#seen && this.#seen.history === this.#head?.history) {
      this.#lost = event; // The next note shows how many of them the person had seen.
      return [];
    }
    return [dimLine(renderEvent(event))];
  }

  /**
   * Records the next note; returns whether it was shown before: after a move, the last notes may
   * arrive once more.
   */
  repeats({ seq }: ShownNote): boolean {
    this.#brought++;
    return seq !== undefined && this.#last !== undefined && seq <= this.#last.seq;
  }

  /** Whether the next note is new: the person has not seen it, nor come after it. */
  isNew({ seq = Infinity }: ShownNote): boolean {
    return seq > this.#newAfter;
  }

  /** Makes the line in front of all notes that are new since the room was entered, the only one. */
  rule(count: number): Row {
    this.#seen = undefined;
    const { head, last } = { head: this.#head?.seq ?? 0, last: this.#last?.seq ?? 0 };
    const toCome = last >= head ? 0 : Math.max(0, (this.#pending?.count ?? 0) - this.#brought);
    return this.#rule({ count: count + toCome, isExact: toCome === 0 });
  }

  #rule({ count, isExact }: NewNotes): Row {
    const { time, isComplete } = this.#beginning;
    const date = localDate(time, this.#zone);
    const today = date === localDate(this.#options.now(), this.#zone);
    const since = `${today ? "" : `${date} `}${formatTime(time, "hm", this.#zone)}`;
    if (isComplete === undefined) return freshLine(rule(`new since ${since}`));
    const shown = formatNumber(count);
    const words = isComplete
      ? `${isExact ? "" : "up to "}${shown} new since ${since}`
      : `new since ${since}, the last ${isExact ? shown : "ones"} follow`;
    return freshLine(rule(words));
  }

  /**
   * Records that the next note is shown; returns the rows before it.
   *
   * @param known Returns the events from the one with that note on, as far as they are known.
   */
  show(note: ShownNote, known: () => readonly ChatEvent[]): Row[] {
    return [...this.hide(note), ...this.#unreadRule(note, known)];
  }

  /** Records that the next note is not to be shown; returns the rows in its place. */
  hide({ seq, time }: ShownNote): Row[] {
    const rows = this.#lostBefore(seq ?? 0);
    this.#newAfter = Math.max(this.#newAfter, seq ?? 0);
    if (seq !== undefined && this.#head && seq > (this.#last?.seq ?? 0)) {
      const seenAt = isTime(time) ? time : this.#options.now();
      this.#last = { history: this.#head.history, seq, time: seenAt };
    }
    return rows;
  }

  /** Reports earlier notes that were lost before the note at `seq`. */
  #lostBefore(seq: number): Row[] {
    const lost = this.#lost;
    if (!lost) return [];
    this.#lost = undefined;
    const count = Math.min(lost.count, seq - 1 - (this.#seen?.seq ?? seq));
    return [count > 0 ? line(renderEvent({ type: "lost", count })) : dimLine(renderEvent(lost))];
  }

  /** Marks the line between the notes seen in an earlier chat and the new ones. */
  #unreadRule(note: ShownNote, known: () => readonly ChatEvent[]): Row[] {
    const { seq } = note;
    const seen = this.#seen;
    const head = this.#head;
    if (!seen || seq === undefined || seq <= seen.seq || !this.#isCounted(note)) return [];
    this.#seen = undefined;
    if (head?.history !== seen.history || seq > head.seq) return [];
    // It has brought the first of them.
    const pending = (this.#pending?.count ?? 0) - this.#brought + 1;
    return [this.#rule(this.#count(known(), pending, seq))];
  }

  /**
   * Counts the new notes among the next `pending` ones, from the position `first` on. Notes that are
   * lost or have not arrived are taken for new ones.
   */
  #count(events: readonly ChatEvent[], pending: number, first = 0): NewNotes {
    const head = this.#head?.seq ?? 0;
    let others = pending;
    let count = 0;
    for (const event of events) {
      if (event.type === "connected" || event.type === "disconnected") break;
      if (event.type === "lost") {
        others -= event.count;
        count += event.count;
      }
      if (event.type !== "notes") continue;
      for (const note of event.notes) {
        const { seq = Infinity } = note;
        if (seq < first || seq > head) continue;
        others--;
        if (this.#isCounted(note)) count++;
      }
    }
    return { count: count + Math.max(0, others), isExact: others <= 0 };
  }
}

/** No new notes. */
const NONE: NewNotes = { count: 0, isExact: true };

/**
 * Describes a restored connection by the last note shown and the newest of the room. Positions
 * include private notes between others, so only the server can say how many notes were missed.
 */
function reconnectLine(
  last: Position | undefined,
  head: Position | undefined,
  { count, isExact }: NewNotes,
): string {
  if (!last || !head) return "back";
  if (last.history !== head.history) return "back; the server has started a new history";
  return count > 0
    ? `back, ${isExact ? "" : "up to "}${formatCount(count, "note")} missed`
    : "back";
}
