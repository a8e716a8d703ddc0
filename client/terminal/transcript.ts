import { escapeName, isSameName } from "../../room/note.ts";
import type { Person } from "../../room/person.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { ChatEvent, Pending, Position, ShownNote } from "../chat.ts";
import type { ReadMarker } from "../profile/read_markers.ts";
import { DateLines } from "../render/date_lines.ts";
import type { TextRange } from "../render/mention.ts";
import {
  mentionsIn,
  remark,
  renderEvent,
  renderHeader,
  renderNote,
  rule,
  type View,
} from "../render/render.ts";
import { formatTime, isTime, LOCAL_ZONE, localDate } from "../render/time.ts";
import type { BellMode } from "./commands/bell_mode.ts";
import { type PresenceEvent, summarizePresence } from "./presence_summary.ts";
import { ReplayDetector } from "./replay_detector.ts";
import { Roster } from "./roster.ts";

/** The options of a {@linkcode Transcript}. */
export interface TranscriptOptions {
  /** The display settings. The person's own name comes from the server. */
  readonly view: Omit<View, "self">;
  /** Returns the time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Returns the number of characters in a row. Default 80. */
  readonly columns?: () => number;
  /** Which notes ring the bell. Default `mention`. */
  readonly bell?: BellMode;
  /** Whether to hide joins, leaves and new names. Default false. */
  readonly quiet?: boolean;
  /** The last note that the person has seen in this room, if they were here before. */
  readonly seen?: ReadMarker | undefined;
}

/** The result of rendering events. */
export interface RenderedEvents {
  /** The rows to print, safe for a terminal. */
  readonly lines: string[];
  /** Whether to ring. */
  readonly bell: boolean;
}

type Lost = Extract<ChatEvent, { type: "lost" }>;

/** Says once which features the original contract lacks. */
const ORIGINAL = "this server knows one room and no commands such as /who, /nick, /me, /msg, " +
  "/rooms, /history; its notes carry no time";

/**
 * Turns the events of a chat in one room into lines, and remembers as much of the past as that
 * needs. Make a new one for another room.
 */
export class Transcript {
  readonly #options: TranscriptOptions;
  /** Whether to hide joins, leaves and new names. */
  quiet: boolean;
  /** Which notes ring the bell. */
  bell: BellMode;

  readonly #roster = new Roster();
  readonly #replayDetector = new ReplayDetector();
  #room: string | undefined;
  #connected = false;
  /** Whether the person is an operator; undefined if the server does not say. */
  #operator: boolean | undefined;
  /** True from the line about an outage until the server is connected again. */
  #reportedOutage = false;
  readonly #dates: DateLines;
  /** The newest note of the room at the time of connecting; unknown on the original contract. */
  #head: Position | undefined;
  /** The notes up to there that this connection sends, and how many of them have arrived. */
  #pending: Pending | undefined;
  #brought = 0;
  /** Earlier notes that are lost, until the first note shows whether the person has missed any. */
  #lost: Lost | undefined;
  /** The newest note before the first one that was shown. */
  #base: Position | undefined;
  #last: ReadMarker | undefined;
  /** The last note seen in an earlier chat, until the line that marks it is printed. */
  #seen: ReadMarker | undefined;

  /** Makes an empty transcript. */
  constructor(options: TranscriptOptions) {
    this.#options = options;
    this.bell = options.bell ?? "mention";
    this.quiet = options.quiet ?? false;
    this.#seen = isTime(options.seen?.time) ? options.seen : undefined;
    this.#dates = new DateLines(options.now(), this.#zone);
  }

  /** One's own name as the server spells it; undefined before the first connection. */
  get name(): string | undefined {
    return this.#roster.self;
  }

  /** Whether the person is an operator of the server; undefined if it does not say. */
  get operator(): boolean | undefined {
    return this.#operator;
  }

  /** The room as the server spells it; undefined before the first connection. */
  get room(): string | undefined {
    return this.#room;
  }

  /** Everybody in the room; empty if the server does not say. */
  get members(): Person[] {
    return this.#roster.members;
  }

  /** Candidates for completion: recent speakers, the latest first, then everybody else here. */
  get names(): string[] {
    return this.#roster.names;
  }

  /** The people here without a key, if the server says so. */
  get guests(): string[] {
    return this.#roster.guests;
  }

  /** The newest note that was shown; undefined if there is none, or if it has no position. */
  get last(): ReadMarker | undefined {
    return this.#last;
  }

