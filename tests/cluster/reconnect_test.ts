import { dial } from "../../server/cluster/nats_dial.ts";
import { encode } from "../support/nats/entries.ts";

const INFO = `INFO ${JSON.stringify({ version: "2.15.3", proto: 1, max_payload: 1e6 })}\r\n`;

/** A node that accepts clients; one that stops closes a connection instead. */
class FakeNode implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #serving = this.#serve();
  #accepted = Promise.withResolvers<void>();
  /** Whether the next connection is closed before the client is accepted. */
  isStopping = false;

  get url(): string {
    return `nats://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Ends all connections, and resolves once another one is accepted. */
  cut(): Promise<void> {
    this.#accepted = Promise.withResolvers();
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    return this.#accepted.promise;
  }

  async #serve(): Promise<void> {
    const answers: Promise<void>[] = [];
    for await (const connection of this.#listener) answers.push(this.#answer(connection));
    await Promise.all(answers);
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    this.#connections.add(connection);
    await connection.write(encode(INFO)).catch(() => {});
    const buffer = new Uint8Array(65_536);
    for (let size; (size = await connection.read(buffer).catch(() => null));) {
      if (!new TextDecoder().decode(buffer.subarray(0, size)).includes("PING\r\n")) continue;
      if (this.isStopping) {
        this.isStopping = false;
        break;
      }
      await connection.write(encode("PONG\r\n")).catch(() => {});
      this.#accepted.resolve();
    }
    if (this.#connections.delete(connection)) connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    await this.#serving;
  }
}

Deno.test("a node that stops while a server connects to it does not delay the next attempt", async () => {
  await using node = new FakeNode();
  const nats = await dial({ urls: [node.url], dialMs: 600_000 });
  node.isStopping = true;
  await node.cut();
  await nats.close();
});
