import type { Happening } from "./history.ts";

/** What is wrong, in one word for counting. */
export type Wrong = "lost" | "repeated" | "out of order" | "false" | "shown" | "ended";

/** A promise that was broken, and the fewest events that prove it. */
export interface Violation {
  /** The number of the promise in {@linkcode checkHistory}. */
  readonly promise: number;
  readonly wrong: Wrong;
  /** One line. */
  readonly words: string;
  /** The events that suffice, in their order. */
  readonly history: readonly Happening[];
}

/** Makes a violation. */
export function broken(
  promise: number,
  wrong: Wrong,
  words: string,
  history: readonly Happening[],
): Violation {
  return { promise, wrong, words, history };
}

/** Finds violations by the kind of fault that may have led to them. */
export class Blame {
  readonly #faults: { readonly index: number; readonly kind: string }[] = [];
  readonly #places: ReadonlyMap<Happening, number>;

  /** Reads the faults of a history. */
  constructor(history: readonly Happening[]) {
    this.#places = new Map(history.map((event, index) => [event, index]));
    history.forEach((event, index) => {
      if (event.type === "fault") this.#faults.push({ index, kind: event.kind });
    });
  }

  /**
   * The kind of the first fault after a note of the shortest history was first accepted or received;
   * if there is none, of the last one; "none" without any fault.
   */
  of({ history }: Violation): string {
    const first = history.find(({ type }) => type === "accepted" || type === "received") ??
      history[0];
    const from = first ? this.#places.get(first) ?? 0 : 0;
    const next = this.#faults.find(({ index }) => index > from) ?? this.#faults.at(-1);
    return next?.kind ?? "none";
  }
}

/** The violation that takes the fewest events to tell; the earliest of these. */
export function shortest(violations: readonly Violation[]): Violation | undefined {
  return violations.toSorted((a, b) => a.history.length - b.history.length)[0];
}

/** The most characters of a text that are shown. */
const SHOWN_CHARS = 24;

/** Tells a violation: what is wrong, and the events, one a line. */
export function formatViolation({ promise, words, history }: Violation): string {
  return [`promise ${promise}: ${words}`, ...history.map((event) => `  ${formatEvent(event)}`)]
    .join("\n");
}

function formatEvent(event: Happening): string {
  switch (event.type) {
    case "named":
      return `${event.person} has the name "${event.name}"`;
    case "posted":
      return `${event.person} posted ${quote(event.text)} in ${event.room}${
        event.to === undefined ? "" : ` for ${event.to}`
      }`;
    case "accepted":
      return `${event.person} got an acknowledgement of ${quote(event.text)}: note ${event.seq}`;
    case "refused":
      return `${event.person} got a refusal of ${quote(event.text)}: ${event.reason}`;
    case "opened":
      return `reader ${event.reader} opened ${event.room} ${
        event.after === undefined ? "" : `after note ${event.after} `
      }for ${event.person ?? "nobody known"}`;
    case "announced":
      return `reader ${event.reader} was promised ${event.count} notes from ${event.from} to ${event.head}`;
    case "received":
      return `reader ${event.reader} received ${noteOf(event)}`;
    case "told lost":
      return `reader ${event.reader} was told that ${event.count} notes are gone`;
    case "closed":
      return `reader ${event.reader} left${
        event.head === undefined ? "" : `, when the newest note was ${event.head}`
      }`;
    case "ended":
      return `reader ${event.reader} was ended: ${event.reason}`;
    case "vanished":
      return `${event.person} vanished`;
    case "fault":
      return `fault: ${event.kind}`;
    case "topic asked":
      return `${event.person} asked for the topic ${quote(event.text)} of ${event.room}`;
    case "topic set":
    case "topic refused":
      return `${event.type}: ${quote(event.text)} of ${event.person} in ${event.room}`;
    case "topic seen":
      return `reader ${event.reader} saw the topic ${quote(event.text)} of ${event.room}`;
    case "topic logged":
      return `the file has the topic ${quote(event.text)} of ${event.room}`;
    case "topic locked":
    case "unlocking topic":
      return `${event.type} of ${event.room}`;
    case "muted":
    case "unmuting":
      return `${event.type} ${event.person}`;
    case "search":
      return `search ${event.search} for ${quote(event.word)} in ${event.room} by ${
        event.person ?? "nobody known"
      }`;
    case "found":
      return `search ${event.search} found ${noteOf(event)}`;
    case "search ended":
      return `search ${event.search} ended at note ${event.searched}`;
    case "logged":
      return `the log has ${noteOf(event)}`;
    case "log read":
      return `the log of ${event.room} has notes ${event.first} to ${event.head}`;
  }
}

function noteOf(
  { room, seq, name, text, to }: {
    readonly room: string;
    readonly seq: number;
    readonly name: string;
    readonly text: string;
    readonly to?: string | undefined;
  },
): string {
  const recipient = to === undefined ? "" : ` to "${to}"`;
  return `note ${seq} of ${room}: ${quote(text)} by "${name}"${recipient}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text);
}
