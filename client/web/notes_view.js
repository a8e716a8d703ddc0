import { dateLine, DateLines } from "../render/date_lines.ts";
import { isOwn, mentionsIn } from "../render/render.ts";
import { LOCAL_ZONE, localDate } from "../render/time.ts";
import { isTime } from "../../text/is_time.ts";
import { formatCount } from "../../text/number.ts";
import { element, make, rowElement } from "./elements.js";

/** @import { ChatEvent, Position, ShownNote } from "../chat.ts" */
/** @import { Row } from "../render/row.ts" */
/** @import { OlderNotes } from "./older_notes.ts" */

/** The most rows that are kept while the newest is in view. Older ones come back on scrolling up. */
const MAX_ROWS = 2_000;

/** The pixels from an edge within which the view counts as being there. */
const EDGE = 40;

const scroll = element("scroll", HTMLElement);
const olderButton = element("older", HTMLButtonElement);
const newestButton = element("newest", HTMLButtonElement);

/**
 * The rows of an open room, which scroll while it is in view. It follows the newest one until the
 * person scrolls up.
 */
export class NotesView {
  /** The room's history, and the position before which its older notes are. */
  #history = "";
  #oldest = 1;
  /** Whether the server may still have them. */
  #hasOlder = false;
  /** The newest note that was there when the person came. */
  #head = 0;
  #unseen = 0;
  /** Whether the newest row is kept in view, whatever changes the height of the view. */
  #isFollowing = true;
  /** Where the view was scrolled to. */
  #top = 0;
  /** @type {Extract<ChatEvent, { type: "connected" }> | undefined} */
  #arrival;
  #onOlder;
  /** The list, which is in the page while the room is in view. */
  #list = makeList();
  #left = new AbortController();

  /** @param {() => void} onOlder Called when older notes are wanted. */
  constructor(onOlder) {
    this.#onOlder = onOlder;
  }

