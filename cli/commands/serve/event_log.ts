import { ChatError } from "../../../room/errors.ts";
import type { ServerEvent } from "../../../server.ts";
import { escapeText } from "../../../text/escape.ts";
import { safeJson } from "../../../text/safe_json.ts";
import { LossyOutput } from "../../framework/lossy_output.ts";

/** How much events matter, from the least to the most. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** How much an event matters. */
export type Level = (typeof LEVELS)[number];

/** The forms of the log: words and `key=value` for people, or JSON, an object a line. */
export const FORMATS = ["text", "json"] as const;

/** What there is to know of an event; what is undefined is left out. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** How to log. */
export interface EventLogOptions {
  readonly format: (typeof FORMATS)[number];
  /** The least level that is logged. */
  readonly level: Level;
  /** Writes text, and resolves when it is written. */
  readonly write: (text: string) => Promise<void>;
  readonly now: () => Date;
}

/** How many lines may wait to be written; those beyond are only counted. */
const MAX_WAITING = 10_000;

const NO_ROOM = "these lines of it could not be written";

/**
 * A log of events, a line each. Where nobody reads it, it holds nothing up: lines that cannot
 * be written wait, up to a bound, and are counted then.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #output: LossyOutput;
  #waiting: string[] = [];
  #dropped = 0;
  /** Settles when all has been written; undefined when there is nothing. */
  #writing: Promise<void> | undefined;

  /** Makes an empty log. */
  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#output = new LossyOutput({
      write: options.write,
      notice: (lines) => this.#line("warn", "log", { reason: NO_ROOM, lines }),
    });
  }

  /** Logs what has happened on a server. */
  record(event: ServerEvent): void {
    const { type, ...fields } = event;
    this.add(eventLevel(event), type, toFields(fields));
  }

  /** Logs an event. */
  add(level: Level, event: string, fields: Fields = {}): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#options.level)) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(this.#line(level, event, fields));
    else this.#dropped++;
    this.#writing ??= this.#write();
  }

  #line(level: Level, event: string, fields: Fields): string {
    const { format, now } = this.#options;
    const entry = { time: now().toISOString(), level, event, ...fields };
    return `${format === "json" ? safeJson(entry) : textLine(entry)}\n`;
  }

  /** Waits until all has been written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const lines = this.#waiting;
        if (this.#dropped > 0) {
          const reason = "nobody read these lines of it";
          lines.push(this.#line("warn", "log", { reason, lines: this.#dropped }));
        }
        [this.#waiting, this.#dropped] = [[], 0];
        await this.#output.print(lines.join(""));
      }
    } catch {
      this.#waiting = []; // With standard error gone there is nobody to tell.
    } finally {
      this.#writing = undefined;
    }
  }
}

/** Refusals by which nothing is wrong but the peer: they matter to those who look for it. */
const MINOR: ReadonlySet<string> = new Set(["invalid", "missing", "unsupported"]);

/** How much an event matters. A client that posts too fast only has to wait: that is no warning. */
function eventLevel(event: ServerEvent): Level {
  if (event.type === "error" || event.type === "outage") return "error";
  if (["slow", "recovery", "shortage"].includes(event.type)) return "warn";
  if (event.type === "retention") return "debug";
  if (event.type !== "refused") return "info";
  if (event.kind === "limited") return "info";
  return MINOR.has(event.kind) ? "debug" : "warn";
}

/** The fields of an event as they are written: times as such, errors in words, nothing that is empty. */
function toFields(fields: object): Fields {
  const written = Object.entries(fields).map(([name, value]) => {
    if (name === "error") return [name, formatError(value)];
    if (name === "until") return [name, new Date(value).toISOString()];
    return [name, value === "" || value === Infinity ? undefined : value];
  });
  return Object.fromEntries(written.filter(([, value]) => value !== undefined));
}

/** An error in words, with what led to it; one that nobody has foreseen with where it came from. */
export function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = error instanceof ChatError ? error.message : error.stack ?? error.message;
  return error.cause === undefined ? words : `${words}: ${formatError(error.cause)}`;
}

function textLine({ time, level, event, ...fields }: Fields): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${quoted(String(value))}`);
  return [time, level, event, ...pairs].join(" ");
}

/** A value as it is, if it is one plain word, or else in quotes. */
function quoted(value: string): string {
  return /^[\w.:/+@-]+$/.test(value) ? value : escapeText(JSON.stringify(value));
}
