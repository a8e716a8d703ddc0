/**
 * Servers with behavior that this program's server never shows: they stay silent, send anything,
 * or know only the original contract.
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
import {
  chatServer,
  type ClientFrame,
  type JoinMessage,
  type NoteInit,
  type ServerFrameInit,
} from "../../../proto/mod.ts";
import { STATUS } from "../../../proto/status.ts";

/** Welcomes a peer to an empty room. */
export function welcome({ name, room }: JoinMessage): ServerFrameInit {
  const head = { history: "h", seq: 0 };
  const roster = { people: [] };
  return { welcome: { room, name, head, roster, max_note_bytes: 100, next: 1 } };
}

/** A server of the tests. Stopped when disposed. */
export class FakeServer implements Disposable {
  readonly #server: Server;
  /** The address it listens on. */
  readonly address: string;
  /** Resolves when a session has posted. */
  readonly posted: Promise<void>;

  private constructor(server: Server, port: number, posted: Promise<void>) {
    this.#server = server;
    this.posted = posted;
    this.address = `127.0.0.1:${port}`;
  }

  /** A server that welcomes everybody, accepts so many posts, and is silent from then on. */
  static accepting(count: number): Promise<FakeServer> {
    let seq = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    return FakeServer.#start({
      Session(call: ServerDuplexStream<ClientFrame, ServerFrameInit>) {
        call.on("data", ({ join, posts }: ClientFrame) => {
          if (posts.length > 0) resolve();
          for (const { id } of posts) if (seq < count) call.write({ acks: [{ id, seq: ++seq }] });
          if (join) call.write(welcome(join));
        });
        call.on("end", () => call.end());
      },
    }, promise);
  }

  /**
   * A server that answers each frame of a session with the frames that `answer` returns, if any.
   */
  static answering(
    answer: (frame: ClientFrame) => ServerFrameInit | readonly ServerFrameInit[] | undefined,
  ): Promise<FakeServer> {
    return FakeServer.#start({
      Session(call: ServerDuplexStream<ClientFrame, ServerFrameInit>) {
        call.on("data", (frame: ClientFrame) => {
          for (const answered of [answer(frame) ?? []].flat()) call.write(answered);
        });
        call.on("end", () => call.end());
      },
    });
  }

  /**
   * A server that uses `text` for every name: rooms, people, reasons. It accepts posts, but refuses
   * `refuse` and orders, and breaks off at `break`. It refuses clients that reconnect after that.
   */
  static hostile(text: string): Promise<FakeServer> {
    const time = Date.UTC(2026, 10, 22);
    const note = { name: text, message: `${text}\n${text}`, to: text, time };
    const topic = { text, by: text, time: 2 ** 60, locked_by: text };
    let broken = false;
    return FakeServer.#start({
      Session(call: ServerDuplexStream<ClientFrame, ServerFrameInit>) {
        let head = 3;
        call.on("data", ({ join, posts, list_rooms, orders }: ClientFrame) => {
          if (join && broken) call.write({ goodbye: { code: STATUS.invalid, reason: text } });
          else if (join) {
            call.write({
              welcome: {
                room: text,
                name: text,
                head: { history: text, seq: head },
                roster: {
                  people: [text, "ann"].map((name) => ({ name, verified: false, sessions: 1 })),
                },
                max_note_bytes: 100,
                next: 1,
                orders: true,
                topic,
              },
            });
            call.write({ topic: { ...topic, text: `${text} ${text}`, locked: true } });
            call.write({
              lost: 1,
              notes: [1, 2, 3].map((seq) => ({ ...note, seq, kind: seq % 3 })),
            });
            call.write({
              changes: [
                { name: "ann", verified: false, sessions: 0, joined: false, reason: text },
                { name: `${text}1`, verified: false, sessions: 1, joined: true, reason: "" },
                {
                  name: `${text}2`,
                  verified: false,
                  sessions: 1,
                  joined: true,
                  reason: "",
                  was: `${text}0`,
                },
              ],
            });
          }
          for (const { id, message } of posts) {
            if (message === "break") {
              broken = call.emit("error", { code: STATUS.unavailable, details: text });
            } else if (message !== "refuse") call.write({ acks: [{ id, seq: ++head }] });
            else call.write({ refusals: [{ id, code: STATUS.invalid, reason: text }] });
          }
          if (list_rooms) {
            const room = { name: text, members: 1, topic: text };
            call.write({ rooms: { rooms: [room], more: 0 } });
          }
          const whom = { whom: text, name: text, by: text, reason: text };
          const sanctions = [{ ...whom, action: 99, time: 2 ** 60, until: 2 ** 60 }];
          const outcomes = orders.map(({ action }) => ({
            code: action ? STATUS.invalid : 0,
            words: text,
            sanctions,
          }));
          if (orders.length > 0) call.write({ outcomes });
        });
        call.on("end", () => call.end());
      },
    });
  }

  /** A server of the original contract with these notes. It accepts others and discards them. */
  static original(notes: readonly NoteInit[]): Promise<FakeServer> {
    return FakeServer.#start({
      ChatStream(call: ServerWritableStream<unknown, NoteInit>) {
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
    // Left out, so that the server itself answers that it does not know the method.
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
