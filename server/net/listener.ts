import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { Acceptor, type AcceptorOptions } from "./acceptor.ts";
import { parseListenAddress } from "./listen_address.ts";

/** How to listen with TLS. */
export interface ListenerTls {
  /** The certificate, in PEM. */
  readonly cert: string;
  /** Its private key, in PEM. */
  readonly key: string;
  /** The authorities whose clients alone are let in, in PEM; undefined if all are. */
  readonly clientCa: string | undefined;
  /** How long a peer may take to agree on keys, in milliseconds. */
  readonly handshakeTimeoutMs: number;
}

/** What becomes of the connections that come in. */
export interface ConnectionHandlers {
  /**
   * Hears of each at once; it destroys those that are not to come in. One that `maybeOwn` may be
   * the server's own: see {@linkcode AcceptorOptions.accept}.
   */
  readonly admit: (socket: Socket, maybeOwn: boolean) => void;
  /** Takes each over once it is plaintext, unless it has been destroyed; `bare` is what came in. */
  readonly accept: (plain: Socket, bare: Socket) => void;
}

/** Where to listen, and with what. */
export interface ListenerOptions
  extends
    ConnectionHandlers,
    Pick<AcceptorOptions, "address" | "socketMode" | "report" | "onChange"> {
  /** With what to encrypt. Default: plaintext. */
  readonly tls?: ListenerTls | undefined;
}

/**
 * A listening socket and the connections that came through it. gRPC itself listens
 * nowhere: whoever owns the sockets can cut one whose peer neither reads nor hangs up.
 */
export class Listener {
  readonly #acceptor: Acceptor;
  readonly #sockets: Set<Socket>;

  private constructor(acceptor: Acceptor, sockets: Set<Socket>) {
    this.#acceptor = acceptor;
    this.#sockets = sockets;
  }

  /**
   * Listens on an address, and hands over each connection, with `tls` once it is encrypted. A
   * socket file that a killed server left is replaced.
   *
   * @throws {ChatError} `unavailable`, if the address cannot be listened on.
   */
  static async open(options: ListenerOptions): Promise<Listener> {
    const { admit, accept, tls, ...where } = options;
    const isUnix = "path" in parseListenAddress(where.address);
    const sockets = new Set<Socket>();
    const encrypt = tls && tlsHandler(tls, accept);
    const acceptor = await Acceptor.open({
      ...where,
      accept: (socket, maybeOwn) => {
        // Its peer has reset it: no bound and no ban would know it.
        if (!isUnix && socket.remoteAddress === undefined) return void socket.destroy();
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => socket.destroy()); // A peer that breaks off is no event here.
        admit(socket, maybeOwn); // The bare socket: one that never agrees on keys counts too.
        if (socket.destroyed) return;
        if (encrypt) encrypt(socket);
        else accept(socket, socket);
      },
    });
    return new Listener(acceptor, sockets);
  }

  /** Where it listens, with the port that was picked. */
  get address(): string {
    return this.#acceptor.address;
  }

  /** Accepts no more connections; resolves when the last one has closed. */
  async close(): Promise<void> {
    this.#acceptor.close();
    await Promise.all(
      Array.from(
        this.#sockets,
        (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())),
      ),
    );
  }

  /** Cuts the connections that are still open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Hands on connections once they are encrypted, and drops those that never are. */
function tlsHandler(
  { cert, key, clientCa, handshakeTimeoutMs }: ListenerTls,
  accept: ConnectionHandlers["accept"],
): (bare: Socket) => void {
  // It listens nowhere, but takes what it is given.
  const server = createTlsServer({
    cert,
    key,
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    handshakeTimeout: handshakeTimeoutMs,
  }, (socket) => {
    socket.on("error", () => socket.destroy());
    accept(socket, underlyingSocket(socket));
  });
  // Whoever speaks no TLS, an old one, or shows no certificate; Deno leaves it connected.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return (bare) => void server.emit("connection", bare);
}

/** What an encrypted connection came by. */
function underlyingSocket(socket: TLSSocket): Socket {
  // A field of its own that its types do not tell of; without it no connection is found again.
  const { _parent } = socket as unknown as { _parent: Socket };
  return _parent;
}
