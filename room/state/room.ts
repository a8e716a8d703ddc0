import { ChatError } from "../errors.ts";
import { type Draft, foldName, type Note, noteAudience } from "../note.ts";
import type { NoteQuery } from "../search/note_query.ts";
import { searchLog, type SearchLogOptions } from "../search/search_log.ts";
import { NO_TOPIC, type Topic } from "../topic.ts";
import { type Wakeup, Wakeups } from "../wakeup.ts";
import { firstSince, type Log, type SentDraft } from "./log.ts";
import { Postings, TRIM_STEP } from "./postings.ts";
import { Roster } from "./roster.ts";
import type { EnteredSession, EnteringSession, SharedRosters } from "./shared_rosters.ts";
import type { Segment } from "./segment.ts";
import { SegmentCache } from "./segment_cache.ts";
import { VisibleNotes } from "./visible_notes.ts";

/** Observes what rooms do with their logs. */
export interface RoomObserver {
  /**
   * Called when a batch is passed to the log. The returned function is called with the number of
   * new notes once they are stored: the room has no clock to measure the time.
   */
  readonly appending: () => (notes: number) => void;
  /** Called with the number of notes that retention has dropped. */
  readonly dropped: (room: string, notes: number) => void;
}

/** The dependencies and bounds of a room. */
export interface RoomOptions {
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Runs a task once the pending events have been handled. */
  readonly defer: (task: () => void) => void;
  /**
   * Waits for a turn to read old notes. A reader that catches up reads everything at once, and must
   * leave most of the time to live traffic.
   */
  readonly yieldToEventLoop: () => Promise<void>;
  /** Called when the log could not store or drop notes. */
  readonly onError: (error: unknown) => void;
  /** Observes its log. Default: none. */
  readonly observer?: RoomObserver | undefined;
  /** The most members. */
  readonly maxMembers: number;
  /** The rosters that several servers share. Default: this server is alone. */
  readonly rosters?: SharedRosters | undefined;
}

/** A session that uses its name without being in the roster, if no other server needs to know. */
const UNLISTED: EnteredSession = { replaced: undefined, leave: () => true };

/**
 * A log with people around it: the only place where notes get their order.
 *
 * Drafts are collected during a tick and appended in one batch. Then, in this order: the log has
 * the notes, their authors are answered, the readers are woken. (If other servers append too, their
 * notes may wake the readers just before the authors of earlier ones are answered.) A reader is a
 * position and a wakeup: nothing is queued for it, so a slow reader costs the others nothing.
 */
export class Room {
  /** The people in it. */
  readonly roster: Roster;
  /** The notes in it that a reader may see. */
  readonly visible: VisibleNotes;
  readonly #spelling: () => string;
  readonly #shared: SharedRosters | undefined;
  readonly #closeRoster: Disposable | undefined;
  readonly #log: Log;
  readonly #segments: SegmentCache;
  readonly #now: () => number;
  readonly #defer: (task: () => void) => void;
  readonly #observer: RoomObserver | undefined;
  readonly #postings: Postings;
  #closed = false;
  readonly #wakeups = new Wakeups();
  /** Receives the notes of other servers; undefined if no other server has this room. */
  readonly #following: Disposable | undefined;
  /** The oldest note when dropped notes were last reported. */
  #first: number;
  /** Whether waking the members for other news than notes is scheduled. */
  #notifyScheduled = false;
  #topic = NO_TOPIC;

  /**
   * Opens a room on `log`.
   *
   * @param spelling Returns its name. A room that is awaited gets its creator's spelling later.
   */
  static async open(spelling: () => string, log: Log, options: RoomOptions): Promise<Room> {
    const room = new Room(spelling, log, options);
    if (log.first <= log.head) {
      const [newest] = await log.read(log.head, { notes: 1, chars: 1 });
      room.#postings.advance(newest?.time ?? 0);
    }
    return room;
  }