  /**
   * Puts the room in view.
   *
   * @param {readonly Row[]} missed What has happened since it was in view.
   */
  enter(missed) {
    this.#left = new AbortController();
    const { signal } = this.#left;
    element("notes", HTMLElement).replaceWith(this.#list);
    if (!this.#isFollowing) scroll.scrollTop = this.#top;
    scroll.addEventListener("scroll", () => this.#scrolled(), { signal });
    olderButton.addEventListener("click", this.#onOlder, { signal });
    newestButton.addEventListener("click", () => this.follow(), { signal });
    const observer = new ResizeObserver(() => this.#isFollowing && this.#toEnd());
    observer.observe(scroll);
    signal.addEventListener("abort", () => observer.disconnect());
    // What was there before the person came is marked by the line about their last visit.
    if (missed.some((row) => this.#isNew(row))) this.#markNew();
    this.append(missed);
    if (this.#isFollowing) this.#toEnd();
  }

  /** Puts the room out of view. */
  leave() {
    this.#left.abort();
  }

  /** The number of notes that arrived out of sight. */
  get unseen() {
    return this.#unseen;
  }

  /**
   * The position before which the older notes are; undefined if there are none.
   *
   * @returns {Position | undefined}
   */
  get oldest() {
    const hasOlder = this.#hasOlder && this.#oldest > 1;
    return hasOlder ? { history: this.#history, seq: this.#oldest } : undefined;
  }

  get #isAtEnd() {
    return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < EDGE;
  }

  /**
   * Begins once the server has let the person into the room; returns whether it is the first time.
   *
   * @param {Extract<ChatEvent, { type: "connected" }>} arrival
   */
  begin(arrival) {
    if (this.#arrival === arrival) return false;
    this.#arrival = arrival;
    const { head } = arrival;
    this.#list.replaceChildren();
    this.#history = head?.history ?? "";
    this.#oldest = (head?.seq ?? 0) + 1;
    this.#hasOlder = true;
    this.#head = head?.seq ?? 0;
    this.#unseen = 0;
    this.#isFollowing = true;
    return true;
  }

  /**
   * Adds rows at the end.
   *
   * @param {readonly Row[]} rows
   */
  append(rows) {
    const notes = rows.filter((row) => row.type === "note");
    const { length } = notes.filter((row) => this.#isNew(row));
    if (length > 0 && (document.hidden || !this.#isFollowing)) {
      if (this.#unseen === 0) this.#markNew();
      this.#unseen += length;
    }
    const add = () => this.#list.append(...rows.map(rowElement));
    // What was said before is there to be read, not to be announced.
    if (notes.some(({ note }) => this.#wasThere(note))) this.#silently(add);
    else add();
    for (const { note } of notes) this.#oldest = Math.min(this.#oldest, note.seq ?? Infinity);
    if (this.#isFollowing) this.#toEnd();
    this.#update();
  }

  /**
   * Adds older notes above the others, without moving those in view.
   *
   * @param {OlderNotes} older
   * @param {string | undefined} self The person's name.
   */
  prepend({ notes, next }, self) {
    this.#hasOlder = next !== undefined;
    this.#oldest = next ?? 1;
    const dates = new DateLines(0); // So that the first note has its date.
    const made = notes.flatMap((note) => {
      const date = dates.before(note.time);
      const row = rowElement({ type: "note", note, self, named: mentionsIn(note, self) });
      return date ? [rowElement(date), row] : [row];
    });
    const below = scroll.scrollHeight - scroll.scrollTop;
    this.#silently(() => {
      this.#joinDays(notes.at(-1)?.time);
      this.#list.prepend(...made);
      this.#update();
      scroll.scrollTop = scroll.scrollHeight - below;
    });
  }

  /**
   * Changes the list without an announcement of what is new in it.
   *
   * @param {() => void} change
   */
  #silently(change) {
    this.#list.ariaLive = "off";
    change();
    this.#list.ariaLive = "polite";
  }

  /** Removes all rows. The notes among them are older ones then. */
  clear() {
    for (const { dataset } of this.#list.querySelectorAll("li")) {
      const { seq } = dataset;
      if (seq !== undefined) this.#oldest = Math.max(this.#oldest, Number(seq) + 1);
    }
    this.#hasOlder = true;
    this.#list.replaceChildren();
    this.follow();
  }

  /** The person looks at the page again. */
  lookedBack() {
    if (this.#isFollowing) this.follow();
  }

  /**
   * Corrects the date above the first note, which has none if it is of today.
   *
   * @param {number | undefined} time The time of the note that will be before it.
   */
  #joinDays(time) {
    const first = this.#list.querySelector("[data-day]");
    if (!isTime(time) || !(first instanceof HTMLElement)) return;
    const isSameDay = first.dataset.day === localDate(time, LOCAL_ZONE);
    const isDate = first.classList.contains("line");
    if (isDate && isSameDay) first.remove();
    if (!isDate && !isSameDay) first.before(rowElement(dateLine(Date.now(), LOCAL_ZONE)));
  }

  /**
   * Whether a row is a note of somebody else that was not there when the person came.
   *
   * @param {Row} row
   */
  #isNew(row) {
    return row.type === "note" && !isOwn(row.note, row.self) && !this.#wasThere(row.note);
  }

  /** @param {ShownNote} note */
  #wasThere({ seq = Infinity }) {
    return seq <= this.#head;
  }

  /** Marks the place before the notes that the person has not seen. */
  #markNew() {
    this.#list.querySelector(".new")?.remove();
    this.#list.append(make("li", "new", ["new"]));
  }

  /** Scrolls to the newest row, and stays there. */
  follow() {
    this.#unseen = 0;
    this.#isFollowing = true;
    this.#toEnd();
    this.#update();
  }

  #toEnd() {
    if (this.#list.childElementCount > MAX_ROWS) {
      while (this.#list.childElementCount > MAX_ROWS) this.#list.firstElementChild?.remove();
      const first = this.#list.querySelector("[data-seq]");
      if (first instanceof HTMLElement) this.#oldest = Number(first.dataset.seq);
      this.#hasOlder = true;
    }
    scroll.scrollTop = scroll.scrollHeight;
    this.#top = scroll.scrollTop;
  }

  #scrolled() {
    // Only the person scrolls up: a view that becomes lower leaves its top where it is.
    const isUp = scroll.scrollTop < this.#top;
    this.#top = scroll.scrollTop;
    this.#isFollowing = this.#isAtEnd || (this.#isFollowing && !isUp);
    if (this.#unseen > 0 && this.#isAtEnd) this.follow();
    this.#update();
    // Without enough rows nobody has scrolled: they were removed.
    const canScroll = scroll.scrollHeight > scroll.clientHeight;
    if (this.oldest && canScroll && scroll.scrollTop < EDGE) this.#onOlder();
  }

  #update() {
    newestButton.hidden = this.#unseen === 0 || this.#isFollowing;
    newestButton.textContent = `${formatCount(this.#unseen, "new note")} ↓`;
    olderButton.hidden = this.oldest === undefined;
  }
}

/** Makes an empty list of rows. It takes the place of the one in the page. */
function makeList() {
  const list = element("notes", HTMLElement).cloneNode(false);
  if (list instanceof HTMLElement) return list;
  throw new TypeError("The list of notes is no element of HTML");
}
