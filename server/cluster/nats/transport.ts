import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Server } from "@nats-io/transport-node";
import { NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

/** A connection to one node: the package's own one without its faults. */
export class NatsTransport extends NodeTransport {
  /** The error of a socket. */
  #error: Error | undefined;

  override async dial(server: Server): Promise<Socket> {
    return this.#keepListener(await super.dial(server));
  }

  /** The package's listener is too late if a node refuses the certificate of this server. */
  override startTLS(): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    const options = { servername: this.tlsName, ...this.options.tls, socket: this.socket };
    const socket = this.#keepListener(connect(options, () => resolve(socket)));
    socket.on("error", reject).on("close", () => reject(new Error("the connection was closed")));
    return promise;
  }

  /** The package misses what happened to a socket just before. */
  override setupHandlers(): void {
    super.setupHandlers();
    if (this.#error || this.socket.destroyed) void this.close(this.#error);
  }

  /** The package has the last error, such as that of a write, and not the cause. */
  override async closed(): Promise<void | Error> {
    const last = await super.closed();
    const error = this.#error ?? last;
    if (error) this.closeError = error;
    return error;
  }

  /** The package leaves a socket open that is not connected yet. */
  override async close(error?: Error): Promise<void> {
    if (!this.connected) this.discard();
    await super.close(error);
  }

  /** The package first waits until all is sent, which never happens if the node is suspended. */
  override disconnect(): void {
    void this.close();
  }

  /**
   * Keeps a listener for errors. The package removes all listeners of its sockets, so that a late
   * error of TLS would end the process.
   */
  #keepListener<T extends Socket>(socket: T): T {
    const removeAll = socket.removeAllListeners.bind(socket);
    const onError = (error: Error) => void (this.#error ??= error);
    socket.removeAllListeners = (...events: Parameters<typeof removeAll>) =>
      removeAll(...events).on("error", onError);
    return socket.on("error", onError);
  }
}
