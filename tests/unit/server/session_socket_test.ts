import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { EventEmitter, once } from "node:events";
import { PassThrough } from "node:stream";
import { chatServer } from "../../../proto/mod.ts";
import { UnreadBytes } from "../../../server/net/unread_bytes.ts";
import { SessionSocket, type WebSocket } from "../../../server/web/socket/session_socket.ts";
import { MESSAGE_BYTES, UnreadMessages } from "../../../server/web/socket/unread_messages.ts";

/** A WebSocket without a peer. */
class FakeWebSocket extends EventEmitter implements WebSocket {
  readonly readyState = 1;
  isPaused = false;
  isTerminated = false;
  pings = 0;
  closeCode: number | undefined;
  pause() {
    this.isPaused = true;
  }
  resume() {
    this.isPaused = false;
  }
  send() {} // Nothing ever leaves.
  ping() {
    this.emit("pinged", ++this.pings);
  }
  pong() {}
  close(code: number) {
    this.closeCode = code;
  }
  terminate() {
    this.isTerminated = true;
    this.emit("terminated");
  }
}

/** A session over it, which pings often. */
function setUp() {
  const accepted = new FakeWebSocket();
  const bare = new PassThrough();
  const connection = { recordPing: () => {}, unread: new UnreadBytes(() => {}) };
  const options = { connection, socket: bare, keepaliveMs: 5, keepaliveTimeoutMs: 0 };
  return { accepted, bare, session: new SessionSocket(accepted, options) };
}

Deno.test("SessionSocket cuts a peer that does not answer a ping", async () => {
  const { accepted, session } = setUp();
  using _session = session;
  await once(accepted, "terminated");
});

Deno.test("SessionSocket keeps a peer that sends anything after a ping", async () => {
  const { accepted, bare, session } = setUp();
  using _session = session;
  accepted.on("pinged", () => bare.emit("data", new Uint8Array(2)));
  for (let pings = 0; pings < 4; pings++) await once(accepted, "pinged");
  assertEquals(accepted.isTerminated, false);
});

Deno.test("SessionSocket keeps a peer of which it reads nothing, unless nothing can be sent either", async () => {
  const { accepted, session } = setUp();
  using _session = session;
  accepted.emit("message", Buffer.from("{}"), false);
  assertEquals(accepted.isPaused, true);
  for (let pings = 0; pings < 4; pings++) await once(accepted, "pinged");
  assertEquals(accepted.isTerminated, false);
  session.sayGoodbye({ code: 14, details: "" });
  await once(accepted, "terminated");
});

Deno.test("SessionSocket receives the next message when it is wanted", async () => {
  const { accepted, session } = setUp();
  using _session = session;
  const decode = (bytes: Buffer) => chatServer.Session.requestDeserialize(bytes);
  const frames = session.readFrames(decode, new AbortController().signal);
  const states: boolean[] = [];
  for (let at = 0; at < 3; at++) {
    const next = frames.next();
    states.push(accepted.isPaused);
    accepted.emit("message", Buffer.from('{"listRooms":true}'), false);
    states.push(accepted.isPaused);
    assertEquals((await next).value?.list_rooms, true);
  }
  assertEquals(states, [false, true, false, true, false, true]);
});

Deno.test("SessionSocket closes with a code that says why", () => {
  const codes: [status: number, isStopping: boolean, code: number][] = [
    [7, false, 1000],
    [14, true, 1001],
    [13, false, 1011],
  ];
  for (const [code, isStopping, expected] of codes) {
    const { accepted, session } = setUp();
    using _session = session;
    session.sayGoodbye({ code, details: "" });
    session.close({ isStopping });
    assertEquals(accepted.closeCode, expected);
  }
});

Deno.test("UnreadMessages counts what has been received but not read", () => {
  const bytes = new UnreadBytes(() => {});
  const unread = new UnreadMessages(bytes);
  const counted: number[] = [];
  const count = () => counted.push(bytes.bytes);
  unread.receive(6 + 100 + 50); // A message of 100 bytes, and the begin of another one.
  unread.complete(100);
  count();
  unread.take(100);
  count();
  unread.receive(8 + 200 - 50);
  unread.complete(200);
  unread.take(200);
  count();
  for (let part = 0; part < 10; part++) unread.receive(6 + 10); // Parts of one message.
  count();
  unread.complete(100);
  unread.take(100);
  count();
  unread.receive(6);
  unread.complete(0);
  unread.take(0);
  count();
  unread.close();
  count();
  assertEquals(counted, [150 + MESSAGE_BYTES, 50, 0, 160, 16, 6, 0]);
});
