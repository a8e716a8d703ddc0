import { ChatError } from "../../../room/errors.ts";
import { isKeyFingerprint, shortKey } from "../../../room/identity.ts";
import type { ServerEvent } from "../../../server.ts";
import { escapeText } from "../../../text/escape.ts";
import { safeJson } from "../../../text/safe_json.ts";
import { LossyOutput } from "../../framework/lossy_output.ts";

/** The levels of events, from the lowest to the highest. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** The level of an event. */
export type Level = (typeof LEVELS)[number];

/** The formats of the log: words and `key=value` for people, or JSON with an object per line. */
export const FORMATS = ["text", "json"] as const;

/** The fields of an event; undefined ones are left out. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The options of an event log. */
export interface EventLogOptions {
  readonly format: (typeof FORMATS)[number];
  /** The lowest level that is logged. */
  readonly level: Level;
  /** Writes text, and resolves once it is written. */
  readonly write: (text: string) => Promise<void>;
  readonly now: () => Date;
}

/** The number of lines that may wait to be written; further ones are only counted. */
const MAX_WAITING = 10_000;

const NO_ROOM = "these lines of it could not be written";

/**
 * A log with a line per event. It never blocks the server: lines that cannot be written wait, up
 * to a bound, and are counted beyond it.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #output: LossyOutput;
  #waiting: string[] = [];
  #dropped = 0;
  /** Settles once all lines are written; undefined if there are none. */
  #writing: Promise<void> | undefined;

  /** Creates an empty log. */
  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#output = new LossyOutput({
      write: options.write,
      notice: (lines) => this.#line("warn", "log", { reason: NO_ROOM, lines }),
    });
  }

  /** Logs an event of a server. */
  record(event: ServerEvent): void {
    const { type, ...fields } = event;
    this.add(eventLevel(event), type, toFields(fields));
  }

  /** Logs an event with its fields. */
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

  /** Waits until all lines are written. */
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
      this.#waiting = []; // Without standard error there is nowhere to report it.
    } finally {
      this.#writing = undefined;
    }
  }
}

/** Refusals that are the fault of the peer: they matter only when debugging that peer. */
const MINOR: ReadonlySet<string> = new Set(["invalid", "missing", "unsupported"]);

/** The level of each type of event; that of some depends on their kind or state. */
const LEVEL: Readonly<Record<Exclude<ServerEvent["type"], "refused" | "engine">, Level>> = {
  error: "error",
  outage: "error",
  recovery: "warn",
  shortage: "warn",
  slow: "warn",
  clock: "warn",
  server: "info",
  start: "info",
  stop: "info",
  join: "info",
  leave: "info",
  rename: "info",
  rejoin: "info",
  drop: "info",
  backup: "info",
  kick: "info",
  mute: "info",
  unmute: "info",
  ban: "info",
  unban: "info",
  release: "info",
  remove: "info",
  lock: "info",
  unlock: "info",
  topic: "info",
  retention: "debug",
};

/** The level of a change of the connection to the engine. */
const ENGINE_LEVEL = { awaited: "warn", away: "warn", down: "error", back: "warn" } as const;

/** The level of an event. A client that posts too fast only has to wait, which needs no warning. */
function eventLevel(event: ServerEvent): Level {
  if (event.type === "engine") return ENGINE_LEVEL[event.state];
  if (event.type !== "refused") return LEVEL[event.type];
  if (event.kind === "limited") return "info";
  return MINOR.has(event.kind) ? "debug" : "warn";
}

/**
 * The fields of an event as they are written: times in ISO 8601, errors in words, no empty ones.
 */
function toFields(fields: object): Fields {
  const written = Object.entries(fields).map(([name, value]) => {
    if (name === "error") return [name, formatError(value)];
    if (name === "until") return [name, new Date(value).toISOString()];
    return [name, value === "" || value === Infinity ? undefined : value];
  });
  return Object.fromEntries(written.filter(([, value]) => value !== undefined));
}

/** An error in words, with its causes; an unexpected one with its stack. */
export function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = error instanceof ChatError ? error.message : error.stack ?? error.message;
  return error.cause === undefined ? words : `${words}: ${formatError(error.cause)}`;
}

/**
 * Formats a line for people: whole seconds and short keys keep usual lines within 80 columns. The
 * greeting has the fingerprint of the certificate, so it is left out.
 */
function textLine({ time, level, event, ...fields }: Fields): string {
  const pairs = Object.entries(fields)
    .filter(([name, value]) => !(name === "unlisted" && value === false)) // As usual.
    .filter(([name]) => name !== "fingerprint")
    .map(([name, value]) => `${name}=${quoted(shortened(String(value)))}`);
  return [shortened(String(time)), level, event, ...pairs].join(" ");
}

/** Shortens a fingerprint of a key or a time; returns anything else as it is. */
function shortened(value: string): string {
  if (isKeyFingerprint(value)) return shortKey(value);
  return /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/.test(value) ? value.replace(/\.\d{3}/, "") : value;
}

/** A value as it is if it is a plain word, in quotes otherwise. */
function quoted(value: string): string {
  return /^[\w.:/+@-]+$/.test(value) ? value : escapeText(JSON.stringify(value));
}
