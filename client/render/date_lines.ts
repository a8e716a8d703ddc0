import { rule } from "./render.ts";
import { dimLine, type LineRow } from "./row.ts";
import { LOCAL_ZONE, localDate, longDate, type Zone } from "./time.ts";
import { isTime } from "../../text/is_time.ts";

/** The lines with a date between notes of different days. */
export class DateLines {
  readonly #zone: Zone;
  #date: string;

  /** Starts on the day of the time `now`, whose notes need no date. */
  constructor(now: number, zone: Zone = LOCAL_ZONE) {
    this.#zone = zone;
    this.#date = localDate(now, zone);
  }

  /** Returns the line in front of a note of the time `ms`; undefined if the day is the same. */
  before(ms: number | undefined): LineRow | undefined {
    if (!isTime(ms)) return undefined;
    const date = localDate(ms, this.#zone);
    if (date === this.#date) return undefined;
    this.#date = date;
    return dateLine(ms, this.#zone);
  }
}

/** Makes the line in front of the notes of a day. */
export function dateLine(ms: number, zone: Zone): LineRow {
  return { ...dimLine(rule(longDate(ms, zone))), day: localDate(ms, zone) };
}
