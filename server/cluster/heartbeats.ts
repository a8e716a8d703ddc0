import type { Engine } from "./engine.ts";

/** The topic of the heartbeats; each is the id of a server. */
const TOPIC = "heartbeat";

/** The interval of heartbeats, in milliseconds. */
const BEAT_MS = 500;

/** The silence after which a server counts as dead, in milliseconds. */
const DEAD_MS = 2_500;

/** The dependencies of heartbeats. */
export interface HeartbeatsOptions {
  readonly engine: Pick<Engine, "send" | "listen" | "isConnected">;
  /** Returns the id of this server, which changes if the others took it for dead. */
  readonly id: () => string;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
  /** Whether a server was taken for dead, so that its late heartbeats do not count. */
  readonly isGone: (server: string) => boolean;
  /**
   * Called when another server is seen for the first time, and when it is gone, with the number of
   * servers that are alive then. Default: nothing.
   */
  readonly onChange?:
    | ((server: string, state: "seen" | "gone", servers: number) => void)
    | undefined;
  /** Called when another server does not answer any more. */
  readonly onDead: (server: string) => void;
}

/** Tells which servers of a chat are alive. Each sends a heartbeat twice a second. */
export class Heartbeats implements Disposable {
  readonly #options: HeartbeatsOptions;
  /** The time of the last sign of life of the other servers. */
  readonly #alive = new Map<string, number>();
  readonly #resources = new DisposableStack();
  /** The time of the last beat while this server could hear the others. */
  #beaten: number;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
    this.#beaten = options.now();
    this.#resources.use(options.engine.listen(TOPIC, (data) => {
      this.expect(new TextDecoder().decode(data));
    }));
  }

  /** Sends heartbeats regularly from now on. */
  start(): void {
    const timer = setInterval(() => this.beat(), BEAT_MS);
    this.#resources.defer(() => clearInterval(timer));
    this.beat();
  }

  /** The servers that are alive, with this one. */
  get live(): ReadonlySet<string> {
    return new Set([this.#options.id(), ...this.#alive.keys()]);
  }

  /** Takes a server for alive that has not sent a heartbeat yet. */
  expect(server: string): void {
    const { id, now, isGone, onChange } = this.#options;
    if (server === id() || isGone(server)) return;
    const isNew = !this.#alive.has(server);
    this.#alive.set(server, now());
    if (!isNew) return;
    this.#send(); // A new server knows at once who is there.
    onChange?.(server, "seen", this.live.size);
  }

  /** Forgets a server that has stopped. */
  forget(server: string): void {
    if (!this.#alive.delete(server)) return;
    this.#options.onChange?.(server, "gone", this.live.size);
  }

  /** Sends a heartbeat, and looks for servers that have not sent one for long. */
  beat(): void {
    const { engine, now, onDead } = this.#options;
    this.#send();
    const time = now();
    const wasListening = engine.isConnected && time - this.#beaten < 2 * BEAT_MS;
    this.#beaten = time;
    for (const [server, seen] of this.#alive) {
      // A server that was stopped or not connected has heard nobody: that says nothing of others.
      if (!wasListening) this.#alive.set(server, time);
      else if (time - seen >= DEAD_MS) {
        this.forget(server);
        onDead(server);
      }
    }
  }

  #send(): void {
    const { engine, id } = this.#options;
    engine.send(TOPIC, new TextEncoder().encode(id()));
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
