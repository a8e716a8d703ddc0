import { errnoOf, errnoWords } from "../../platform/errno.ts";
import type { Address, TcpAddress } from "../../text/address.ts";
import { formatNumber } from "../../text/number.ts";
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from "node:net";
import { lstatSync, unlinkSync } from "node:fs";
import { chmod, lstat, mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** Accepts a connection. */
export type Accept = (socket: Socket) => void;

/** A listening socket. */
export interface ListeningSocket {
  /** The address that it listens on, with the actual port. */
  readonly address: Address;
  /** Whether the path, if any, still leads to this socket. */
  isInPlace(): boolean;
  /** Stops listening. Open connections stay open. */
  close(): void;
}

/** Listens on TCP; port 0 picks a free one. */
export async function listenTcp(
  where: TcpAddress,
  accept: Accept,
): Promise<ListeningSocket> {
  const server = await listen(where, accept);
  const { address, port } = server.address() as AddressInfo; // It is TCP.
  return {
    address: { host: address, port },
    isInPlace: () => true,
    close: () => void server.close(),
  };
}

/**
 * Listens on a Unix socket with the permissions `mode`. The socket is created in a private folder,
 * gets its mode, and is then moved to its path: chmod at the path would leave a moment in which the
 * umask decides. The move also replaces an old socket without a gap.
 */
export async function listenUnix(
  path: string,
  accept: Accept,
  mode: number,
): Promise<ListeningSocket> {
  const folder = await makeHidden(dirname(path));
  try {
    const hidden = `${folder}/s`;
    const server = await listen({ path: hidden }, accept);
    const { dev, ino } = lstatSync(hidden);
    const isInPlace = () => {
      try {
        const now = lstatSync(path);
        return now.dev === dev && now.ino === ino;
      } catch {
        return false; // Whatever the reason, clients cannot reach it there.
      }
    };
    try {
      await chmod(hidden, mode);
      await rename(hidden, path);
    } catch (error) {
      server.close();
      throw error;
    }
    const close = () => {
      if (isInPlace()) unlinkSync(path);
      server.close();
    };
    return { address: { path }, isInPlace, close };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Checks that a Unix socket may be created at `path`: there is no file, or only a dead socket left
 * by a killed server.
 */
export async function checkFree(path: string): Promise<void> {
  const utf8Length = (text: string) => new TextEncoder().encode(text).length;
  // The system's limit on paths, reduced if the name is shorter than that of the hidden folder.
  const bound = (Deno.build.os === "linux" ? 107 : 103) -
    Math.max(0, HIDDEN_BYTES - utf8Length(basename(path)));
  const bytes = utf8Length(path);
  if (bytes > bound) {
    throw new Error(
      `its path has ${formatNumber(bytes)} bytes: must be at most ${formatNumber(bound)}`,
    );
  }
  const found = await lstat(path).catch((error) => {
    if (errnoOf(error) !== "ENOENT") throw error;
  });
  if (!found) return;
  if (!found.isSocket()) throw new Error("the file is not a socket");
  if (await isServed(path)) throw new Error(errnoWords("EADDRINUSE"));
}

/** A very short name, since the path of a socket is limited to about 100 bytes. */
function hiddenName(): string {
  return `.${Math.floor(Math.random() * 36 ** 3).toString(36).padStart(3, "0")}`;
}

/** The length of such a name with the socket's name in it. */
const HIDDEN_BYTES = ".xxx/s".length;

/** Creates a folder that only this user can enter. */
async function makeHidden(parent: string): Promise<string> {
  for (let tries = 1;; tries++) {
    const folder = `${parent}/${hiddenName()}`;
    try {
      await mkdir(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST" || tries === 100) throw error;
    }
  }
}

function listen(where: Address, accept: Accept): Promise<Server> {
  const server = createServer({ noDelay: true }, accept);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

/** Returns whether a process listens on the Unix socket `path`. If in doubt, it returns true. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path });
    const answer = (served: boolean) => {
      probe.destroy();
      resolve(served);
    };
    probe.once("connect", () => answer(true));
    probe.once("error", (error) => {
      const errno = errnoOf(error);
      answer(errno !== "ECONNREFUSED" && errno !== "ENOENT");
    });
  });
}
