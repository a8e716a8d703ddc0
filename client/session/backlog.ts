import type { Person } from "../../room/person.ts";
import type { Topic } from "../../room/topic.ts";
import type { ChatEvent } from "../chat.ts";

/**
 * The most that is received ahead of the reader: people, notes and other events, and the characters
 * of all their texts.
 */
const MAX_UNREAD = { items: 10_000, chars: 8 * 1024 * 1024 };

/** The options of a {@linkcode Backlog}. */
export interface BacklogOptions {
  /** Called with each event when the reader gets it. */
  readonly onRead?: (event: ChatEvent) => void;
  /** Whether somebody awaits an answer, which arrives in the same stream as the events. */
  readonly isAnswerAwaited?: () => boolean;
  /** The part of the usual bounds to use. Default: all of them. */
  readonly share?: number | undefined;
}

/**
 * The events that were received and not read yet.
 *
 * A full backlog stays full until half of it is read. The receiver then waits for
 * {@linkcode Backlog.ready}, so that flow control stops the server. But answers arrive in the same
 * stream as events: while one is awaited, the receiver continues, and drops the events that find no
 * room. It requests them again later. A frame is added whole, so the bound is exceeded by one frame
 * at most.
 */
export class Backlog {
  /** The events that the reader is at, of which those before `#next` are read; then the others. */
  #reading: ChatEvent[] = [];
  #next = 0;
  #received: ChatEvent[] = [];
  readonly #unread = { items: 0, chars: 0 };
  readonly #max: Size;
  #isFull = false;
  readonly #onRead: (event: ChatEvent) => void;
  readonly #isAnswerAwaited: () => boolean;
  /** Set once there are no more events, and why, if that is an error. */
  #end: { readonly error?: unknown } | undefined;
  /** Whether nobody wants events any more. */
  #isStopped = false;
  /** Wakes the reader. */
  #wakeReader = () => {};
  /** Resolves when the receiver may continue, as far as that depends on the reader and on answers. */
  #changed = Promise.withResolvers<void>();

  /** Makes an empty one. */
  constructor(
    { onRead = () => {}, isAnswerAwaited = () => false, share = 1 }: BacklogOptions = {},
  ) {
    this.#max = { items: share * MAX_UNREAD.items, chars: share * MAX_UNREAD.chars };
    this.#onRead = onRead;
    this.#isAnswerAwaited = isAnswerAwaited;
  }

  /** Whether there is no room for events. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds an event. */
  push(event: ChatEvent): void {
    if (this.#isStopped) return;
    if (this.#isFull) this.#dropOutdated(event);
    this.#received.push(event);
    this.#count(event, 1);
    const { items, chars } = this.#unread;
    if (items >= this.#max.items || chars >= this.#max.chars) this.#isFull = true;
    this.#wakeReader();
  }

  /** Ends the events: with an error, if there is one. */
  end(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end;
    this.#wakeReader();
  }

  /** Ends the reading at once, unless the events have ended already: drops what is not read. */
  stop(): void {
    if (this.#end) return;
    this.#isStopped = true;
    this.clear();
    this.end();
  }

  /** Drops all events that are not read, and returns them. */
  clear(): ChatEvent[] {
    const dropped: ChatEvent[] = [];
    for (let event = this.#take(); event; event = this.#take()) dropped.push(event);
    return dropped;
  }

  /** Lets the receiver continue, because an answer is awaited now. */
  wakeForAnswer(): void {
    if (this.#isFull) this.#wakeReceivers();
  }

  /** Waits until there is room, an answer is awaited, or `leave` is aborted. */
  async ready(leave: AbortSignal): Promise<void> {
    const wake = () => this.#wakeReceivers();
    leave.addEventListener("abort", wake, { once: true });
    while (this.#isFull && !this.#isAnswerAwaited() && !leave.aborted) {
      await this.#changed.promise;
    }
    leave.removeEventListener("abort", wake);
  }

  /** Waits until it is not full. */
  async drained(): Promise<void> {
    while (this.#isFull) await this.#changed.promise;
  }

  /**
   * Reads the events until they end.
   *
   * @throws the error with which they end.
   */
  async *read(): AsyncGenerator<ChatEvent, void> {
    while (true) {
      for (let event = this.#take(); event; event = this.#take()) {
        this.#onRead(event);
        yield event;
      }
      if (this.#end) break;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    if ("error" in this.#end) throw this.#end.error;
  }

  #take(): ChatEvent | undefined {
    if (this.#next === this.#reading.length) {
      this.#reading = this.#received;
      this.#received = [];
      this.#next = 0;
    }
    const event = this.#reading[this.#next];
    if (!event) return undefined;
    this.#next++;
    this.#count(event, -1);
    const { items, chars } = this.#unread;
    if (this.#isFull && items <= this.#max.items / 2 && chars <= this.#max.chars / 2) {
      this.#isFull = false;
      this.#wakeReceivers();
    }
    return event;
  }

  #wakeReceivers(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #count(event: ChatEvent, sign: 1 | -1): void {
    const { items, chars } = sizeOf(event);
    this.#unread.items += sign * items;
    this.#unread.chars += sign * chars;
  }

  /**
   * Drops what an event outdates: an earlier attempt to connect, or an earlier connection without
   * any event. Outages must not fill the memory, either.
   */
  #dropOutdated({ type }: ChatEvent): void {
    const [before, last] = this.#received.slice(-2);
    if (last?.type !== "disconnected") return;
    if (type === "disconnected") this.#dropLast(1);
    else if (type === "connected" && before?.type === "connected") this.#dropLast(2);
  }

  #dropLast(count: number): void {
    for (const event of this.#received.splice(-count)) this.#count(event, -1);
  }
}

interface Size {
  readonly items: number;
  readonly chars: number;
}

/** Measures an event with all its texts: the server may make each of them as long as a frame. */
function sizeOf(event: ChatEvent): Size {
  switch (event.type) {
    case "notes": {
      let chars = 0;
      for (const { name, message, to } of event.notes) {
        chars += name.length + message.length;
        if (to !== undefined) chars += to.length;
      }
      return { items: event.notes.length, chars };
    }
    case "connected": {
      const { room, name, head, members, topic } = event;
      const chars = room.length + name.length + (head?.history.length ?? 0) + topicLength(topic);
      return sizeOfRoster(members, chars);
    }
    case "members":
      return sizeOfRoster(event.members);
    case "joined":
    case "sessions":
      return { items: 1, chars: event.name.length };
    case "left":
      return { items: 1, chars: event.name.length + event.reason.length };
    case "renamed":
      return { items: 1, chars: event.was.length + event.name.length };
    case "muted":
      return { items: 1, chars: event.by.length + event.reason.length };
    case "unmuted":
      return { items: 1, chars: event.by.length };
    case "topic":
      return { items: 1, chars: topicLength(event.topic) };
    case "disconnected":
      return { items: 1, chars: event.reason.length };
    case "lost":
      return { items: 1, chars: 0 };
  }
}

function topicLength(topic: Topic | undefined): number {
  return topic ? topic.text.length + topic.by.length + topic.lockedBy.length : 0;
}

/** Measures an event with a list of people, and with `chars` in its other texts. */
function sizeOfRoster(members: readonly Person[], chars = 0): Size {
  for (const { name } of members) chars += name.length;
  return { items: 1 + members.length, chars };
}
