import type { PostMessage } from "../../proto/messages.ts";
import { ChatError } from "../../room/errors.ts";
import { checkMessage } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";

/** The options of an {@linkcode Outbox}. */
export interface OutboxOptions {
  /**
   * True to pace the posts: rate-limited ones are sent again when it is time, in their order, and a
   * limited number is sent ahead of the answers. Default: they are refused.
   */
  readonly pace?: boolean | undefined;
  /** Called when posts that had to wait may be sent. */
  readonly onReady?: () => void;
}

/** A post that the server has not answered. */
interface UnansweredPost {
  readonly post: PostMessage;
  readonly accept: (seq: number) => void;
  readonly refuse: (reason: ChatError) => void;
  /** Whether this connection has sent it, and an answer is to come. */
  isSent: boolean;
  /** Whether a server may have stored it: its answer may be lost. */
  mayBeStored: boolean;
}

/** The most that may be unanswered. */
const MAX_PENDING = { posts: 10_000, chars: 64 * 1024 * 1024 };
/** The most that goes into one frame, which the server must receive whole. */
const MAX_FRAME = { posts: 500, chars: 256 * 1024 };
/** The longest message that fits into a frame of its own, whatever the server's bound on notes. */
const MAX_LARGE_CHARS = 128 * 1024;
/**
 * The most paced posts that are sent and unanswered: enough to keep the connection busy during a
 * round trip.
 */
const MAX_SENT = 500;

/**
 * The posts that the server has not answered, in order. It outlives connections: on each new one,
 * all of them are sent again under the same ids.
 */
export class Outbox {
  /** The random part of all ids, so that no other client makes the same. A counter follows it. */
  readonly #author = crypto.randomUUID();
  #count = 0;
  readonly #isPaced: boolean;
  readonly #onReady: () => void;
  readonly #pending = new Map<string, UnansweredPost>();
  /** The posts that this connection has not sent, or must send again, in order. */
  #unsent: PostMessage[] = [];
  /** The rate-limited posts, in order. Nothing is sent until it is time for them. */
  #tooSoon: PostMessage[] = [];
  /** The wait for them, in milliseconds, and the timer once nothing else is unanswered. */
  #restMs = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** The number of posts that are sent and unanswered, and its limit. */
  #sent = 0;
  #maxSent: number;
  /** The total length of all messages here. */
  #chars = 0;
  /** The largest message that the server accepts, in bytes; unknown at first. */
  #maxNoteBytes = Infinity;
  #closed: ChatError | undefined;
  /** Wakes those who wait until everything is answered. */
  #settled = Promise.withResolvers<void>();

  /** Makes an empty one. */
  constructor({ pace = false, onReady = () => {} }: OutboxOptions = {}) {
    this.#isPaced = pace;
    this.#maxSent = pace ? MAX_SENT : Infinity;
    this.#onReady = onReady;
  }

  /** Whether an answer of the server is to come. */
  get isAnswerAwaited(): boolean {
    return this.#sent > 0 || this.#unsent.length > 0 && this.#tooSoon.length === 0;
  }

