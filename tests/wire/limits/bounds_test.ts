import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { EventEmitter } from "node:events";
import { Client, credentials } from "@grpc/grpc-js";
import { type RefusalKind, serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import { chatServer } from "../../../proto/mod.ts";
import { ChatError } from "../../../room/errors.ts";
import { resolveBounds } from "../../../server/bounds.ts";
import { throttle } from "../../../server/events/throttle.ts";
import { Connections } from "../../../server/net/connections.ts";
import { FloodMeter } from "../../../server/net/flood_meter.ts";
import { detectProtocol, type Protocol } from "../../../server/net/protocol.ts";
import { FrameScanner } from "../../../server/net/http2_frames.ts";
import { nextTick } from "../../support/next_tick.ts";
import { run, startServer } from "../../support/program.ts";
import { failure, Peer } from "../../support/wire/grpc_peer.ts";
import * as raw from "../../support/wire/raw_http2.ts";

const { concat, FLAG, frame, message, openCall, RawConnection, repeat, TYPE } = raw;

/** A server in this process, and its refusals. */
async function open(options: ServeOptions = {}) {
  const refused: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused") refused.push(event.reason);
  };
  const server = await serve({ address: "127.0.0.1:0", onEvent, ...options });
  return Object.assign(server, { refused });
}

Deno.test("FrameScanner finds the frames however the bytes are split", () => {
  const frames = [[4, 0, 0], [1, 300, 1], [0, 70_000, 0x12_34_56_78], [6, 8, 0], [
    0,
    0,
    5,
  ]] as const;
  const bytes = concat(
    raw.PREFACE,
    ...frames.map(([type, length, stream]) =>
      frame({ type, stream }, new Uint8Array(length).fill(0xff))
    ),
  );
  for (const size of [1, 2, 7, 9, 10, 1_000, bytes.length]) {
    const found: [type: number, length: number, stream: number][] = [];
    const scanner = new FrameScanner((type, length, stream) =>
      void found.push([type, length, stream])
    );
    for (let at = 0; at < bytes.length; at += size) scanner.scan(bytes.subarray(at, at + size));
    assertEquals(found, frames.map((each) => [...each]), `in pieces of ${size}`);
  }
});

Deno.test("detectProtocol() recognizes HTTP/2 by its preface, at the first wrong byte that it is not", () => {
  for (let right = 0; right <= raw.PREFACE.length; right++) {
    const bytes = concat(raw.PREFACE.subarray(0, right), new Uint8Array(100).fill(0xff));
    for (const size of [1, 7, bytes.length]) {
      const socket = new PassThrough();
      const found: [Protocol, number][] = [];
      let sent = 0;
      detectProtocol(socket as unknown as Socket, (protocol) => found.push([protocol, sent]));
      while (found.length === 0) {
        const part = bytes.subarray(sent, sent += size);
        socket.emit("data", Buffer.from(part));
      }
      const isHttp2 = right === raw.PREFACE.length;
      const needed = Math.ceil((isHttp2 ? right : right + 1) / size) * size;
      assertEquals(found, [[isHttp2 ? "http2" : "http1", needed]], `${right} right bytes`);
      assertEquals(socket.read(), Buffer.from(bytes.subarray(0, needed)), "it has all its bytes");
    }
  }
});

Deno.test("FloodMeter lets posts pay for themselves, and nothing else for long", () => {
  const post = message(1, new Uint8Array(20));
  const ping = frame({ type: TYPE.ping }, new Uint8Array(8));
  const paying = new FloodMeter(() => 0);
  assertEquals(paying.record(raw.PREFACE), undefined);
  for (let i = 0; i < 100_000; i++) {
    assertEquals(paying.record(post), undefined);
    assertEquals(paying.recordFields(6), undefined);
    paying.refundPost(20);
  }
  const sentUpTo = (each: Uint8Array) => {
    const meter = new FloodMeter(() => 0);
    meter.record(raw.PREFACE);
    for (let i = 0;; i++) {
      const bound = meter.record(each);
      if (bound !== undefined) return [i, bound];
    }
  };
  const frames = "more than 10000 frames a second (30000 at once)";
  assertEquals(sentUpTo(post), [30_000, frames]);
  assertEquals(sentUpTo(ping), [7_500, frames]);
  assertEquals(sentUpTo(openCall(1, "Session")), [
    500,
    "more than 100 calls a second (500 at once)",
  ]);
  const much = frame({ type: TYPE.headers }, new Uint8Array(16_385));
  assertEquals(sentUpTo(much), [0, "headers of more than 16384 bytes"]);
});

