/**
 * A TCP proxy. It can stop reading from the server like a stalled peer, stop or cut connections like
 * a network, and answer in place of the server like other proxies.
 *
 * @module
 */

import { tcpAddress } from "./tcp_address.ts";

/** Answers a connection, and closes it. */
export type Answer = (connection: Deno.TcpConn) => Promise<void>;

/** Forwards connections to a server on this machine. */
export class Proxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: Deno.ConnectOptions;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #running: Promise<unknown>[] = [];
  #paused: PromiseWithResolvers<void> | undefined;
  #stalled: PromiseWithResolvers<void> | undefined;
  #answer: Answer | undefined;

  /** Forwards to `target`, a `HOST:PORT`. */
  constructor(target: string) {
    this.#target = tcpAddress(target);
    this.#running.push(this.#accept());
  }

  /** The address it listens on. */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Stops reading from the server. Data from clients still passes. */
  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  /** Passes nothing on in either direction, like a network that loses every packet. */
  stall(): void {
    this.#stalled ??= Promise.withResolvers();
  }

  /** Passes everything on again. */
  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
    this.#stalled?.resolve();
    this.#stalled = undefined;
  }

  /** Answers new connections by `answer` from now on; without it, forwards them again. */
  answerBy(answer?: Answer): void {
    this.#answer = answer;
  }

  /** Cuts all connections. New ones are forwarded as before. */
  cut(): void {
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#running.push(this.#forward(client));
    }
  }

  async #forward(client: Deno.TcpConn): Promise<void> {
    this.#connections.add(client);
    if (this.#answer) return await this.#answer(client).catch(throwUnlessGone);
    await this.#stalled?.promise;
    const server = await Deno.connect(this.#target).catch(() => undefined);
    if (!server) return close(client); // The closest that a proxy gets to a refused connection.
    this.#connections.add(server);
    await Promise.all([
      copy(client, server, () => this.#stalled?.promise),
      copy(server, client, () => this.#paused?.promise ?? this.#stalled?.promise),
    ]);
    this.#connections.delete(client);
    this.#connections.delete(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    this.#listener.close();
    this.cut();
    await Promise.all(this.#running);
  }
}

async function copy(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  paused: () => Promise<void> | undefined,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (true) {
      await paused();
      const length = await from.read(buffer);
      if (length === null) break;
      await paused(); // It may have begun during the read.
      for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
    }
  } catch (error) {
    throwUnlessGone(error);
  }
  close(from);
  close(to);
}

function throwUnlessGone(error: unknown): void {
  if (!isGone(error)) throw error;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    throwUnlessGone(error);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}
