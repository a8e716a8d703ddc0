import { dirname, join } from "node:path";
import { foldName } from "../room/note.ts";
import type { Position } from "./chat.ts";

/** What somebody saw last in a room. */
export interface Seen extends Position {
  /** When that was, in milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A room of a server, as one person sees it. */
export interface Place {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** The room. */
  readonly room: string;
  /** The name of the person. */
  readonly name: string;
}

/** How many places are remembered; those where nobody has been for longest are forgotten. */
const MAX_PLACES = 1_000;

/** Remembers in a file what was seen last in each place, over the end of the program. */
export class SeenFile {
  readonly #path: string;

  /** Uses the file at `path`, which is made, with its folder, when there is something to keep. */
  constructor(path: string) {
    this.#path = path;
  }

  /** What was seen last in a place; undefined if that is not known. */
  async read(place: Place): Promise<Seen | undefined> {
    return (await this.#places()).get(keyOf(place));
  }

  /**
   * Keeps what was seen last in a place.
   *
   * @throws when the file cannot be written.
   */
  async write(place: Place, { history, seq, time }: Seen): Promise<void> {
    const places = await this.#places();
    places.delete(keyOf(place)); // So that the places stand in the order of their last use.
    places.set(keyOf(place), { history, seq, time });
    const newest = [...places].slice(-MAX_PLACES);
    await Deno.mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    // Whole or not at all: another chat may read it, or end, at any moment.
    const temporary = `${this.#path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(temporary, JSON.stringify(Object.fromEntries(newest)), {
      mode: 0o600,
    });
    await Deno.rename(temporary, this.#path);
  }

  async #places(): Promise<Map<string, Seen>> {
    try {
      const places: unknown = JSON.parse(await Deno.readTextFile(this.#path));
      return new Map(Object.entries(places ?? {}).filter(([, place]) => isSeen(place)));
    } catch (error) {
      // A file that somebody has damaged is worth no more than one that is not there.
      if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return new Map();
      throw error;
    }
  }
}

/** Where such a file belongs; undefined in an environment without a home. */
export function seenPath(env: (name: string) => string | undefined): string | undefined {
  const home = env("HOME");
  const folder = env("XDG_STATE_HOME") || env("LOCALAPPDATA") ||
    (home && join(home, ".local", "state"));
  return folder && join(folder, "chat", "seen.json");
}

function keyOf({ address, room, name }: Place): string {
  return JSON.stringify([address, foldName(room), foldName(name)]);
}

function isSeen(value: unknown): value is Seen {
  if (typeof value !== "object" || value === null) return false;
  const { history, seq, time } = value as Partial<Record<keyof Seen, unknown>>;
  return typeof history === "string" && Number.isSafeInteger(seq) && Number.isSafeInteger(time);
}