Deno.test("FloodMeter weighs a frame by its result, including refusals", () => {
  const bound = "more than 10000 frames a second (30000 at once)";
  const times = (take: (meter: FloodMeter) => string | undefined) => {
    const meter = new FloodMeter(() => 0);
    for (let i = 0;; i++) {
      const passed = take(meter);
      if (passed !== undefined) return [i, passed];
    }
  };
  assertEquals(times((meter) => meter.recordFields(16_384)), [7, bound]);
  assertEquals(times((meter) => meter.recordRefusal("post")), [30_000, bound]);
  assertEquals(times((meter) => meter.recordRefusal("wrong post")), [300, bound]);
  assertEquals(times((meter) => meter.recordRefusal("order")), [300, bound]);
  // The most that this project's client queues, sent at once while most of it is refused as too
  // soon.
  const hasty = new FloodMeter(() => 0);
  hasty.record(raw.PREFACE);
  for (let sent = 0; sent < 10_000; sent += 500) {
    assertEquals(hasty.record(frame({ type: TYPE.data }, new Uint8Array(500 * 60))), undefined);
    assertEquals(hasty.recordFields(500 * 5), undefined);
    for (let i = 0; i < 500; i++) assertEquals(hasty.recordRefusal("post"), undefined);
  }
});

Deno.test("FloodMeter forgives over time", () => {
  let now = 0;
  const meter = new FloodMeter(() => now);
  meter.record(raw.PREFACE);
  const each = frame({ type: TYPE.windowUpdate }, new Uint8Array(4));
  for (let i = 0; i < 50; i++, now += 1_000) {
    assertEquals(meter.record(repeat(each, 10_000)), undefined, `second ${i}`);
  }
  assert(meter.record(repeat(each, 50_001)));
});

Deno.test("throttle() reports one event of a kind per second, and how many it has suppressed", () => {
  let now = 0;
  const reports: string[] = [];
  const report = throttle((event) => {
    if (event.type !== "refused") return void reports.push(event.type);
    reports.push(
      event.more === undefined ? event.reason : `${event.reason} and ${event.more} more`,
    );
  }, () => now);
  const refuse = (kind: RefusalKind, ...reasons: string[]) => {
    for (const reason of reasons) report({ type: "refused", kind, reason });
  };
  refuse("limited", "1", "2", "3");
  refuse("flood", "other");
  report({ type: "stop" });
  now = 1_000;
  refuse("limited", "4");
  now = 2_000; // It continues: the next report is twice as long in coming.
  refuse("limited", "5");
  now = 3_000;
  refuse("limited", "6");
  now = 7_000; // It has ended: a second is long enough again.
  refuse("limited", "7");
  now = 8_000;
  refuse("limited", "8");
  const expected = ["1", "other", "stop", "4 and 2 more", "6 and 1 more", "7", "8"];
  assertEquals(reports, expected);
});

/** Reports `count` events, and returns how many were passed on. */
function passedOn(count: number, event: (i: number) => ServerEvent): number {
  let passed = 0;
  const report = throttle(() => passed++, () => 0);
  for (let i = 0; i < count; i++) report(event(i));
  return passed;
}

