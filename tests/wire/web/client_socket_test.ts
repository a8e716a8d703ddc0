import { assertEquals, assertRejects } from "@std/assert";
import { WebSocketConnection } from "../../../client/net/web_socket.ts";
import type { SessionCall } from "../../../client/net/transport.ts";
import { ChatError } from "../../../room/errors.ts";
import { freePort } from "../../support/program.ts";

/** A server that only knows WebSockets, and the frames that it received. */
class FakeWebSocketServer implements AsyncDisposable {
  readonly origin: string;
  readonly received: unknown[] = [];
  /** Settles with the status of the first WebSocket that is closed. */
  readonly closed = Promise.withResolvers<number>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Calls `answer` with each frame; the first call, with none, is for the open WebSocket. */
  constructor(answer: (socket: WebSocket, frame?: string) => void) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      assertEquals(new URL(request.url).pathname, "/session");
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onopen = () => answer(socket);
      socket.onmessage = ({ data }) => {
        this.received.push(JSON.parse(data));
        answer(socket, data);
      };
      socket.onclose = ({ code }) => this.closed.resolve(code);
      return response;
    });
    this.origin = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closed.promise;
    await this.#server.shutdown();
  }
}

const never = () => new AbortController().signal;

/** Reads all frames, as the room of each welcome and the ids of each answer. */
async function readAll({ frames }: SessionCall): Promise<string[]> {
  const read: string[] = [];
  for await (const { welcome, acks, goodbye } of frames) {
    read.push(welcome?.room ?? goodbye?.reason ?? acks.map(({ id }) => id).join());
  }
  return read;
}

const WELCOME = '{"welcome":{"room":"lobby"}}';

Deno.test("WebSocketConnection sends what was said before it is open, and reads frames in order", async () => {
  await using server = new FakeWebSocketServer((socket, frame) => {
    if (!frame) return socket.send(WELCOME);
    socket.send('{"acks":[{"id":"a","seq":"1"}]}');
    socket.send('{"goodbye":{"code":14,"reason":"stopping"}}');
    socket.close(1000);
  });
  const connection = new WebSocketConnection(server.origin);
  const call = connection.session(never());
  call.send({ join: { name: "ann", key: Uint8Array.of(1, 2) }, list_rooms: true });
  assertEquals(await readAll(call), ["lobby", "a", "stopping"]);
  assertEquals(server.received, [{ join: { name: "ann", key: "AQI=" }, listRooms: true }]);
  assertEquals(connection.identify(), {
    transport: "web",
    id: new TextEncoder().encode(server.origin),
  });
  connection.close();
});

Deno.test("WebSocketConnection ends after the last answer", async () => {
  let sent: (() => void) | undefined;
  await using server = new FakeWebSocketServer((socket, frame) => {
    if (!frame) return socket.send(WELCOME);
    sent = () => socket.send('{"acks":[{"id":"a"}],"refusals":[{"id":"b","code":8}]}');
  });
  const call = new WebSocketConnection(server.origin).session(never());
  const { value: first } = await call.frames.next();
  assertEquals(first?.welcome?.room, "lobby");
  const post = { message: "hi", kind: 0, to: "" };
  call.send({ posts: [{ ...post, id: "a" }, { ...post, id: "b" }] });
  call.end();
  const next = call.frames.next();
  while (!sent) await new Promise((resolve) => setTimeout(resolve));
  sent();
  assertEquals((await next).value?.refusals[0]?.id, "b");
  assertEquals((await call.frames.next()).done, true);
  assertEquals(await server.closed.promise, 1000);
});

Deno.test("WebSocketConnection ends at once without anything to wait for", async () => {
  await using server = new FakeWebSocketServer((socket, frame) => {
    if (!frame) socket.send(WELCOME);
  });
  const call = new WebSocketConnection(server.origin).session(never());
  await call.frames.next();
  call.end();
  assertEquals(await readAll(call), []);
});

Deno.test("WebSocketConnection ends without an error when it is canceled", async () => {
  for (const cancel of ["signal", "close", "before"]) {
    const opened = Promise.withResolvers<void>();
    await using server = new FakeWebSocketServer(() => opened.resolve());
    const connection = new WebSocketConnection(server.origin);
    const left = new AbortController();
    if (cancel === "before") {
      left.abort();
      server.closed.resolve(0); // There never was a WebSocket.
    }
    const reading = readAll(connection.session(left.signal));
    if (cancel !== "before") await opened.promise;
    if (cancel === "close") connection.close();
    else left.abort();
    assertEquals(await reading, [], cancel);
  }
});

Deno.test.each([
  [1001, "", "the server is stopping"],
  [1011, "", "the server failed"],
  [1013, "", "the server is overloaded"],
  [3999, "", "the connection broke"],
  [1008, "Too many sessions", "Too many sessions"],
])(
  "WebSocketConnection fails with a reason when it is closed with %d %s",
  async (code, reason, words) => {
    await using server = new FakeWebSocketServer((socket) => socket.close(code, reason));
    const call = new WebSocketConnection(server.origin).session(never());
    const error = await assertRejects(() => readAll(call), ChatError);
    assertEquals([error.code, error.message], ["unavailable", words]);
  },
);

Deno.test.each(["hello", "[1]", '{"notes":7}', '{"lost":"x"}'])(
  "WebSocketConnection fails if the server sends %s",
  async (text) => {
    await using server = new FakeWebSocketServer((socket) => socket.send(text));
    const call = new WebSocketConnection(server.origin).session(never());
    const error = await assertRejects(() => readAll(call), ChatError);
    assertEquals([error.code, error.message], ["unavailable", "it is not a chat server"]);
  },
);

Deno.test("WebSocketConnection fails if nothing listens there", async () => {
  const call = new WebSocketConnection(`http://127.0.0.1:${freePort()}`).session(never());
  const error = await assertRejects(() => readAll(call), ChatError);
  assertEquals([error.code, error.message], ["unavailable", "the server cannot be reached"]);
});
