import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { Acceptor, type AcceptorOptions } from "./acceptor.ts";
import { parseListenAddress } from "./listen_address.ts";
import { beginsTls, detectProtocol } from "./protocol.ts";
import { refusePlaintext } from "./refuse_plaintext.ts";

/** The TLS options of a listener. */
export interface ListenerTls {
  /** The certificate, in PEM. */
  readonly cert: string;
  /** Its private key, in PEM. */
  readonly key: string;
  /** The authorities of client certificates, in PEM; undefined if clients need none. */
  readonly clientCa: string | undefined;
  /** The timeout of the TLS handshake, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** The protocols that a client may choose from (ALPN). */
  readonly protocols: readonly string[];
}

/** Callbacks for new connections. */
export interface ConnectionHandlers {
  /**
   * Called at once for each connection; destroys it to refuse it. For `maybeOwn` see
   * {@linkcode AcceptorOptions.accept}.
   */
  readonly admit: (socket: Socket, maybeOwn: boolean) => void;
  /**
   * Called once a connection is plaintext, unless it was destroyed. `bare` is the underlying
   * socket.
   */
  readonly accept: (plain: Socket, bare: Socket) => void;
}

/** The address to listen on, and how to use its connections. */
export interface ListenerOptions
  extends
    ConnectionHandlers,
    Pick<AcceptorOptions, "address" | "socketMode" | "report" | "onChange"> {
  /** Default: plaintext. */
  readonly tls?: ListenerTls | undefined;
}

/**
 * A listening socket and its connections. gRPC does not listen itself: the owner of the sockets can
 * cut one whose peer neither reads nor hangs up.
 */
export class Listener {
  readonly #acceptor: Acceptor;
  readonly #sockets: Set<Socket>;

  private constructor(acceptor: Acceptor, sockets: Set<Socket>) {
    this.#acceptor = acceptor;
    this.#sockets = sockets;
  }

  /**
   * Listens on an address and hands over each connection, with `tls` once it is encrypted. Replaces
   * a socket file left by a killed server.
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
        // Already reset by its peer: it has no address to apply bounds and bans to.
        if (!isUnix && socket.remoteAddress === undefined) return void socket.destroy();
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", destroy); // A peer that breaks off is not an error here.
        admit(socket, maybeOwn); // Before TLS: an unfinished handshake counts too.
        if (socket.destroyed) return;
        if (encrypt) encrypt(socket);
        else accept(socket, socket);
      },
    });
    return new Listener(acceptor, sockets);
  }

  /** The address that it listens on, with the actual port. */
  get address(): string {
    return this.#acceptor.address;
  }

  /** Stops accepting connections. Resolves when the last one has closed. */
  async close(): Promise<void> {
    this.#acceptor.close();
    await Promise.all(
      Array.from(
        this.#sockets,
        (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())),
      ),
    );
  }

  /** Cuts the remaining connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * Returns a function that accepts a connection once its TLS handshake is done, and drops one that
 * fails it. A request of HTTP/1.1 in plaintext is answered in words, where that is a protocol to
 * choose: its peer would not understand the alert of TLS.
 */
function tlsHandler(
  { cert, key, clientCa, handshakeTimeoutMs, protocols }: ListenerTls,
  accept: ConnectionHandlers["accept"],
): (bare: Socket) => void {
  // This server never listens: connections are handed to it.
  const server = createTlsServer({
    cert,
    key,
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    ALPNProtocols: [...protocols],
    minVersion: "TLSv1.2",
    handshakeTimeout: handshakeTimeoutMs,
  }, (socket) => {
    socket.on("error", destroy);
    accept(socket, underlyingSocket(socket));
  });
  // The peer speaks no TLS or an old version, or has no certificate. Deno leaves it connected.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const encrypt = (bare: Socket) => void server.emit("connection", bare);
  if (!protocols.includes("http/1.1")) return encrypt;
  return (bare) =>
    detectProtocol(bare, (protocol, begin) => {
      if (protocol === "http1" && !beginsTls(begin)) refusePlaintext(bare);
      else encrypt(bare);
    });
}

/** Listens to a socket; a function for all of them takes no memory for each. */
function destroy(this: Socket): void {
  this.destroy();
}

/** The socket below a TLS socket. */
function underlyingSocket(socket: TLSSocket): Socket {
  // A private field that the types omit. Without it the connection cannot be identified.
  const { _parent } = socket as unknown as { _parent: Socket };
  return _parent;
}