Deno.test("throttle() counts a network as one address, and limits slow readers", () => {
  const addressOf = (i: number) => `2001:db8::${i.toString(16)}`;
  const joins = passedOn(
    1_000,
    (i) => ({ type: "join", address: addressOf(i), unlisted: false }),
  );
  const slow = passedOn(1_000, (i) => ({ type: "slow", address: addressOf(i), behind: 1 }));
  const elsewhere = passedOn(
    1_000,
    (i) => ({ type: "slow", address: `2001:db8:0:${i.toString(16)}::1`, behind: 1 }),
  );
  assertEquals([joins, slow, elsewhere], [200, 200, 1_000]);
});

Deno.test("throttle() loses no suppressed count", () => {
  let now = 0;
  let more: number | undefined;
  const report = throttle((event) => {
    if (event.type === "join") more = event.more;
  }, () => now);
  const join = (address: string) => report({ type: "join", address, unlisted: false });
  for (let i = 0; i < 1_000; i++) join("192.0.2.1");
  now = 60_000;
  for (let i = 0; i < 1_100; i++) join(`10.0.${i >> 8}.${i & 255}`); // Enough to trigger the clean-up.
  join("192.0.2.1");
  assertEquals(more, 800);
});

Deno.test("serve() closes connections beyond the limit of an address, until one leaves", async () => {
  await using server = await open({ maxPerAddress: 2 });
  await using _first = await RawConnection.greet(server.address);
  {
    await using second = await RawConnection.greet(server.address);
    await second.until(({ type }) => type === TYPE.settings);
    await using third = await RawConnection.greet(server.address);
    await third.ended;
    assertEquals([second.closed, third.received], [false, 0]);
  }
  assertEquals(server.refused, ["an address may have 2 connections"]);
  await retry(async () => {
    await using next = await RawConnection.greet(server.address);
    await next.until(({ type }) => type === TYPE.settings);
    return !next.closed;
  });
});

/** Retries until it succeeds: the server notices a closed connection with a delay. */
async function retry(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo());
}

Deno.test("serve() closes connections beyond the total limit", async () => {
  await using server = await open({ maxConnections: 1 });
  using first = new Peer(server.address);
  const ann = await first.join({ name: "ann" });
  await using second = await RawConnection.greet(server.address);
  await second.ended;
  assertEquals(second.received, 0);
  assertEquals(server.refused, ["there may be 1 connection at once"]);
  ann.post(["1", "still here"]);
  await ann.until(({ acks }) => acks.has("1"));
});

/** A connection on which a tool opens a stream. Resolves once the server has sent something. */
async function occupy(address: string, path: string): Promise<Disposable> {
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const client = new Client(address, credentials.createInsecure(), options);
  const same = (bytes: Buffer) => bytes;
  const stream = client.makeBidiStreamRequest(path, same, same);
  stream.on("error", () => {});
  stream.write(Buffer.from([0x3a, 0x00])); // Lists services; an unknown field to a health check.
  if (path.endsWith("/Watch")) stream.end(); // It asks once.
  await new Promise((resolve) => stream.once("data", resolve));
  return { [Symbol.dispose]: () => client.close() };
}

/** A connection whose session has left its room. */
async function idle(address: string): Promise<Disposable> {
  const peer = new Peer(address);
  const session = await peer.join({ name: "eve" });
  session.end();
  await session.ended;
  return peer;
}

