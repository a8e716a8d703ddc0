import type { Report } from "../events/event.ts";
import { every } from "../every.ts";
import type { Engine } from "./engine.ts";

/** The time without a connection after which clients are sent to other servers, in milliseconds. */
export const AWAY_MS = 5_000;

/**
 * The same time with a connection, while no node serves appends. After the death of a node the
 * others elect another leader, which takes 4 to 9 s: other servers serve no more than this one then.
 * What takes longer is no election.
 */
export const SILENT_MS = 15_000;

/**
 * The time after which an interruption is reported, in milliseconds. A server that goes to another
 * node has no connection for a moment.
 */
const REPORT_MS = 1_000;

/** The interval for looking, in milliseconds. */
const LOOK_MS = 500;

/** What a watch of an engine needs. */
export interface WatchOptions {
  readonly report: Report;
  /** Called with false once the engine has been away for a while, and with true when it is back. */
  readonly setAvailable: (isAvailable: boolean) => void;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
  /**
   * The time without a connection until clients are sent away, in milliseconds. Default
   * {@linkcode AWAY_MS}.
   */
  readonly awayMs?: number | undefined;
  /** Calls a function regularly. Default: by a timer. */
  readonly repeat?: typeof every | undefined;
}

type WatchedEngine = Pick<Engine, "isConnected" | "silentMs" | "onConnection">;

/** Whether an engine is connected and has lately shown that it serves appends. */
export function isServing(
  { isConnected, silentMs }: Pick<Engine, "isConnected" | "silentMs">,
): boolean {
  return isConnected && silentMs < AWAY_MS;
}

/** An interruption. */
interface Outage {
  readonly since: number;
  isReported: boolean;
  /** Whether it has made the server unavailable. */
  isLong: boolean;
}

/**
 * Watches whether an engine is connected and serves appends, until this is disposed. The server
 * serves its clients through short interruptions, and is unavailable during longer ones.
 */
export class EngineWatch implements Disposable {
  readonly #engine: WatchedEngine;
  readonly #options: WatchOptions;
  readonly #resources = new DisposableStack();
  /** Since when this server has been looking regularly: while it is stopped, it hears no answers. */
  #awake: number;
  #looked: number;
  /** When the connection was lost; undefined while there is one. */
  #lost: number | undefined;
  /** The interruption; undefined if there is none. */
  #outage: Outage | undefined;

  constructor(engine: WatchedEngine, options: WatchOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#awake = this.#looked = options.now();
    this.#resources.use(engine.onConnection(() => this.#look()));
    this.#resources.use((options.repeat ?? every)(LOOK_MS, () => this.#look()));
    this.#look();
  }

  #look(): void {
    const { awayMs = AWAY_MS, now } = this.#options;
    const time = now();
    if (time - this.#looked > 4 * LOOK_MS) this.#awake = time;
    this.#looked = time;
    const { isConnected } = this.#engine;
    const silentMs = Math.min(this.#engine.silentMs, time - this.#awake);
    this.#lost = isConnected ? undefined : this.#lost ?? time;
    if (isServing({ isConnected, silentMs })) return this.#end(time);
    this.#outage ??= { since: this.#lost ?? time - silentMs, isReported: false, isLong: false };
    if (time - this.#outage.since >= REPORT_MS) this.#report(this.#outage);
    const isLost = this.#lost !== undefined && time - this.#lost >= awayMs;
    if (isLost || silentMs >= SILENT_MS) this.#giveUp(this.#outage, isLost ? awayMs : SILENT_MS);
  }

  #report(outage: Outage): void {
    if (outage.isReported) return;
    outage.isReported = true;
    this.#options.report({ type: "engine", state: "away" });
  }

  /** Makes the server unavailable, after the engine has been away for `ms` milliseconds. */
  #giveUp(outage: Outage, ms: number): void {
    if (outage.isLong) return;
    this.#report(outage);
    outage.isLong = true;
    this.#options.report({ type: "engine", state: "down", seconds: toSeconds(ms) });
    this.#options.setAvailable(false);
  }

  #end(time: number): void {
    const outage = this.#outage;
    this.#outage = undefined;
    if (!outage?.isReported) return;
    this.#options.report({
      type: "engine",
      state: "back",
      seconds: toSeconds(time - outage.since),
    });
    this.#options.setAvailable(true);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

function toSeconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