  /** Resolves once the server has answered everything. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await this.#settled.promise;
  }

  /** Adds a post. Resolves with its position when the server has accepted it. */
  add(content: Omit<PostMessage, "id">): Promise<number> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#pending.size >= MAX_PENDING.posts || this.#chars >= MAX_PENDING.chars) {
      const waiting = `${formatNumber(this.#pending.size)} notes wait for the server already`;
      return Promise.reject(new ChatError("unavailable", waiting));
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const post = { ...content, id: `${this.#author}-${++this.#count}` };
    this.#pending.set(post.id, {
      post,
      accept: resolve,
      refuse: reject,
      isSent: false,
      mayBeStored: false,
    });
    this.#chars += post.message.length;
    const error = this.#tooLarge(post);
    if (error) this.refuse(post.id, error);
    else this.#unsent.push(post);
    return promise;
  }

  /** Removes and yields the posts to send on this connection now, a frame at a time. */
  *unsent(): Generator<PostMessage[], void> {
    if (this.#tooSoon.length > 0) return;
    const posts = this.#unsent.splice(0, this.#maxSent - this.#sent);
    this.#sent += posts.length;
    let frame: PostMessage[] = [];
    let chars = 0;
    for (const post of posts) {
      const pending = this.#pending.get(post.id)!; // Unsent posts are unanswered.
      const isLarge = pending.mayBeStored && this.#tooLarge(post) !== undefined;
      pending.isSent = pending.mayBeStored = true;
      if (isLarge && frame.length > 0) {
        yield frame;
        [frame, chars] = [[], 0];
      }
      frame.push(post);
      chars += post.message.length;
      if (!isLarge && frame.length < MAX_FRAME.posts && chars < MAX_FRAME.chars) continue;
      yield frame;
      [frame, chars] = [[], 0];
    }
    if (frame.length > 0) yield frame;
  }

  /**
   * Starts over on a new connection, to a server that accepts messages of up to `maxNoteBytes`. All
   * unanswered posts are sent again, except larger ones, which are refused. Of those, the server
   * decides about the ones that may be stored: it may have accepted larger notes before.
   */
  restart(maxNoteBytes: number): void {
    this.#maxNoteBytes = maxNoteBytes;
    this.#wake();
    this.#sent = 0;
    this.#unsent = [];
    for (const pending of [...this.#pending.values()]) {
      pending.isSent = false;
      const { post, mayBeStored } = pending;
      const error = this.#tooLarge(post);
      if (!error || mayBeStored && post.message.length <= MAX_LARGE_CHARS) this.#unsent.push(post);
      else this.refuse(post.id, error);
    }
  }

  /** The reason to refuse a post that is too large for the server; undefined if it is not. */
  #tooLarge({ message }: PostMessage): ChatError | undefined {
    try {
      checkMessage(message, this.#maxNoteBytes);
      return undefined;
    } catch (error) {
      return error as ChatError;
    }
  }

  /** Resolves a post that the server has accepted as the note at position `seq`. */
  accept(id: string, seq: number): void {
    const pending = this.#remove(id);
    if (!pending) return;
    pending.accept(seq);
    this.#maxSent = Math.min(this.#maxSent + 1, this.#isPaced ? MAX_SENT : Infinity);
    this.#continue();
  }

  /** Rejects a post that the server has refused, unless it is to be sent again. */
  refuse(id: string, reason: ChatError): void {
    if (this.#isPaced && reason.retryMs !== undefined) this.#postpone(id, reason.retryMs);
    else this.#remove(id)?.refuse(reason);
    this.#continue();
  }

  /** Refuses all posts, current and future. */
  close(reason: ChatError): void {
    this.#closed = reason;
    this.#wake();
    this.#unsent = [];
    for (const id of this.#pending.keys()) this.#remove(id)?.refuse(reason);
  }

  #remove(id: string): UnansweredPost | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    this.#chars -= pending.post.message.length;
    if (pending.isSent) this.#sent--;
    else {
      // The answer came before this connection has sent it, or sent it again.
      const isOther = (post: PostMessage) => post !== pending.post;
      this.#unsent = this.#unsent.filter(isOther);
      this.#tooSoon = this.#tooSoon.filter(isOther);
    }
    if (this.#pending.size === 0) {
      this.#settled.resolve();
      this.#settled = Promise.withResolvers();
    }
    return pending;
  }

  #postpone(id: string, retryMs: number): void {
    const pending = this.#pending.get(id);
    if (!pending?.isSent) return;
    pending.isSent = pending.mayBeStored = false;
    this.#sent--;
    this.#tooSoon.push(pending.post);
    this.#restMs = Math.max(this.#restMs, retryMs);
  }

  /**
   * Continues after an answer. The server also refuses the posts that it got after a rate-limited
   * one, until it sees that we know of that. Once all are back, the chat rests, and then sends them
   * in their order, one by one at first.
   */
  #continue(): void {
    if (this.#tooSoon.length === 0) {
      if (this.#unsent.length > 0) this.#onReady();
    } else if (this.#sent === 0) {
      this.#rest ??= setTimeout(() => {
        this.#unsent = [...this.#tooSoon, ...this.#unsent];
        this.#maxSent = 1;
        this.#wake();
        this.#onReady();
      }, this.#restMs);
    }
  }

  /** Ends the rest. */
  #wake(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#restMs = 0;
    this.#tooSoon = [];
  }
}
