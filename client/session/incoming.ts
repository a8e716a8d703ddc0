import type {
  JoinInit,
  NoteMessage,
  PositionMessage,
  ServerFrame,
  WelcomeMessage,
} from "../../proto/messages.ts";
import { fromWireTopic } from "../../proto/topic.ts";
import type { ChatEvent, ShownNote } from "../chat.ts";
import type { OwnNotes } from "./own_notes.ts";
import { toEvent, toMuteEvent, toShownNote } from "./server_frame.ts";

/** The start in a room; with nothing set, its oldest note. */
export type Start = Pick<JoinInit, "last" | "from" | "since" | "ago_ms">;

/**
 * Turns the frames of a chat's sessions into events, and remembers the last notes received and
 * read. It outlives connections.
 */
export class Incoming {
  readonly #start: Start;
  readonly #own: OwnNotes;
  /** The last note received; unknown before the first welcome. */
  #received: PositionMessage | undefined;
  /** The last note received when an event was, and the one when the last event was read. */
  readonly #positions = new WeakMap<ChatEvent, PositionMessage>();
  #read: PositionMessage | undefined;
  /**
   * The newest note when we joined, until the first note arrives: notes up to there that are lost
   * are earlier ones. 0 if the position to start at was known, so that they are missed.
   */
  #earlierThan = 0;
  /** The newest note at the time of the latest welcome. */
  #head = 0;
  /** Whether the server reports who is verified. */
  #identities = false;

  /**
   * Receives the notes from `start` on, of which `own` are the client's.
   *
   * @param seen The last note that was shown before, after which to start instead.
   */
  constructor(start: Start, own: OwnNotes, seen?: PositionMessage) {
    this.#start = start;
    this.#own = own;
    this.#received = seen;
  }

  /** The start of the next session. */
  get start(): Start | { readonly after: PositionMessage } {
    if (!this.#received) return this.#start;
    const { history, seq } = this.#received; // A read marker has a time too, which is no field.
    return { after: { history, seq } };
  }

  /**
   * The last note that was read, or the one before the first note to read; undefined before the
   * first welcome.
   */
  get read(): PositionMessage | undefined {
    return this.#read;
  }

  /** Remembers that an event was read. */
  markRead(event: ChatEvent): void {
    this.#read = this.#positions.get(event) ?? this.#read;
  }

  /**
   * Yields the events of the next frame of the server at `address`, which {@linkcode checkFrame} has
   * accepted.
   */
  *events(
    { welcome, lost, notes, changes, roster, mutes, topic }: ServerFrame,
    address: string,
  ): Generator<ChatEvent, void> {
    if (welcome) yield this.#mark(this.#connect(welcome, address));
    if (lost > 0) {
      const earlier = this.#received!.seq < this.#earlierThan;
      yield { type: "lost", count: lost, ...(earlier && { earlier }) };
    }
    if (notes.length > 0) {
      this.#earlierThan = 0;
      const position = { history: this.#received!.history, seq: notes.at(-1)!.seq };
      this.#received = position;
      const shown = notes.map((note) => this.#show(note));
      yield this.#mark({ type: "notes", notes: shown, position });
    }
    for (const change of changes) yield toEvent(change);
    if (roster) yield { type: "members", members: roster.people };
    for (const mute of mutes) yield* toMuteEvent(mute);
    if (topic) yield { type: "topic", topic: fromWireTopic(topic) };
  }

  #connect(welcome: WelcomeMessage, address: string): ChatEvent {
    const { room, name, next, awaited, identities, operator, topic } = welcome;
    const head = welcome.head!; // See checkFrame().
    const hasPosition = this.#received !== undefined || this.#start.from !== undefined;
    this.#earlierThan = hasPosition ? 0 : head.seq;
    const position = { history: head.history, seq: next - 1 };
    this.#received = position;
    this.#read ??= position;
    this.#head = head.seq;
    this.#identities = identities;
    this.#own.add(name);
    return {
      type: "connected",
      address,
      contract: "session",
      room,
      name,
      head,
      position,
      members: welcome.roster!.people,
      ...(welcome.pending !== undefined && { pending: { from: next, count: welcome.pending } }),
      ...(awaited && { awaited }),
      ...(operator !== undefined && { operator }),
      ...(topic && { topic: fromWireTopic(topic) }),
    };
  }

  #show(received: NoteMessage): ShownNote {
    const note = toShownNote(received, this.#identities);
    const own = this.#own.has(note);
    const backlog = received.seq <= this.#head;
    if (!own && !backlog) return note;
    return { ...note, ...(own && { own }), ...(backlog && { backlog }) };
  }

  /** Remembers the position at which an event was received. */
  #mark(event: ChatEvent): ChatEvent {
    this.#positions.set(event, this.#received!);
    return event;
  }
}