  /**
   * Renders events. All joins, leaves and new names of one call are one line, or none if they cancel
   * out; one's own new name is always shown. The bell rings once at most.
   */
  render(events: readonly ChatEvent[]): RenderedEvents {
    const lines: string[] = [];
    let bell = false;
    let presenceAt: number | undefined;
    const own: PresenceEvent[] = [];
    const others: PresenceEvent[] = [];
    for (const event of events) {
      switch (event.type) {
        case "connected":
          lines.push(...this.#connect(event));
          break;
        case "disconnected":
          lines.push(...this.#disconnect(event));
          break;
        case "lost":
          lines.push(...this.#lose(event));
          this.#brought += event.count;
          break;
        case "muted":
        case "unmuted":
          lines.push(renderEvent(event));
          break;
        case "notes":
          for (const note of event.notes) {
            if (!this.#hasShown(note)) {
              const named = mentionsIn(note, this.name);
              if (this.#shouldRing(note, named)) bell = true;
              for (const line of this.#show(note, named)) lines.push(line);
            }
            this.#brought++;
          }
          break;
        default:
          // The line goes where the first of them was.
          presenceAt ??= lines.length;
          for (const change of this.#roster.apply(event)) {
            (this.#roster.isSelf(change.name) ? own : others).push(change);
          }
      }
    }
    const summary = [summarizePresence(own), this.quiet ? "" : summarizePresence(others)].filter(
      Boolean,
    ).join("; ");
    if (summary !== "") lines.splice(presenceAt!, 0, this.#dim(remark(summary)));
    return { lines, bell };
  }

  /** Allows notes that were shown before to be shown again. */
  rewind(): void {
    this.#last = undefined;
  }

  /** Returns whether a note was shown: after a move, the last notes may arrive once more. */
  #hasShown({ seq }: ShownNote): boolean {
    return seq !== undefined && this.#last !== undefined && seq <= this.#last.seq;
  }

  #connect(event: Extract<ChatEvent, { type: "connected" }>): string[] {
    const { name, room, contract, head, members, pending } = event;
    const before = { name: this.name, room: this.#room, connected: this.#connected };
    this.#connected = true;
    this.#operator = event.operator;
    this.#reportedOutage = false;
    this.#roster.reset(name, members);
    this.#room = room;
    this.#replayDetector.connected(event, this.#options.now());
    const since = this.#last ?? this.#base;
    this.#head = head;
    this.#pending = pending;
    this.#brought = 0;
    this.#lost = undefined;
    if (before.room !== room || since?.history !== head?.history) {
      this.#base = head;
      this.#last = undefined;
    }
    if (before.room !== room) {
      const limits = contract === "original" ? [remark(ORIGINAL)] : [];
      return [renderHeader(event, this.#options.columns?.() ?? 80), ...limits].map((line) =>
        this.#dim(line)
      );
    }
    const renamed = before.name === name
      ? []
      : [this.#dim(remark(`you are now ${escapeName(name)}`))];
    // If the connection was not lost, this chat has replaced another one.
    if (before.connected) return renamed;
    return [this.#dim(remark(reconnectLine(since, head, pending))), ...renamed];
  }

  /** Renders an outage as one line, no matter how many attempts follow and why they fail. */
  #disconnect({ reason }: Extract<ChatEvent, { type: "disconnected" }>): string[] {
    const isKnown = this.#reportedOutage;
    const what = this.#connected ? "connection lost" : "cannot connect";
    this.#connected = false;
    this.#reportedOutage = true;
    return isKnown ? [] : [remark(`${what} (${escapeText(reason)}), retrying`)];
  }

  /** Renders lost notes: a warning, unless the person has missed none of them. */
  #lose(event: Lost): string[] {
    if (!event.earlier) return [renderEvent(event)];
    // The next note shows how many of them the person had seen.
    if (this.#seen && this.#seen.history === this.#head?.history) this.#lost = event;
    else return [this.#dim(renderEvent(event))];
    return [];
  }

  /** Renders earlier notes that were lost before the note at `seq`. */
  #lostBefore(seq: number): string[] {
    const lost = this.#lost;
    if (!lost) return [];
    this.#lost = undefined;
    const count = Math.min(lost.count, seq - 1 - (this.#seen?.seq ?? seq));
    return [count > 0 ? renderEvent({ type: "lost", count }) : this.#dim(renderEvent(lost))];
  }

  #show(note: ShownNote, named: readonly TextRange[]): string[] {
    const { view } = this.#options;
    const lines = [...this.#lostBefore(note.seq ?? 0), ...this.#unreadRule(note)];
    const date = this.#dates.before(note.time);
    if (date !== undefined) lines.push(this.#dim(date));
    this.#roster.recordSpeaker(note.name);
    if (note.seq !== undefined && this.#head && note.seq > (this.#last?.seq ?? 0)) {
      const time = isTime(note.time) ? note.time : this.#options.now();
      this.#last = { history: this.#head.history, seq: note.seq, time };
    }
    return [...lines, ...renderNote(note, { ...view, self: this.name }, named)];
  }

  /** Renders the line between the notes seen in an earlier chat and the new ones. */
  #unreadRule({ seq }: ShownNote): string[] {
    const seen = this.#seen;
    const head = this.#head;
    if (!seen || seq === undefined || seq <= seen.seq) return [];
    this.#seen = undefined;
    if (head?.history !== seen.history || seq > head.seq) return [];
    const date = localDate(seen.time, this.#zone);
    const today = date === localDate(this.#options.now(), this.#zone);
    const since = `${today ? "" : `${date} `}${formatTime(seen.time, "hm", this.#zone)}`;
    if (!this.#pending) return [this.#dim(rule(`new since ${since}`))];
    const { from, count } = this.#pending;
    const shown = formatNumber(count - this.#brought);
    const isAll = from <= seen.seq + 1; // Otherwise some new notes may be missing.
    const words = isAll
      ? `${shown} new since ${since}`
      : `new since ${since}, the last ${shown} follow`;
    return [this.#dim(rule(words))];
  }

  #shouldRing({ name, to = "", seq }: ShownNote, named: readonly TextRange[]): boolean {
    const live = this.#replayDetector.isLive(seq, this.#options.now());
    const self = this.name;
    if (!live || self === undefined || this.bell === "off" || isSameName(name, self)) return false;
    return this.bell === "all" || isSameName(to, self) || named.length > 0;
  }

  #dim(line: string): string {
    return this.#options.view.style.dim(line);
  }

  get #zone() {
    return this.#options.view.zone ?? LOCAL_ZONE;
  }
}

/**
 * Describes a restored connection by the last note shown and the newest of the room. Positions
 * include private notes between others, so only the server can say how many notes were missed.
 */
function reconnectLine(
  last: Position | undefined,
  head: Position | undefined,
  { count: missed }: Pick<Pending, "count"> = { count: 0 },
): string {
  if (!last || !head) return "back";
  if (last.history !== head.history) return "back; the server has started a new history";
  return missed > 0 ? `back, ${formatCount(missed, "note")} missed` : "back";
}
