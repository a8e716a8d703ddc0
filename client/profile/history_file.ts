import { dirname, join } from "node:path";
import { makePrivateFolder, writeAtomically, WriteError } from "../../platform/atomic_file.ts";
import { isMissing, reasonFor } from "../../platform/errno.ts";
import { foldName } from "../../room/note.ts";
import { safeJson } from "../../text/safe_json.ts";
import { stateFolder } from "./config_folder.ts";

/** A room of a chat. */
export interface HistoryPlace {
  /** The servers of the chat: each `HOST:PORT` or `unix:PATH`. */
  readonly servers: readonly string[];
  /** The room. */
  readonly room: string;
}

/** A line that a person sent in a room. */
export interface SentLine extends HistoryPlace {
  readonly line: string;
}

/** The size in bytes above which the file is written anew with the newest lines. */
const MAX_BYTES = 1_048_576;

/** The most bytes of the newest lines that it has then. */
const KEPT_BYTES = MAX_BYTES / 2;

/** The longest line that is kept, in UTF-16 units. */
const MAX_LINE_CHARS = 10_000;

/**
 * Stores the lines that a person has sent in a file, one line of JSON for each. Several programs may
 * add lines at the same time: each locks the file for that.
 */
export class HistoryFile {
  readonly #path: string;

  /** Uses the file at `path`. {@linkcode append} makes it, with its folder. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Returns the lines in the file, the oldest first. Lines that are broken are left out.
   *
   * @throws {Error} if the file cannot be read.
   */
  async read(): Promise<SentLine[]> {
    try {
      // Opening something else, such as a pipe, might never end.
      if (!(await Deno.stat(this.#path)).isFile) return [];
      using file = await Deno.open(this.#path);
      return (await readEnd(file)).map(parseLine).filter((line) => line !== undefined);
    } catch (error) {
      if (isMissing(error)) return [];
      throw new Error(`Cannot read "${this.#path}": ${reasonFor(error)}`, { cause: error });
    }
  }

  /**
   * Adds a line at the end. Lines of more than 10,000 characters are left out.
   *
   * @throws {WriteError} if the file cannot be written.
   */
  async append({ servers, room, line }: SentLine): Promise<void> {
    if (line.length > MAX_LINE_CHARS) return;
    const added = `${safeJson({ servers, room, line })}\n`;
    try {
      await makePrivateFolder(dirname(this.#path));
      using file = await this.#openLocked();
      if (file) await this.#write(file, added);
    } catch (error) {
      throw error instanceof WriteError ? error : new WriteError(this.#path, error);
    }
  }

  /** Opens the file; undefined if it is something else, as a link to /dev/null. */
  async #openLocked(): Promise<Deno.FsFile | undefined> {
    for (;;) {
      const there = await Deno.stat(this.#path).catch(ignoreMissing);
      if (there && !there.isFile) return undefined;
      const options = { read: true, append: true, create: true, mode: 0o600 };
      const file = await Deno.open(this.#path, options);
      await file.lock(true).catch(() => {}); // Not every file system can do that.
      // Another program may have replaced it since.
      const now = await Deno.stat(this.#path).catch(ignoreMissing);
      const { ino, dev } = await file.stat();
      if (now?.ino === ino && now.dev === dev) return file;
      file.close();
    }
  }

  async #write(file: Deno.FsFile, added: string): Promise<void> {
    const { size, mode } = await file.stat();
    if (mode !== null && Deno.build.os !== "windows" && (mode & 0o077) !== 0) {
      await Deno.chmod(this.#path, 0o600);
    }
    if (size > MAX_BYTES) {
      const kept = newest(await readEnd(file), KEPT_BYTES).map((line) => `${line}\n`).join("");
      const path = await Deno.realPath(this.#path); // It may be a link.
      return await writeAtomically(path, kept + added, { replace: true });
    }
    // A program that was killed may have left a part of a line.
    const separator = size > 0 && await lastByte(file) !== LF ? "\n" : "";
    const bytes = new TextEncoder().encode(separator + added);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  }
}

/** The path of such a file; undefined in an environment without a home. */
export function historyPath(env: (name: string) => string | undefined): string | undefined {
  const folder = stateFolder(env);
  return folder && join(folder, "history");
}

/** Returns the lines that were sent in a room, through any of the servers, the oldest first. */
export function linesOf(sent: readonly SentLine[], { servers, room }: HistoryPlace): string[] {
  const folded = foldName(room);
  return sent.filter((line) =>
    foldName(line.room) === folded && line.servers.some((server) => servers.includes(server))
  ).map(({ line }) => line);
}

const LF = 10;

/** Reads the lines at the end of a file, up to the size at which it is written anew. */
async function readEnd(file: Deno.FsFile): Promise<string[]> {
  const { size } = await file.stat();
  const start = Math.max(0, size - MAX_BYTES);
  await file.seek(start, Deno.SeekMode.Start);
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    chunks.push(buffer.slice(0, read));
  }
  const lines = (await new Blob(chunks as BlobPart[]).text()).split("\n");
  return lines.slice(start > 0 ? 1 : 0).filter((line) => line !== "");
}

async function lastByte(file: Deno.FsFile): Promise<number | undefined> {
  await file.seek(-1, Deno.SeekMode.End);
  const byte = new Uint8Array(1);
  return await file.read(byte) === 1 ? byte[0] : undefined;
}

/** Returns the last of `lines`, of at most `bytes` bytes together; broken ones are left out. */
function newest(lines: readonly string[], bytes: number): string[] {
  const kept: string[] = [];
  let left = bytes;
  for (const line of lines.toReversed()) {
    left -= new TextEncoder().encode(line).length + 1;
    if (left < 0) break;
    if (parseLine(line)) kept.push(line);
  }
  return kept.reverse();
}

function parseLine(text: string): SentLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isSentLine(value) ? value : undefined;
  } catch {
    return undefined; // A program was killed while it wrote the line, or a person has edited it.
  }
}

function isSentLine(value: unknown): value is SentLine {
  if (typeof value !== "object" || value === null) return false;
  const { servers, room, line } = value as Partial<Record<keyof SentLine, unknown>>;
  return Array.isArray(servers) && servers.every((server) => typeof server === "string") &&
    typeof room === "string" && typeof line === "string" && line.length <= MAX_LINE_CHARS;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
