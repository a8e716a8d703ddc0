import { every } from "../every.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import type { Engine } from "./engine.ts";

/** The topic of the heartbeats; each is the id of a server. */
const TOPIC = "heartbeat";

/** The interval of heartbeats, in milliseconds. */
const BEAT_MS = 500;

/** The interval for looking which servers are silent, in milliseconds. */
const LOOK_MS = 250;

/**
 * The silence after which a server counts as dead, in milliseconds. With the interval for looking it
 * is noticed within 2,250 ms, which leaves 750 ms of the 3 s until all rosters show it.
 */
const DEAD_MS = 2_000;

/**
 * The time within which a server hears its own heartbeats, in milliseconds: without them it does not
 * hear those of others either. If a node hangs, the last one is at least `DEAD_MS - BEAT_MS` old
 * when another server seems dead, so that this is less.
 */
const ECHO_MS = 1_000;

/**
 * The silence of the engine after which no server is judged, in milliseconds: a part of its nodes
 * that is cut off passes on heartbeats, but stores nothing.
 */
const SILENT_MS = 3_000;

/** What identifies a server. */
const ID = /^[\w-]{1,100}$/;

/** The most bytes of another message that are reported. */
const MAX_SHOWN_BYTES = 40;

/** The dependencies of heartbeats. */
export interface HeartbeatsOptions {
  readonly engine: Pick<Engine, "send" | "listen" | "isConnected" | "silentMs">;
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
  /**
   * Called when another server does not answer any more. It stays among the live ones until
   * {@linkcode Heartbeats.forget}; otherwise this is called again after the same time.
   */
  readonly onDead: (server: string) => void;
  /** Called for a message that is no heartbeat. */
  readonly onError: (error: unknown) => void;
}

/** Knows which servers of a chat are alive. Each sends a heartbeat twice a second. */
export class Heartbeats implements Disposable {
  readonly #options: HeartbeatsOptions;
  /** The time of the last sign of life of the other servers. */
  readonly #alive = new Map<string, number>();
  readonly #resources = new DisposableStack();
  /** The time of the last look: this server may have been stopped since. */
  #looked: number;
  /** The time when this server last heard a heartbeat of its own. */
  #echoed = -Infinity;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
    this.#looked = options.now();
    this.#resources.use(options.engine.listen(TOPIC, (data) => this.#receive(data)));
  }

  /** Sends heartbeats regularly from now on. */
  start(): void {
    this.#resources.use(every(BEAT_MS, () => this.beat()));
    this.#resources.use(every(LOOK_MS, () => this.look()));
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
    this.beat(); // A new server knows at once who is there.
    onChange?.(server, "seen", this.live.size);
  }

  /** Forgets a server that has stopped. */
  forget(server: string): void {
    if (!this.#alive.delete(server)) return;
    this.#options.onChange?.(server, "gone", this.live.size);
  }

  /** Sends a heartbeat. */
  beat(): void {
    const { engine, id } = this.#options;
    engine.send(TOPIC, new TextEncoder().encode(id()));
  }

  /** Looks for servers that have been silent for long. */
  look(): void {
    const { now, onDead } = this.#options;
    const time = now();
    const isListening = this.#isListening(time);
    this.#looked = time;
    for (const [server, heard] of this.#alive) {
      const isDead = time - heard >= DEAD_MS;
      // A server that cannot hear the others knows nothing of them.
      if (isDead || !isListening) this.#alive.set(server, time);
      if (isDead && isListening) onDead(server);
    }
  }

  #receive(data: Uint8Array): void {
    const { id, now, onError } = this.#options;
    const server = new TextDecoder().decode(data);
    if (!ID.test(server)) {
      const shown = escapeText(new TextDecoder().decode(data.subarray(0, MAX_SHOWN_BYTES)));
      onError(
        new Error(`A message of ${formatCount(data.length, "byte")} is no heartbeat: "${shown}"`),
      );
    } else if (server === id()) this.#echoed = now();
    else this.expect(server);
  }

  /** Whether this server has heard everything that the others sent lately. */
  #isListening(time: number): boolean {
    const { isConnected, silentMs } = this.#options.engine;
    const wasStopped = time - this.#looked > ECHO_MS;
    return isConnected && silentMs < SILENT_MS && !wasStopped && time - this.#echoed <= ECHO_MS;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