for (
  const [what, path] of [
    ["watch its health", "/grpc.health.v1.Health/Watch"],
    ["ask for its services", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"],
    ["have not joined", undefined],
  ] as const
) {
  Deno.test(`a full server admits people in place of connections that ${what}`, async () => {
    await using server = await open({ maxConnections: 4, joinTimeoutMs: 60_000 });
    using first = new Peer(server.address);
    const ann = await first.join({ name: "ann" });
    using old = new Peer(server.address);
    const reader = old.stream();
    await old.send({ name: "old", message: "hi" });
    await reader.next();
    using occupied = new DisposableStack();
    for (let i = 0; i < 2; i++) {
      if (path) occupied.use(await occupy(server.address, path));
      else occupied.use(await idle(server.address));
    }
    for (const name of ["bob", "cy"]) {
      using peer = new Peer(server.address);
      const session = await peer.join({ name });
      session.post(["1", "hi"]);
      await session.until(({ acks }) => acks.has("1"));
    }
    const reason = "the connection was cut: the server is full, and it has no session";
    assert(server.refused.includes(reason), `${server.refused}`);
    ann.post(["1", "still here"]);
    await ann.until(({ acks }) => acks.has("1"));
    await reader.next();
    await reader.return(undefined);
  });
}

/** A socket that closes when it is destroyed. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  constructor(readonly remoteAddress?: string, readonly remotePort = 1) {
    super();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

/** A registry, and its refusals. */
function registry(options: { maxConnections: number; maxPerAddress: number }) {
  const refused: string[] = [];
  const connections = new Connections({
    bounds: resolveBounds(options),
    now: () => 0,
    report: (event) => {
      if (event.type === "refused") refused.push(`${event.kind}: ${event.reason}`);
    },
    onCount: () => {},
  });
  return Object.assign(connections, { refused });
}

/** Admits a socket from each address, and returns which of them are closed at the end. */
async function closedOf(
  connections: Connections,
  addresses: readonly (string | undefined)[],
): Promise<boolean[]> {
  const sockets = addresses.map((address) => new FakeSocket(address));
  for (const socket of sockets) connections.admit(socket);
  await nextTick(); // A connection was cut in a turn of its own.
  const closed = sockets.map(({ destroyed }) => destroyed);
  for (const socket of sockets) socket.destroy();
  return closed;
}

Deno.test("Unix sockets have no limit per address, but count towards the total", async () => {
  const connections = registry({ maxConnections: 5, maxPerAddress: 1 });
  const addresses = [
    undefined,
    "10.0.0.1",
    undefined,
    "10.0.0.1",
    "10.0.0.2",
    undefined,
    undefined,
  ];
  // The last one finds no place: the first, on which nobody has joined, is evicted.
  assertEquals(await closedOf(connections, addresses), [
    true,
    false,
    false,
    true,
    false,
    false,
    false,
  ]);
  assertEquals(connections.refused, [
    "connections per address: an address may have 1 connection",
    "connections: the connection was cut: the server is full, and it has no session",
  ]);
});

Deno.test("a /48 network has as many connections as two addresses, for any number of addresses", async () => {
  const connections = registry({ maxConnections: 100, maxPerAddress: 2 });
  const site = Array.from({ length: 6 }, (_, i) => `2001:db8:1:${i}::1`);
  const closed = await closedOf(connections, [
    ...site,
    "2001:db8:2::1",
    "2001:db8:2::2",
    "2001:db8:2::3",
  ]);
  assertEquals(closed.map(Number), [0, 0, 0, 0, 1, 1, 0, 0, 1]);
  assertEquals(
    new Set(connections.refused),
    new Set([
      "connections per address: a /48 network may have 4 connections",
      "connections per address: an address may have 2 connections",
    ]),
  );
  assertEquals(
    await closedOf(connections, site.slice(4)),
    [false, false],
    "it forgets closed connections",
  );
});

Deno.test("a connection that may be the server's own counts once it sends data, or stays", async () => {
  const connections = registry({ maxConnections: 2, maxPerAddress: 2 });
  const [own, first, second] = [1, 2, 3].map((port) => new FakeSocket("127.0.0.1", port));
  connections.admit(own!, true);
  for (const socket of [first, second]) connections.admit(socket!);
  own!.destroy();
  assertEquals([first!.destroyed, second!.destroyed, connections.refused], [false, false, []]);
  const client = new FakeSocket("127.0.0.1", 4);
  connections.admit(client, true);
  const closed = new Promise((resolve) => client.on("close", resolve));
  assertEquals(connections.watch(client, client, "http2"), undefined);
  await closed;
  const words = "connections per address: an address may have 2 connections";
  assertEquals(connections.refused, [words]);
  second!.destroy();
  const late = new FakeSocket("127.0.0.1", 5);
  connections.admit(late, true);
  assert(connections.watch(late, late, "http2"));
  connections.get("127.0.0.1:5").openCall()[Symbol.dispose]();
  for (const socket of [first, late]) socket!.destroy();
});

Deno.test("a closed connection is not evicted for another, and has no calls", async () => {
  const connections = registry({ maxConnections: 2, maxPerAddress: 9 });
  const [gone, stays, next] = [1, 2, 3].map((n) => new FakeSocket(`10.0.0.${n}`, n));
  connections.admit(gone!);
  const place = connections.get("10.0.0.1:1").pin();
  connections.admit(stays!);
  gone!.destroy();
  place[Symbol.dispose](); // The session of a closed one ends later.
  assertThrows(() => connections.get("10.0.0.1:1"), ChatError, "The connection is gone");
  assertThrows(() => connections.get("unknown"), ChatError, "The connection is gone");
  connections.admit(next!);
  const last = new FakeSocket("10.0.0.4", 4);
  connections.admit(last);
  await nextTick();
  assertEquals([stays, next, last].map((socket) => socket!.destroyed), [true, false, false]);
  for (const socket of [next, last]) socket!.destroy();
});

Deno.test("A connection has a limited number of sessions and streams", async () => {
  await using server = await open({ maxSessions: 2 });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  const stream = peer.stream();
  await peer.send({ name: "bob", message: "hi" });
  await stream.next();
  const third = peer.session();
  const full = { code: 8, details: "The connection already has 2 sessions" };
  const { code, details } = await third.ended;
  assertEquals({ code, details }, full);
  assertEquals(server.refused, [full.details]);
  await stream.return(undefined);
  ann.cancel();
  await retry(async () => {
    const next = peer.session();
    next.send({ join: { name: "ann", room: "", client: "client of ann ..." } });
    const joined = await next.until(({ welcome }) => welcome !== undefined).then(
      () => true,
      () => false,
    );
    next.cancel();
    return joined;
  });
});

Deno.test("a connection is closed if it makes no call, or never completes one", async () => {
  await using server = await open({ joinTimeoutMs: 100 });
  await using silent = await RawConnection.open(server.address);
  await using polite = await RawConnection.greet(server.address);
  await using halfway = await RawConnection.greet(server.address);
  await halfway.send(
    openCall(1, "SendNote"),
    frame({ type: TYPE.data, stream: 1 }, new Uint8Array(3)),
  );
  await Promise.all([silent, polite, halfway].map(({ ended }) => ended));
  assertEquals(server.refused, ["the connection was cut: it made no call within 0.1 s"]);
});

Deno.test("A session that does not join is ended with a status", async () => {
  await using server = await open({ joinTimeoutMs: 100 });
  using peer = new Peer(server.address);
  const { code, details } = await peer.session().ended;
  assertEquals({ code, details }, { code: 4, details: "No join within 0.1 s" });
  assertEquals(server.refused, [details]);
});

Deno.test("A joined session may be silent, and keeps its connection", async () => {
  await using server = await open({ joinTimeoutMs: 100, idleTimeoutMs: 100 });
  using peer = new Peer(server.address);
  let ann = await peer.join({ name: "ann" }).catch(() => undefined);
  while (!ann) ann = await peer.join({ name: "ann" }).catch(() => undefined); // It came too late.
  using other = new Peer(server.address);
  await other.session().ended; // Enough time has passed.
  await other.session().ended;
  ann.post(["1", "still here"]);
  await ann.until(({ acks }) => acks.has("1"));
});

Deno.test("A connection without a call is closed after a while", async () => {
  await using server = await open({ idleTimeoutMs: 100 });
  await using connection = await RawConnection.greet(server.address);
  await connection.send(
    openCall(1, "Session"),
    message(1, new Uint8Array(), { flags: FLAG.endStream }),
  );
  await connection.ended;
  assert(connection.frames.some(({ type, stream }) => type === TYPE.headers && stream === 1));
});

Deno.test("A refused call ends even if its peer leaves it open", async () => {
  await using server = await open();
  await using connection = await RawConnection.greet(server.address);
  await connection.send(openCall(1, "Session"), message(1, new Uint8Array()));
  await connection.until(({ type, stream }) => type === TYPE.headers && stream === 1);
  await connection.until(({ type, stream }) => type === TYPE.rstStream && stream === 1);
});

Deno.test("The largest frame of our own clients fits, and one byte more is refused", async () => {
  const maxNoteBytes = 16_384;
  await using server = await open({ maxNoteBytes });
  const client = new Client(server.address, credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
    "grpc.use_local_subchannel_pool": 1,
  });
  const { path, responseDeserialize } = chatServer.SendNote;
  const send = (length: number) =>
    failure(
      new Promise((resolve, reject) => {
        const answer = (error: unknown) => error ? reject(error) : resolve(undefined);
        const same = (bytes: Buffer) => bytes;
        const bytes = Buffer.alloc(length);
        client.makeUnaryRequest(path, same, responseDeserialize, bytes, answer);
      }),
    );
  assertEquals((await send(2 ** 20 + maxNoteBytes)).code, 3); // Zeros are not valid protobuf.
  assertMatch((await send(2 ** 20 + maxNoteBytes + 1)).details, /larger than max/);
  client.close();
});

