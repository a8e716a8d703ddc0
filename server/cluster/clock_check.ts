import type { Report } from "../events/event.ts";
import type { Engine } from "./engine.ts";

/** The least difference between two clocks that is reported, in milliseconds. */
const APART_MS = 5_000;

/**
 * Returns a check that reports when the clock of this machine and the engine's are too far apart:
 * once, until they have agreed again. The time of a note is that of the server that stores it.
 */
export function clockCheck(engine: Pick<Engine, "figures">, report: Report): () => void {
  let wereApart = false;
  return () => {
    const { clockOffsetMs = 0 } = engine.figures;
    const areApart = Math.abs(clockOffsetMs) > APART_MS;
    if (areApart && !wereApart) report({ type: "clock", seconds: Math.round(clockOffsetMs / 1e3) });
    wereApart = areApart;
  };
}