  private constructor(
    spelling: () => string,
    log: Log,
    { now, defer, yieldToEventLoop, onError, observer, maxMembers, rosters }: RoomOptions,
  ) {
    this.#spelling = spelling;
    const onChange = () => this.#scheduleNotify();
    this.#shared = rosters;
    const open = rosters?.open(foldName(spelling()), onChange);
    this.#closeRoster = open;
    this.roster = open?.roster ?? new Roster(maxMembers, onChange);
    this.visible = new VisibleNotes(log, yieldToEventLoop);
    this.#log = log;
    this.#first = log.first;
    this.#segments = new SegmentCache(log, yieldToEventLoop);
    this.#now = now;
    this.#defer = defer;
    this.#observer = observer;
    this.#postings = new Postings({
      ...{ log, now, defer, onError, appending: observer?.appending },
      onStored: (notes) => this.#segments.add(notes),
      onAnswered: () => this.#wakeups.notify(),
      onTrimmed: () => this.#reportDropped(),
    });
    this.#following = log.follow?.((notes) => this.#addFollowed(notes));
  }

  /** The name, in its creator's spelling. */
  get name(): string {
    return this.#spelling();
  }

  /** Identifies the sequence of positions: they mean something else in another history. */
  get history(): string {
    return this.#log.history;
  }

  /**
   * Waits until this server has the note at `seq` of `history`, if any server has it: a reader may
   * come from one that is ahead.
   *
   * @throws {ChatError} `unavailable`, if it is not certain whether there is such a note; the reason
   * of `signal`, once it is aborted.
   */
  async reach(history: string, seq: number, signal: AbortSignal): Promise<void> {
    if (history === this.history && seq > this.head) await this.#log.reach?.(seq, signal);
  }

  /**
   * Returns where a reader continues that has seen everything up to `seq` of `history`: after that
   * note, or after the last one common to both histories, or at 1 if the position is unknown here.
   */
  resume(history: string, seq: number): number {
    if (history === this.history) return seq <= this.head ? seq + 1 : 1;
    return Math.min(seq, this.#log.origins.get(history) ?? 0) + 1;
  }

  /** The position of the newest note; 0 if nothing was ever posted. */
  get head(): number {
    return this.#log.head;
  }

  /**
   * Posts drafts and returns their positions, in the same order, once the log has them.
   *
   * @throws {ChatError} `unavailable`, if the log cannot store them, or the room is gone.
   */
  post(drafts: readonly Draft[]): Promise<readonly number[]> {
    return this.#closed ? Promise.reject(roomGone()) : this.#postings.add(drafts);
  }

  /**
   * Finds the existing notes of drafts in the log as it is, by their authors and ids. Returns their
   * positions; undefined for each that is not in it.
   *
   * @throws {ChatError} `unavailable`, if the log cannot be read, or the room is gone.
   */
  async findStored(drafts: readonly SentDraft[]): Promise<readonly (number | undefined)[]> {
    if (this.#closed) throw roomGone();
    return await Promise.all(drafts.map((draft) => this.#log.find(draft)));
  }

  /** Like {@linkcode findStored}, once the log has answered for everything posted here before. */
  async findPosted(drafts: readonly SentDraft[]): Promise<readonly (number | undefined)[]> {
    await this.#postings.answered();
    return await this.findStored(drafts);
  }

  /**
   * Like {@linkcode findPosted}, among the notes of all servers.
   *
   * @throws {ChatError} `unavailable`, also if the other servers cannot be asked; the reason of
   * `signal`, once it is aborted.
   */
  async find(
    drafts: readonly SentDraft[],
    signal: AbortSignal,
  ): Promise<readonly (number | undefined)[]> {
    const here = await this.findPosted(drafts);
    if (!this.#log.reach || !here.includes(undefined)) return here;
    await this.#log.reach(this.head + 1, signal);
    return await this.findStored(drafts);
  }

  /** Waits until the log has answered for everything posted. */
  settle(): Promise<void> {
    return this.#postings.settle();
  }

  /** Accepts no more notes and readers. */
  close(): void {
    this.#closed = true;
    this.#following?.[Symbol.dispose]();
    this.#closeRoster?.[Symbol.dispose]();
  }

  /**
   * Enters the room: at once, unless several servers share it.
   *
   * @param signal Ends the wait for the other servers.
   * @throws {ChatError} as {@linkcode Roster.join}; then nothing has changed.
   */
  enter(
    session: EnteringSession,
    signal: AbortSignal,
  ): EnteredSession | Promise<EnteredSession> {
    if (this.#shared) return this.#shared.join(this.name, session, signal);
    if (session.unlisted) return UNLISTED;
    const replaced = this.roster.join(session);
    return { replaced, leave: (reason) => this.roster.leave(session, reason) };
  }

  /** The topic: the same object until it changes. */
  get topic(): Topic {
    return this.#topic;
  }

  /** Shows everybody in the room a topic that is stored. */
  announce(topic: Topic): void {
    if (topic === this.#topic) return;
    this.#topic = topic;
    this.#scheduleNotify();
  }

  /**
   * Notifies `wakeup` after every batch of notes, and every change of the roster or the topic.
   *
   * @throws {ChatError} `unavailable`, if the room is gone.
   */
  subscribe(wakeup: Wakeup): Disposable {
    if (this.#closed) throw roomGone();
    return this.#wakeups.add(wakeup);
  }

  /**
   * Returns the notes at position `next`, synchronously for readers near the head, or undefined if
   * there are none yet. If the segment starts later, the notes before it were dropped.
   */
  segmentAt(next: number): Segment | Promise<Segment> | undefined {
    return next > this.#log.head ? undefined : this.#segments.get(next);
  }

  /**
   * Finds the position of the first note of the time `time` or later, or of the next note if there
   * is none.
   */
  firstSince(time: number): Promise<number> {
    return firstSince(this.#log, time);
  }

  /** Like {@linkcode firstSince}, for the time `ms` milliseconds ago. */
  firstWithin(ms: number): Promise<number> {
    return this.firstSince(this.#now() - ms);
  }

  /** The number of notes for a reader at position `next`, which may be far beyond the head. */
  lag(next: number): number {
    return Math.max(0, this.#log.head + 1 - next);
  }

  /**
   * Reads the room from position `from` on, waits for `wakeup` at the head, and skips dropped
   * notes. Ends by throwing the reason of `signal`.
   */
  async *read(from: number, wakeup: Wakeup, signal: AbortSignal): AsyncGenerator<Segment, never> {
    using _listening = this.subscribe(wakeup);
    let next = from;
    while (true) {
      signal.throwIfAborted();
      const segment = await this.segmentAt(next);
      if (segment) {
        next = segment.end;
        yield segment;
      } else {
        await wakeup.wait(signal);
      }
    }
  }

  /**
   * Finds the notes that a query looks for and a reader may see, newest first.
   *
   * @param reader Their identity; undefined for readers who see no private notes.
   */
  async *search(
    query: NoteQuery,
    reader: string | undefined,
    options: SearchLogOptions,
  ): AsyncGenerator<Note, void> {
    for await (const note of searchLog(this.#log, query, { ...options, reader })) {
      const audience = noteAudience(note);
      if (!audience || reader !== undefined && audience.has(reader)) yield note;
    }
  }

  /** Drops notes beyond retention, in steps that yield to the event loop. */
  async trim(): Promise<void> {
    while (await this.#log.trim(this.#now(), TRIM_STEP) === TRIM_STEP) {
      await new Promise<void>((resolve) => this.#defer(resolve));
    }
    this.#reportDropped();
  }

  /** Reports the notes dropped since the last report. */
  #reportDropped(): void {
    const notes = this.#log.first - this.#first;
    this.#first = this.#log.first;
    if (notes > 0) this.#observer?.dropped(this.name, notes);
  }

  /** Passes the notes of other servers on to the readers. */
  #addFollowed(notes: readonly Note[]): void {
    this.#postings.advance(notes.at(-1)?.time ?? 0);
    this.#segments.add(notes);
    this.#wakeups.notify();
  }

  /** Wakes the members for other news, coalesced per tick, since joins arrive in bursts. */
  #scheduleNotify(): void {
    if (this.#notifyScheduled) return;
    this.#notifyScheduled = true;
    this.#defer(() => {
      this.#notifyScheduled = false;
      this.#wakeups.notify();
    });
  }
}

/** The error for a room that was removed or has failed. */
export function roomGone(): ChatError {
  return new ChatError("unavailable", "The room is gone: join it again");
}