Deno.test("chat serve --help has each bound and its number", async () => {
  const { stdout } = await run("serve", ["--help"]);
  const help = stdout.replace(/\s+/g, " ");
  for (
    const bound of [
      /--max-note-bytes BYTES .*?default 16,384\)/,
      /64 characters in a name of a person or a room/,
      /--max-rooms ROOMS .*?default 1,000\)/,
      /--max-members MEMBERS .*?default 1,000\)/,
      /--max-sessions SESSIONS .*?default 100\)/,
      /--max-connections CONNECTIONS .*?default 2,000\)/,
      /--max-per-address CONNECTIONS .*?default 200\)/,
      /--max-in-flight NOTES .*?default 1,024\)/,
      /--rate NOTES .*?0 for no limit on notes and joins .*?default 10\)/,
      /--burst NOTES .*?default 20\)/,
      /--join-burst JOINS .*?at once, then 5 per second; 0 for no limit .*?default 100\)/,
      /--new-rooms ROOMS .*?at once, then 1 per minute; 0 for no limit .*?default 10\)/,
      /--new-names NAMES .*?at once, then 1 per minute; 0 for no limit .*?default 100\)/,
      /24 hours until a name is free again .*? if nothing was ever said under it/,
      /--join-timeout SECONDS .*?default 10\)/,
      /--idle-timeout SECONDS .*?default 300\)/,
      /32 header fields in a call \(100 in a request of HTTP\/1\.1\), of 16,384 bytes in total/,
      /1,048,576 bytes in a frame, besides its largest note/,
      /10,000 frames a second of HTTP\/2 on a connection \(30,000 at once\)/,
      /100 calls a second on a connection \(500 at once\)/,
      /16,384 fields in a frame/,
      /4,096 bytes in a frame whose sender has not joined yet/,
      /33,554,432 bytes not read yet from all connections/,
    ]
  ) assertMatch(help, bound);
});

Deno.test("chat serve reports its refusals on standard error", async () => {
  await using server = await startServer(["--quiet", "--max-per-address", "1"]);
  await using first = await RawConnection.greet(server.address);
  await first.until(({ type }) => type === TYPE.settings);
  await using second = await RawConnection.greet(server.address);
  await second.ended;
  await server.waitFor(
    / warn refused kind="connections per address" reason="an address .* 1 connection" address=127.0.0.1\n/,
    "stderr",
  );
});
