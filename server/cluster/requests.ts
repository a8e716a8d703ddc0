import type { Engine } from "./engine.ts";

/** The time for answers, in milliseconds: a server that stands still must not delay a command. */
const WAIT_MS = 1_000;

/** A question to all servers; the answers have the same type for each. */
interface Request {
  readonly id: string;
  readonly type: string;
  readonly content: unknown;
}

/** What one server answers to a request. */
interface Answer {
  /** The id of the request. */
  readonly id: string;
  readonly server: string;
  readonly content: unknown;
}

/** The dependencies of requests. */
export interface RequestsOptions {
  readonly engine: Pick<Engine, "send" | "listen">;
  /** Returns the id of this server. */
  readonly id: () => string;
  /** Returns the servers that are alive, with this one. */
  readonly live: () => ReadonlySet<string>;
  /** Calls `run` after `ms` milliseconds, unless the result is disposed. */
  readonly after: (ms: number, run: () => void) => Disposable;
  /** Called when a request cannot be answered, or an answer cannot be read. */
  readonly onError: (error: unknown) => void;
}

/** Asks the other servers of a chat, and answers them. Requests and answers are not stored. */
export class Requests implements Disposable {
  readonly #options: RequestsOptions;
  readonly #handlers = new Map<string, (content: unknown) => unknown>();
  /** Takes the answers to the requests of this server. */
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #resources = new DisposableStack();

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#resources.use(options.engine.listen("request", (data) => this.#handle(data)));
    this.#resources.use(options.engine.listen("answer", (data) => this.#receive(data)));
  }

  /** Answers requests of a type with what `handler` returns, as JSON. */
  handle(type: string, handler: (content: unknown) => unknown): void {
    this.#handlers.set(type, handler);
  }

  /**
   * Asks all other servers. Returns the answers once those that are alive have answered, but after a
   * second in any case.
   */
  async ask(type: string, content: unknown): Promise<unknown[]> {
    const { engine, id: ownId, live, after } = this.#options;
    const id = crypto.randomUUID();
    const missing = new Set(live());
    missing.delete(ownId());
    const answers: unknown[] = [];
    if (missing.size === 0) return answers;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(id, (answer) => {
      if (missing.delete(answer.server)) answers.push(answer.content);
      if (missing.size === 0) resolve();
    });
    using _timer = after(WAIT_MS, resolve);
    try {
      engine.send("request", encode({ id, type, content } satisfies Request));
      await promise;
    } finally {
      this.#waiting.delete(id);
    }
    return answers;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }

  #receive(data: Uint8Array): void {
    try {
      const answer: Answer = decode(data);
      this.#waiting.get(answer.id)?.(answer);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #handle(data: Uint8Array): void {
    try {
      const { id, type, content } = decode<Request>(data);
      if (this.#waiting.has(id)) return; // Its own.
      const answer = this.#handlers.get(type)?.(content) ?? null;
      const { engine, id: server } = this.#options;
      engine.send("answer", encode({ id, server: server(), content: answer } satisfies Answer));
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

function encode(value: Request | Answer): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode<T extends Request | Answer>(data: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(data));
}
