import { join } from "node:path";
import { writeAtomically } from "../../platform/atomic_file.ts";
import { foldName } from "../../room/note.ts";
import type { Position } from "../chat.ts";
import { stateFolder } from "./config_folder.ts";

/** What somebody saw last in a room. */
export interface ReadMarker extends Position {
  /** When that was, in milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A room of a server, as one person sees it. */
export interface ReadMarkerKey {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** The room. */
  readonly room: string;
  /** The name of the person. */
  readonly name: string;
}

/** How many places are remembered; those where nobody has been for longest are forgotten. */
const MAX_PLACES = 1_000;

/** The longest history that is remembered: servers name them as they like, and ours by 36 characters. */
const MAX_HISTORY_CHARS = 100;

/** The names of its files, and of those that a killed chat was about to give such a name. */
const OURS = /^[0-9a-f]{64}(\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;

/**
 * Remembers in a folder what was seen last in each place, over the end of the program. Each
 * place is a file of its own: chats that end at once in several places do not meet.
 */
export class ReadMarkers {
  readonly #path: string;

  /** Uses the folder at `path`, which is made when there is something to keep. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What was seen last in a place; undefined if that is not known.
   *
   * @throws when the file cannot be read.
   */
  async read(place: ReadMarkerKey): Promise<ReadMarker | undefined> {
    try {
      const seen: unknown = JSON.parse(await Deno.readTextFile(await this.#filePath(place)));
      return isReadMarker(seen) ? seen : undefined;
    } catch (error) {
      // A file that somebody has damaged is worth no more than one that is not there.
      if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /**
   * Keeps what was seen last in a place.
   *
   * @throws {WriteError} if the file cannot be written.
   */
  async write(place: ReadMarkerKey, { history, seq, time }: ReadMarker): Promise<void> {
    if (history.length > MAX_HISTORY_CHARS) return;
    const text = JSON.stringify({ history, seq, time });
    await writeAtomically(await this.#filePath(place), text, { replace: true, makeFolder: true });
    await this.#forget();
  }

  async #filePath({ address, room, name }: ReadMarkerKey): Promise<string> {
    const key = JSON.stringify([address, foldName(room), foldName(name)]);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    return join(this.#path, new Uint8Array(digest).toHex());
  }

  /** Removes the oldest files, if there are too many. */
  async #forget(): Promise<void> {
    const files: string[] = [];
    for await (const { name } of Deno.readDir(this.#path)) {
      if (OURS.test(name)) files.push(join(this.#path, name));
    }
    if (files.length <= MAX_PLACES) return;
    const ages = await Promise.all(
      files.map(async (file) => ({ file, ms: await modifiedTime(file) })),
    );
    const oldest = ages.sort((a, b) => a.ms - b.ms).slice(0, -MAX_PLACES);
    await Promise.all(oldest.map(({ file }) => Deno.remove(file).catch(ignoreMissing)));
  }
}

/** Where such a folder belongs; undefined in an environment without a home. */
export function readMarkersPath(env: (name: string) => string | undefined): string | undefined {
  const folder = stateFolder(env);
  return folder && join(folder, "seen");
}

async function modifiedTime(file: string): Promise<number> {
  const info = await Deno.stat(file).catch(ignoreMissing);
  return info?.mtime?.getTime() ?? 0;
}

/** Another chat, which ends just now, has removed or renamed the file. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function isReadMarker(value: unknown): value is ReadMarker {
  if (typeof value !== "object" || value === null) return false;
  const { history, seq, time } = value as Partial<Record<keyof ReadMarker, unknown>>;
  return typeof history === "string" && Number.isSafeInteger(seq) && Number.isSafeInteger(time);
}
