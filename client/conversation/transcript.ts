import { escapeName, foldName, isSameName } from "../../room/note.ts";
import type { Person } from "../../room/person.ts";
import { NO_TOPIC, type Topic } from "../../room/topic.ts";
import { escapeText } from "../../text/escape.ts";
import type { ChatEvent, ShownNote } from "../chat.ts";
import type { ReadMarker } from "../profile/read_markers.ts";
import { DateLines } from "../render/date_lines.ts";
import type { TextRange } from "../render/mention.ts";
import {
  isOwn,
  mentionsIn,
  remark,
  renderEvent,
  retryWords,
  withAddress,
} from "../render/render.ts";
import { dimLine, line, type NoteRow, passingLine, type Row } from "../render/row.ts";
import { topicChanges } from "../render/topic.ts";
import type { Settings } from "./commands/settings.ts";
import type { NamedPerson } from "./commands/slash_command.ts";
import type { Whereabouts } from "./correspondent.ts";
import type { IgnoredPeople } from "./ignored_people.ts";
import type { PrivateNote } from "./last_private_note.ts";
import { type PresenceEvent, summarizePresence } from "./presence_summary.ts";
import { ReplayDetector } from "./replay_detector.ts";
import { Roster, type Stay } from "./roster.ts";
import { Unread, type UnreadOptions } from "./unread.ts";

/** The options of a {@linkcode Transcript}. */
export interface TranscriptOptions extends UnreadOptions {
  /** Formats the lines above the notes of a room, safe for a terminal. */
  readonly header: (event: Pick<Connected, "room" | "members" | "topic">) => readonly string[];
  /** What the person wants to see and hear. It may change at any time. */
  readonly settings?: Readonly<Settings>;
  /** The people who are hidden. Default: nobody. */
  readonly ignored?: IgnoredPeople;
  /** Called with each private note to the person. Default: not called. */
  readonly onPrivate?: (note: PrivateNote) => void;
}

/** What there is to show of events. */
export interface News {
  /** The rows to show. */
  readonly rows: readonly Row[];
  /** The same, with hidden notes in their places. */
  readonly all: readonly Row[];
  /** Whether to ring. */
  readonly bell: boolean;
  /** Those of the rows that are notes of others, and new to the person. */
  readonly fresh: readonly NoteRow[];
  /** The joins, leaves and new names of others that one of the rows sums up. */
  readonly presence: readonly PresenceEvent[];
  /**
   * The notes that are not shown, because their authors are ignored, and whether each is new to the
   * person.
   */
  readonly hidden: ReadonlyMap<Row, boolean>;
}

type Connected = Extract<ChatEvent, { type: "connected" }>;

/** Says once which features the original contract lacks. */
const ORIGINAL = "this server knows one room and no commands such as /who, /nick, /me, /msg, " +
  "/rooms, /history, /search; its notes carry no time";

/**
 * Turns the events of a chat in one room into rows, and remembers as much of the past as that
 * needs. Make a new one for another room.
 */
export class Transcript implements Whereabouts {
  readonly #options: TranscriptOptions;
  readonly #settings: Readonly<Settings>;
  readonly #roster = new Roster();
  readonly #replayDetector = new ReplayDetector();
  #room: string | undefined;
  /** The server of the latest connection. */
  #address: string | undefined;
  #connected = false;
  /** Whether the person is an operator; undefined if the server does not say. */
  #operator: boolean | undefined;
  /** The topic of the room; undefined if the server keeps none. */
  #topic: Topic | undefined;
  /** True from the line about an outage until the server is connected again. */
  #reportedOutage = false;
  #arrival: Connected | undefined;
  /** The names that the person has had, folded. */
  readonly #ownNames = new Set<string>();
  readonly #dates: DateLines;
  readonly #unread: Unread;

