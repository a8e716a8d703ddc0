import type { PostMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { checkMessage } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";

/** A post that the server has not answered for. */
interface Pending {
  readonly post: PostMessage;
  readonly accept: (seq: number) => void;
  readonly refuse: (reason: ChatError) => void;
}

/** How much may wait for its answers. */
const MAX_PENDING = { posts: 10_000, chars: 64 * 1024 * 1024 };
/** How much goes into one frame, which the server has to take whole. */
const MAX_FRAME = { posts: 500, chars: 256 * 1024 };

/**
 * What was said and not yet answered for, in order. It outlives connections: on each new
 * one everything in it is sent again, under the ids that it had.
 */
export class Outbox {
  /** Makes ids that no other client makes: a random part, and a counter. */
  readonly #author = crypto.randomUUID();
  #count = 0;
  readonly #pending = new Map<string, Pending>();
  /** Those that this connection has not sent. */
  #unsent: PostMessage[] = [];
  /** The sum of the lengths of all messages here. */
  #chars = 0;
  /** The largest message that the server takes, in bytes; unknown at first. */
  #maxNoteBytes = Infinity;
  #closed: ChatError | undefined;

  /** Adds a post, and resolves with its position when it is accepted. */
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

  /** Takes what is to be sent on this connection, in frames. */
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
   * Starts over on a new connection, to a server that takes messages of up to
   * `maxNoteBytes`: whatever was not answered is to be sent again, but for what is larger.
   */
  restart(maxNoteBytes: number): void {
    this.#maxNoteBytes = maxNoteBytes;
    const posts = Array.from(this.#pending.values(), ({ post }) => post);
    this.#unsent = posts.filter((post) => this.#fits(post));
  }

  /** Refuses a post that is larger than the server takes; it would refuse the whole frame. */
  #fits({ id, message }: PostMessage): boolean {
    try {
      checkMessage(message, this.#maxNoteBytes);
      return true;
    } catch (error) {
      this.refuse(id, error as ChatError);
      return false;
    }
  }

  /** The server has taken a post, as the note at position `seq`. */
  accept(id: string, seq: number): void {
    this.#remove(id)?.accept(seq);
  }

  /** The server does not take a post. */
  refuse(id: string, reason: ChatError): void {
    this.#remove(id)?.refuse(reason);
  }

  #remove(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (this.#pending.delete(id)) this.#chars -= pending!.post.message.length;
    return pending;
  }

  /** Refuses all that is still here, and all that comes. */
  close(reason: ChatError): void {
    this.#closed = reason;
    for (const id of this.#pending.keys()) this.refuse(id, reason);
  }
}
