import { createConnection, createServer, type Server, type Socket } from "node:net";
import { lstat, unlink } from "node:fs/promises";
import { createServer as createTlsServer } from "node:tls";
import { cannotListen, splitAddress } from "./listen_address.ts";
import type { ServerTls } from "./tls.ts";

/** How to listen with TLS. */
export interface ListenerTls extends ServerTls {
  /** How long a peer may take to agree on keys, in milliseconds. */
  readonly handshakeTimeoutMs: number;
}

/** What becomes of the connections that come in. */
export interface Arrivals {
  /** Hears of each at once; it destroys those that are not to come in. */
  readonly admit: (socket: Socket) => void;
  /** Takes each over once it is plaintext, unless it has been destroyed. */
  readonly accept: (socket: Socket) => void;
}

/**
 * A listening socket and the connections that came through it. gRPC itself listens
 * nowhere: whoever owns the sockets can cut one whose peer neither reads nor hangs up.
 */
export class Listener {
  /** Where it listens, with the port that was picked. */
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(address: string, server: Server, sockets: Set<Socket>) {
    this.address = address;
    this.#server = server;
    this.#sockets = sockets;
  }

  /**
   * Listens on `address`, `HOST:PORT` (port 0 picks a free one) or `unix:PATH`, and hands
   * over each connection, with `tls` once it is encrypted. A socket file that a killed
   * server left is replaced.
   *
   * @throws {ChatError} `unavailable`, if the address cannot be listened on.
   */
  static async open(
    address: string,
    { admit, accept }: Arrivals,
    tls?: ListenerTls,
  ): Promise<Listener> {
    const sockets = new Set<Socket>();
    const server = tls ? encrypted(tls, accept) : createServer({ noDelay: true }, accept);
    // First of all listeners, and on the bare socket: one that never agrees on keys counts too.
    server.prependListener("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy()); // A peer that breaks off is no event here.
      admit(socket);
    });
    const path = /^unix:(.*)$/s.exec(address)?.[1];
    try {
      if (path === undefined) {
        const { host, port } = splitAddress(address);
        await listen(server, { host, port });
      } else {
        await listen(server, { path }).catch(async (error) => {
          if (error.code !== "EADDRINUSE") throw error;
          if (!(await lstat(path)).isSocket()) {
            throw new Error("there is a file, and it is no socket");
          }
          if (await isServed(path)) throw error;
          await unlink(path);
          await listen(server, { path });
        });
      }
    } catch (cause) {
      server.close();
      throw cannotListen(address, cause);
    }
    const bound = server.address();
    const picked = bound !== null && typeof bound === "object"
      ? address.replace(/:\d+$/, `:${bound.port}`)
      : address;
    return new Listener(picked, server, sockets);
  }

  /** Accepts no more connections; resolves when the last one has closed. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Cuts the connections that are still open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A server that hands on connections once they are encrypted, and drops those that never are. */
function encrypted(
  { cert, key, clientCa, handshakeTimeoutMs }: ListenerTls,
  accept: (socket: Socket) => void,
): Server {
  const server = createTlsServer({
    cert,
    key,
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    handshakeTimeout: handshakeTimeoutMs,
    noDelay: true,
  }, (socket) => {
    socket.on("error", () => socket.destroy());
    accept(socket);
  });
  // Whoever speaks no TLS, an old one, or shows no certificate; Deno leaves it connected.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

function listen(
  server: Server,
  where: { host: string; port: number } | { path: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** True if somebody answers on the Unix socket `path`. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path });
    const answer = (served: boolean) => {
      probe.destroy();
      resolve(served);
    };
    probe.once("connect", () => answer(true));
    probe.once("error", () => answer(false));
  });
}
