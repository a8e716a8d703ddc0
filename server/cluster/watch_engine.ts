import type { Report } from "../events/event.ts";
import type { Engine } from "./engine.ts";

/** The time without the engine after which clients are sent to other servers, in milliseconds. */
export const AWAY_MS = 5_000;

/** Runs a function after some milliseconds, unless the result is disposed before. */
export type Schedule = (ms: number, run: () => void) => Disposable;

/** What a watch of an engine needs. */
export interface WatchOptions {
  readonly report: Report;
  /** Called with false once the engine has been away for a while, and with true when it is back. */
  readonly setAvailable: (isAvailable: boolean) => void;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
  /** The time until clients are sent away, in milliseconds. Default {@linkcode AWAY_MS}. */
  readonly awayMs?: number | undefined;
  /** Default: a timer. */
  readonly schedule?: Schedule | undefined;
}

/**
 * Watches the connection to an engine, until it is disposed. The server serves its clients through
 * short interruptions, and is unavailable during longer ones.
 */
export function watchEngine(
  engine: Pick<Engine, "isConnected" | "onConnection">,
  { report, setAvailable, now, awayMs = AWAY_MS, schedule = setTimer }: WatchOptions,
): Disposable {
  let outage: { readonly since: number; readonly timer: Disposable } | undefined;
  const begin = () => {
    report({ type: "engine", state: "away" });
    const timer = schedule(awayMs, () => {
      report({ type: "engine", state: "down", seconds: awayMs / 1_000 });
      setAvailable(false);
    });
    outage = { since: now(), timer };
  };
  const end = ({ since, timer }: NonNullable<typeof outage>) => {
    timer[Symbol.dispose]();
    outage = undefined;
    report({ type: "engine", state: "back", seconds: Math.round(now() - since) / 1_000 });
    setAvailable(true);
  };
  const update = (isConnected: boolean) => {
    if (isConnected && outage) end(outage);
    else if (!isConnected && !outage) begin();
  };
  const listening = engine.onConnection(update);
  update(engine.isConnected);
  return {
    [Symbol.dispose]: () => {
      listening[Symbol.dispose]();
      outage?.timer[Symbol.dispose]();
    },
  };
}

/** A {@linkcode Schedule} by the system's timers. */
export function setTimer(ms: number, run: () => void): Disposable {
  const timer = setTimeout(run, ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