  /** Makes an empty transcript. */
  constructor(options: TranscriptOptions) {
    this.#options = options;
    this.#settings = options.settings ?? { bell: "mention", quiet: false };
    this.#dates = new DateLines(options.now(), options.zone);
    this.#unread = new Unread(options, (note) => !isOwn(note, this.name) && !this.isHidden(note));
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

  /** The connection with which the room was entered; undefined before it. */
  get arrival(): Connected | undefined {
    return this.#arrival;
  }

  /** The topic of the room, perhaps with an empty text; undefined if the server keeps no topics. */
  get topic(): Topic | undefined {
    return this.#topic;
  }

  /** Everybody in the room; empty if the server does not say. */
  get members(): Person[] {
    return this.#roster.members;
  }

  /** The names that the person has had here, folded. */
  get ownNames(): ReadonlySet<string> {
    return this.#ownNames;
  }

  /** Candidates for completion: recent speakers, the latest first, then everybody else here. */
  get names(): string[] {
    return this.#roster.names;
  }

  /** The people here without a key, if the server says so. */
  get guests(): string[] {
    return this.#roster.guests;
  }

  find(name: string): NamedPerson | undefined {
    return this.#roster.find(name);
  }

  at(stay: Stay): Person | undefined {
    return this.#roster.at(stay);
  }

  stayOf(name: string): Stay | undefined {
    return this.#roster.stayOf(name);
  }

  /** The newest note that was shown; undefined if there is none, or if it has no position. */
  get last(): ReadMarker | undefined {
    return this.#unread.last;
  }

  /**
   * Adds events. All joins, leaves and new names of one call are one line, or none if they cancel
   * out; one's own new name is always shown. The bell rings once at most.
   */
  add(events: readonly ChatEvent[]): News {
    const all: Row[] = [];
    const fresh: NoteRow[] = [];
    let bell = false;
    const hidden = new Map<Row, boolean>();
    let presenceAt: number | undefined;
    const own: PresenceEvent[] = [];
    const others: PresenceEvent[] = [];
    for (const [i, event] of events.entries()) {
      switch (event.type) {
        case "connected":
          all.push(...this.#connect(event, () => events.slice(i + 1)));
          break;
        case "disconnected":
          all.push(...this.#disconnect(event));
          break;
        case "lost":
          all.push(...this.#unread.lose(event));
          break;
        case "muted":
        case "unmuted":
          all.push({ ...line(renderEvent(event)), passing: true }); // In all rooms alike.
          break;
        case "topic":
          all.push(...this.#setTopic(event.topic));
          break;
        case "notes":
          for (const note of event.notes) {
            if (this.#unread.repeats(note)) continue;
            const live = this.#replayDetector.isLive(note.seq, this.#options.now());
            const named = mentionsIn(note, this.name);
            const shown = { type: "note", note, self: this.name, named } as const;
            const isNew = this.#unread.isNew(note) && !isOwn(note, this.name);
            if (this.isHidden(note)) {
              hidden.set(shown, isNew);
              all.push(...this.#unread.hide(note), shown);
              continue;
            }
            if (live && this.#shouldRing(note, named)) bell = true;
            if (isNew) fresh.push(shown);
            const before = this.#before(note, () => events.slice(i));
            for (const row of [...before, shown]) all.push(row);
            this.#notePrivate(note, live);
          }
          break;
        default:
          // The line goes where the first of them was.
          presenceAt ??= all.length;
          for (const change of this.#roster.apply(event)) {
            if (this.#roster.isSelf(change.name)) own.push(change);
            else if (!this.#isHiddenChange(change)) others.push(change);
          }
      }
    }
    const presence = this.#settings.quiet ? [] : others;
    const summary = [own, presence].map(summarizePresence).filter(Boolean).join("; ");
    if (summary !== "") all.splice(presenceAt!, 0, passingLine(remark(summary)));
    const rows = hidden.size === 0 ? all : all.filter((row) => !hidden.has(row));
    return { rows, all, bell, fresh, presence, hidden };
  }

  /** Makes the line in front of a number of new notes, on the first view of the room. */
  newRule(count: number): Row {
    return this.#unread.rule(count);
  }

  /** Allows notes that were shown before to be shown again. */
  rewind(): void {
    this.#unread.rewind();
  }

  /** Records a connection; `next` returns the events after it that are known. */
  #connect(event: Connected, next: () => readonly ChatEvent[]): Row[] {
    const { name, room, contract, members } = event;
    const before = {
      name: this.name,
      room: this.#room,
      address: this.#address,
      connected: this.#connected,
    };
    this.#connected = true;
    this.#address = event.address;
    this.#operator = event.operator;
    this.#reportedOutage = false;
    this.#roster.reset(name, members);
    this.#ownNames.add(foldName(name));
    this.#room = room;
    this.#replayDetector.connected(event, this.#options.now());
    // A server that has restarted may spell a room as another person does.
    const isNewRoom = !isSameName(room, before.room);
    const back = this.#unread.connect(event, isNewRoom, next);
    if (isNewRoom) {
      this.#topic = event.topic;
      const limits = contract === "original" ? [remark(ORIGINAL)] : [];
      this.#arrival = event;
      return [...this.#options.header(event), ...limits].map(passingLine);
    }
    const renamed = before.name === name
      ? []
      : [passingLine(remark(`you are now ${escapeName(name)}`))];
    const topic = this.#setTopic(event.topic);
    // If the connection was not lost, this chat has replaced another one.
    if (before.connected) return [...renamed, ...topic];
    const words = withAddress(back, event.address, before.address);
    return [passingLine(remark(words)), ...renamed, ...topic];
  }

  /** Shows how the topic has changed, perhaps during an outage. */
  #setTopic(topic: Topic | undefined): Row[] {
    const before = this.#topic;
    this.#topic = topic;
    return topic ? topicChanges(before ?? NO_TOPIC, topic).map(dimLine) : [];
  }

  /** Shows an outage as one line, no matter how many attempts follow and why they fail. */
  #disconnect(event: Extract<ChatEvent, { type: "disconnected" }>): Row[] {
    const isKnown = this.#reportedOutage;
    const what = this.#connected ? "connection lost" : "cannot connect";
    this.#connected = false;
    this.#reportedOutage = true;
    if (isKnown) return [];
    const words = `${what} (${escapeText(event.reason)}), ${retryWords(event)}`;
    return [{ ...line(remark(words)), passing: true }];
  }

  /** Records that a note is shown, the first of the `known` events; returns the rows before it. */
  #before(note: ShownNote, known: () => readonly ChatEvent[]): Row[] {
    const rows: Row[] = this.#unread.show(note, known);
    const date = this.#dates.before(note.time);
    if (date) rows.push(date);
    this.#roster.recordSpeaker(note);
    return rows;
  }

  /** Reports a private note. The stay of an author from before us is not known. */
  #notePrivate(note: ShownNote, live: boolean): void {
    const { kind, name, verified, time = 0, seq = 0 } = note;
    if (kind !== "whisper" || this.#ownNames.has(foldName(name))) return;
    const stay = live ? this.#roster.stayOf(name) : undefined;
    const author = { name, ...(verified !== undefined && { verified }), stay };
    this.#options.onPrivate?.({ author, time, seq, live });
  }

  /** Returns whether a note is of an ignored person. One's own notes are never hidden. */
  isHidden(note: ShownNote): boolean {
    return this.#options.ignored?.has(note) === true && !isOwn(note, this.name);
  }

  /** Returns whether a change is of an ignored person, who is ignored under a new name, too. */
  #isHiddenChange(change: PresenceEvent): boolean {
    const { ignored } = this.#options;
    if (!ignored) return false;
    const before = change.type === "renamed" ? { ...change, name: change.was } : change;
    const isHidden = ignored.has(before);
    if (change.type === "renamed") ignored.rename(before, change.name);
    if (change.type === "left") ignored.leave(change);
    return isHidden;
  }

  #shouldRing(note: ShownNote, named: readonly TextRange[]): boolean {
    const self = this.name;
    const { bell } = this.#settings;
    if (self === undefined || bell === "off" || isOwn(note, self)) return false;
    return bell === "all" || isSameName(note.to ?? "", self) || named.length > 0;
  }
}
