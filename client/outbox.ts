import type { PostMessage } from "../proto/mod.ts";
import { ChatError } from "../room/errors.ts";

/** A post that the server has not answered for. */
interface Pending extends PostMessage {
  readonly accept: () => void;
  readonly refuse: (reason: ChatError) => void;
}

/** How many posts may wait for their answers. */
const MAX_PENDING = 10_000;
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
  #closed: ChatError | undefined;

  /** Adds a post, and resolves when it is accepted. */
  add(message: string, kind: number): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#pending.size >= MAX_PENDING) {
      const waiting = `${MAX_PENDING} notes wait for the server already`;
      return Promise.reject(new ChatError("unavailable", waiting));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const post = { id: `${this.#author}-${++this.#count}`, message, kind };
    this.#pending.set(post.id, { ...post, accept: resolve, refuse: reject });
    this.#unsent.push(post);
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

  /** Starts over on a new connection: whatever was not answered is to be sent again. */
  restart(): void {
    this.#unsent = Array.from(
      this.#pending.values(),
      ({ id, message, kind = 0 }) => ({ id, message, kind }),
    );
  }

  /** The server has taken a post. */
  accept(id: string): void {
    this.#pending.get(id)?.accept();
    this.#pending.delete(id);
  }

  /** The server does not take a post. */
  refuse(id: string, reason: ChatError): void {
    this.#pending.get(id)?.refuse(reason);
    this.#pending.delete(id);
  }

  /** Refuses all that is still here, and all that comes. */
  close(reason: ChatError): void {
    this.#closed = reason;
    for (const id of this.#pending.keys()) this.refuse(id, reason);
  }
}
