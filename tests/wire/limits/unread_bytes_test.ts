import { assert, assertEquals, assertMatch } from "@std/assert";
import { type RefusalKind, serve } from "../../../mod.ts";
import { LIMITS } from "../../../room/limits.ts";
import { FloodMeter } from "../../../server/net/flood_meter.ts";
import { UnreadBytes } from "../../../server/net/unread_bytes.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import {
  concat,
  FLAG,
  frame,
  openCall,
  PREFACE,
  RawConnection,
  TYPE,
  uint32,
} from "../../support/wire/raw_http2.ts";

/** The number of bytes counted as unread. */
function counted() {
  let total = 0;
  const unread = new UnreadBytes((bytes) => total += bytes);
  const meter = new FloodMeter(() => 0, unread);
  meter.record(PREFACE);
  return {
    unread,
    send: (...frames: Uint8Array[]) => assertEquals(meter.record(concat(...frames)), undefined),
    check: (bytes: number) => assertEquals([unread.bytes, total], [bytes, bytes]),
  };
}

const headers = (stream: number) => frame({ type: TYPE.headers, stream }, new Uint8Array(9));
const data = (stream: number, bytes: number) =>
  frame({ type: TYPE.data, stream }, new Uint8Array(bytes));

Deno.test("the bytes of a stream count until they are read, or the stream is closed", () => {
  const { unread, send, check } = counted();
  send(headers(1), data(1, 1_000), headers(3), data(3, 500), data(1, 0));
  check(1_500);
  unread.add(1, -700);
  check(800);
  send(headers(1)); // At the end of its input.
  check(800);
  unread.close(1);
  check(500);
  unread.close(1);
  unread.add(1, -300);
  send(data(1, 900), headers(1), data(1, 900)); // It was under way.
  check(500);
  send(frame({ type: TYPE.rstStream, stream: 3 }, uint32(8)), data(3, 900));
  check(0);
  send(headers(0x7f_ff_ff_ff), data(0x7f_ff_ff_ff, 900));
  check(900);
  unread.clear();
  check(0);
  send(data(0x7f_ff_ff_ff, 900));
  check(0);
});

Deno.test("the bytes of a call that has ended cost 16 times as much", () => {
  const sentUpTo = (ended: boolean) => {
    const unread = new UnreadBytes(() => {});
    const meter = new FloodMeter(() => 0, unread);
    meter.record(concat(PREFACE, headers(1)));
    if (ended) unread.close(1);
    let sent = 0;
    while (meter.record(data(1, 16_384)) === undefined) sent += 16_384;
    return sent;
  };
  assertEquals(sentUpTo(false), 909 * 16_384);
  assertEquals(sentUpTo(true), 56 * 16_384);
});

/**
 * The number of calls that each connection leaves unfinished, and the sent part of each message.
 */
const CALLS = 100;
const PART = 60_000;

/** Sends messages without their last byte. */
async function leaveUnfinished(connection: RawConnection): Promise<void> {
  await connection.send(frame({ type: TYPE.windowUpdate }, uint32(2 ** 30)));
  for (let i = 0; i < CALLS && !connection.closed; i++) {
    const stream = 2 * i + 1;
    const whole = concat(new Uint8Array(1), uint32(PART - 4), new Uint8Array(PART - 5));
    const frames = [];
    for (let at = 0; at < whole.length; at += 16_384) {
      frames.push(frame({ type: TYPE.data, stream }, whole.subarray(at, at + 16_384)));
    }
    await connection.send(openCall(stream, "SendNote"), ...frames);
  }
}

Deno.test("unfinished messages have one bound for all together", async () => {
  const refused: [RefusalKind, string][] = [];
  await using server = await serve({
    address: "127.0.0.1:0",
    rate: 0,
    onEvent: (event) => {
      if (event.type === "refused") refused.push([event.kind, event.reason]);
    },
  });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  await using stack = new AsyncDisposableStack();
  const needed = Math.ceil(LIMITS.unreadBytes / (CALLS * PART)) + 1;
  const connections: RawConnection[] = [];
  while (connections.length < needed) {
    const connection = stack.use(await RawConnection.greet(server.address));
    connections.push(connection);
    await leaveUnfinished(connection);
  }
  for (const connection of connections) {
    await connection.send(frame({ type: TYPE.ping }, new Uint8Array(8)));
    await connection.until(({ type, flags }) => type === TYPE.ping && flags === FLAG.ack);
  }
  assertEquals(refused.map(([kind]) => kind), ["flood"]);
  assertMatch(
    refused[0]![1],
    /^the connection was cut: it sent \d+ bytes that are not read, more than any other$/,
  );
  ann.post(["one", "still here"]);
  await ann.until(({ notes }) => notes.length === 1);
  assert(connections.some(({ closed }) => !closed));
});
