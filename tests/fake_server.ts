/**
 * Servers that do what ours never does: keep silent, or know only the original contract.
 *
 * @module
 */

import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { chatServer, type ClientFrame, type NoteMessage, type ServerFrame } from "../proto/mod.ts";

/** A server of the tests, ended when it is disposed. */
export class FakeServer implements Disposable {
  readonly #server: Server;
  /** Where it listens. */
  readonly address: string;
  /** Resolves when somebody has posted on a session. */
  readonly posted: Promise<void>;

  private constructor(server: Server, port: number, posted: Promise<void>) {
    this.#server = server;
    this.posted = posted;
    this.address = `127.0.0.1:${port}`;
  }

  /** A server that lets everybody in, accepts so many posts, and is silent from there on. */
  static accepting(count: number): Promise<FakeServer> {
    let seq = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    return FakeServer.#start({
      Session(call: ServerDuplexStream<ClientFrame, ServerFrame>) {
        call.on("data", ({ join, posts = [] }: ClientFrame) => {
          if (posts.length > 0) resolve();
          for (const { id } of posts) if (seq < count) call.write({ acks: [{ id, seq: ++seq }] });
          if (!join) return;
          const { name, room } = join;
          const head = { history: "h", seq: 0 };
          const roster = { names: [] };
          call.write({ welcome: { room, name, head, roster, max_note_bytes: 100, next: 1 } });
        });
        call.on("end", () => call.end());
      },
    }, promise);
  }

  /** A server of the original contract with these notes, which takes others and forgets them. */
  static original(notes: readonly NoteMessage[]): Promise<FakeServer> {
    return FakeServer.#start({
      ChatStream(call: ServerWritableStream<unknown, NoteMessage>) {
        for (const note of notes) call.write(note);
      },
      SendNote: (_call: unknown, answer: (error: null, value: object) => void) => answer(null, {}),
    });
  }

  static async #start(
    methods: UntypedServiceImplementation,
    posted = Promise.resolve(),
  ): Promise<FakeServer> {
    const server = new Server();
    // Left out, so that the server says itself that it knows no such method.
    const { Session, ...original } = chatServer;
    server.addService("Session" in methods ? { Session } : original, methods);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createInsecure(),
      (error, port) => error ? reject(error) : resolve(port),
    );
    return new FakeServer(server, await promise, posted);
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }
}
