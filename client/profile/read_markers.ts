import { join } from "node:path";
import { writeAtomically } from "../../platform/atomic_file.ts";
import { isMissing, reasonFor } from "../../platform/errno.ts";
import { foldName } from "../../room/note.ts";
import type { Position } from "../chat.ts";
import { stateFolder } from "./config_folder.ts";

/** The last note that a person saw in a room. */
export interface ReadMarker extends Position {
  /** The time of that, in milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A room of a chat, as one person sees it. */
export interface ReadMarkerKey {
  /** The servers of the chat: each `HOST:PORT` or `unix:PATH`. */
  readonly addresses: readonly string[];
  /** The room. */
  readonly room: string;
  /** The name of the person. */
  readonly name: string;
}

/** The most files that are kept. Those of rooms not visited for longest are removed. */
const MAX_PLACES = 1_000;

/**
 * The longest identifier of a history that is stored. This server uses 36 characters; others may
 * not.
 */
const MAX_HISTORY_CHARS = 100;

/** The names of its files, and the temporary names that a killed chat leaves. */
const OURS = /^[0-9a-f]{64}(\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;

/**
 * Stores in a folder the last note that was seen in each room. Each room has its own file, so that
 * chats that end at the same time in several rooms do not conflict. It has one for each address of
 * the chat, so that a person who joins by another list of addresses still finds it.
 */
export class ReadMarkers {
  readonly #path: string;

  /** Uses the folder at `path`. {@linkcode write} makes it. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Returns the last note that was seen in a room, by any of the addresses; undefined if it is
   * unknown.
   *
   * @throws {Error} if a file cannot be read.
   */
  async read(place: ReadMarkerKey): Promise<ReadMarker | undefined> {
    const paths = await this.#filePaths(place);
    const seen = await Promise.all(paths.map((path) => this.#readFile(path)));
    return seen.filter((marker) => marker !== undefined).sort((a, b) => b.time - a.time)[0];
  }

  async #readFile(path: string): Promise<ReadMarker | undefined> {
    try {
      const seen: unknown = JSON.parse(await Deno.readTextFile(path));
      return isReadMarker(seen) ? seen : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (error instanceof SyntaxError) return undefined; // A damaged file counts as a missing one.
      throw new Error(`Cannot read "${path}": ${reasonFor(error)}`, { cause: error });
    }
  }

  /**
   * Stores the last note that was seen in a room.
   *
   * @throws {WriteError} if the file cannot be written.
   */
  async write(place: ReadMarkerKey, { history, seq, time }: ReadMarker): Promise<void> {
    if (history.length > MAX_HISTORY_CHARS) return;
    const text = JSON.stringify({ history, seq, time });
    for (const path of await this.#filePaths(place)) {
      await writeAtomically(path, text, { replace: true, makeFolder: true });
    }
    await this.#forget();
  }

  #filePaths({ addresses, room, name }: ReadMarkerKey): Promise<string[]> {
    return Promise.all(addresses.map(async (address) => {
      const key = JSON.stringify([address, foldName(room), foldName(name)]);
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
      return join(this.#path, new Uint8Array(digest).toHex());
    }));
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

/** The path of such a folder; undefined in an environment without a home. */
export function readMarkersPath(env: (name: string) => string | undefined): string | undefined {
  const folder = stateFolder(env);
  return folder && join(folder, "seen");
}

async function modifiedTime(file: string): Promise<number> {
  const info = await Deno.stat(file).catch(ignoreMissing);
  return info?.mtime?.getTime() ?? 0;
}

/** Another chat that ends at the same time may have removed or renamed the file. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function isReadMarker(value: unknown): value is ReadMarker {
  if (typeof value !== "object" || value === null) return false;
  const { history, seq, time } = value as Partial<Record<keyof ReadMarker, unknown>>;
  return typeof history === "string" && Number.isSafeInteger(seq) && Number.isSafeInteger(time);
}
