import type { PostMessage } from "../../proto/messages.ts";
import { ChatError } from "../../room/errors.ts";
import { checkMessage } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";

/** A post that the server has not answered. */
interface UnansweredPost {
  readonly post: PostMessage;
  readonly accept: (seq: number) => void;
  readonly refuse: (reason: ChatError) => void;
}

/** The most that may be unanswered. */
const MAX_PENDING = { posts: 10_000, chars: 64 * 1024 * 1024 };
/** The most that goes into one frame, which the server must receive whole. */
const MAX_FRAME = { posts: 500, chars: 256 * 1024 };

/**
 * The posts that the server has not answered, in order. It outlives connections: on each new one,
 * all of them are sent again under the same ids.
 */
export class Outbox {
  /** The random part of all ids, so that no other client makes the same. A counter follows it. */
  readonly #author = crypto.randomUUID();
  #count = 0;
  readonly #pending = new Map<string, UnansweredPost>();
  /** The posts that this connection has not sent. */
  #unsent: PostMessage[] = [];
  /** The total length of all messages here. */
  #chars = 0;
  /** The largest message that the server accepts, in bytes; unknown at first. */
  #maxNoteBytes = Infinity;
  #closed: ChatError | undefined;

  /** Whether the server has answered everything. */
  get isEmpty(): boolean {
    return this.#pending.size === 0;
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
    this.#pending.set(post.id, { post, accept: resolve, refuse: reject });
    this.#chars += post.message.length;
    if (this.#fits(post)) this.#unsent.push(post);
    return promise;
  }

  /** Removes and yields the posts to send on this connection, a frame at a time. */
  *unsent(): Generator<PostMessage[], void> {
    const unsent = this.#unsent;
    this.#unsent = [];
    let frame: PostMessage[] = [];
    let chars = 0;
    for (const post of unsent) {
      frame.push(post);
      chars += post.message.length;
      if (frame.length < MAX_FRAME.posts && chars < MAX_FRAME.chars) continue;
      yield frame;
      frame = [];
      chars = 0;
    }
    if (frame.length > 0) yield frame;
  }

  /**
   * Starts over on a new connection, to a server that accepts messages of up to `maxNoteBytes`. All
   * unanswered posts are sent again, except larger ones, which are refused.
   */
  restart(maxNoteBytes: number): void {
    this.#maxNoteBytes = maxNoteBytes;
    const posts = Array.from(this.#pending.values(), ({ post }) => post);
    this.#unsent = posts.filter((post) => this.#fits(post));
  }

  /** Refuses a post that is too large for the server, which would refuse the whole frame. */
  #fits({ id, message }: PostMessage): boolean {
    try {
      checkMessage(message, this.#maxNoteBytes);
      return true;
    } catch (error) {
      this.refuse(id, error as ChatError);
      return false;
    }
  }

  /** Resolves a post that the server has accepted as the note at position `seq`. */
  accept(id: string, seq: number): void {
    this.#remove(id)?.accept(seq);
  }

  /** Rejects a post that the server has refused. */
  refuse(id: string, reason: ChatError): void {
    this.#remove(id)?.refuse(reason);
  }

  #remove(id: string): UnansweredPost | undefined {
    const pending = this.#pending.get(id);
    if (this.#pending.delete(id)) this.#chars -= pending!.post.message.length;
    return pending;
  }

  /** Refuses all posts, current and future. */
  close(reason: ChatError): void {
    this.#closed = reason;
    for (const id of this.#pending.keys()) this.refuse(id, reason);
  }
}
