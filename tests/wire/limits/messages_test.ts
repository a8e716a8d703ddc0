import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { status } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { type RefusalKind, serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import { chatServer, Malformed, strictly } from "../../../proto/mod.ts";
import { LIMITS } from "../../../room/limits.ts";
import { encode, field, JOIN, longField, post } from "../../support/wire/attack.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import {
  concat,
  frame,
  longMessage,
  message,
  openCall,
  RawConnection,
  repeat,
  TYPE,
  uint32,
} from "../../support/wire/raw_http2.ts";

/** A server in this process, and its refusals. */
async function open(options: ServeOptions = {}) {
  const refused: [RefusalKind, string][] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused") refused.push([event.kind, event.reason]);
  };
  const server = await serve({ address: "127.0.0.1:0", rate: 0, onEvent, ...options });
  return Object.assign(server, { refused });
}

const EMPTY_POST = field(2, 2, 0);

/** Messages of many small fields, one byte or two each, at every possible place. */
const MANY: readonly [what: string, each: Uint8Array][] = [
  ["empty posts", EMPTY_POST],
  ["posts with an empty id", field(2, 2, 2, 10, 0)],
  ["orders", field(6, 2, 0)],
  ["joins", field(1, 2, 0)],
  ["proofs", field(4, 2, 0)],
  ["answers to nothing", field(3, 0, 1)],
  ["refusals", field(5, 0, 1)],
  ["unknown texts", field(15, 2, 0)],
];

/** The same inside a field, one level deeper. */
const DEEPER: readonly [what: string, number: number, each: Uint8Array][] = [
  ["ids in a post", 2, field(1, 2, 0)],
  ["positions in a join", 1, field(4, 2, 0)],
  ["names in an order", 6, field(2, 2, 0)],
  ["signatures in a proof", 4, field(1, 2, 0)],
  ["unknown fields in a post", 2, field(15, 2, 0)],
];

Deno.test("strictly() accepts exactly as many fields as a message may have", () => {
  const cases = [
    ...MANY.map(([what, each]) => ({ what, each, inside: (all: Uint8Array) => all, own: 0 })),
    ...DEEPER.map(([what, number, each]) => {
      return { what, each, inside: (all: Uint8Array) => longField(number, all), own: 1 };
    }),
  ];
  for (const { what, each, inside, own } of cases) {
    let counted = 0;
    const decode = strictly(chatServer.Session.requestDeserialize, (count) => counted = count);
    const perEach = each.length > 3 ? 2 : 1; // A field's content is one itself.
    const most = Math.floor((LIMITS.fields - own) / perEach);
    const whole = decode(Buffer.from(inside(repeat(each, most))));
    assertEquals(whole instanceof Malformed, false, what);
    assertEquals(counted, most * perEach + own, what);
    const more = decode(Buffer.from(inside(repeat(each, most + 1))));
    assertEquals(more, new Malformed("more than 16,384 fields"), what);
  }
});

Deno.test("strictly() limits the fields of other requests as well", () => {
  const decode = strictly(chatServer.SendNote.requestDeserialize);
  assertEquals(
    decode(Buffer.from(repeat(field(1, 2, 0), LIMITS.fields + 1))),
    new Malformed("more than 16,384 fields"),
  );
});

Deno.test("a session refuses a frame of too many fields, but accepts this project's largest", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  // The most that Outbox puts into a frame, each with everything that a post may have.
  const posts = Array.from({ length: 500 }, (_, i) => ({
    id: `${i}`,
    message: `${i}`,
    kind: 2,
    to: "ann",
  }));
  ann.send({ posts, refusals: 1 });
  await ann.until(({ acks }) => acks.size === 500);
  ann.send(Buffer.from(repeat(EMPTY_POST, LIMITS.fields + 1)));
  assertEquals((await ann.ended).code, status.OK);
  const goodbye = "3 The request breaks the contract: more than 16,384 fields";
  assertEquals([ann.seen.goodbye, ann.seen.refusals], [goodbye, []]);
});

Deno.test("long messages are not decoded before a join", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  for (const bytes of [LIMITS.joinBytes + 1, 1_000_000]) {
    for (const first of [encode({ posts: [{ id: "1", message: "x".repeat(bytes) }] }), JOIN]) {
      const session = peer.session();
      const rest = new Uint8Array(bytes).fill(0xff);
      session.send(Buffer.from(concat(first, rest).subarray(0, bytes)));
      const { code, details } = await session.ended;
      assertEquals(code, status.RESOURCE_EXHAUSTED);
      assertMatch(
        details,
        /^Message larger than max: it has [\d,]+ bytes, at most 4,096 bytes are/,
      );
    }
  }
  const most = peer.session();
  const join = { name: "ann", room: "", client: "client of ann ...." };
  const filled = (length: number) =>
    encode({ join, posts: [{ id: "1", message: "x".repeat(length) }] });
  most.send(Buffer.from(filled(LIMITS.joinBytes - filled(2_000).length + 2_000)));
  await most.until(({ acks }) => acks.has("1"));
});

Deno.test("data right after a join may be as long as any frame", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  const ann = peer.session();
  ann.send({ join: { name: "ann", room: "", client: "client of ann ...." } });
  ann.post(...Array.from({ length: 60 }, (_, i): [string, string] => [`${i}`, "x".repeat(16_000)]));
  ann.post(["last", "the last"]);
  ann.end();
  assertEquals((await ann.ended).code, status.OK);
  assertEquals(ann.seen.acks.size, 61);
});

Deno.test("a message too many for a frame is refused by its header alone", async () => {
  await using server = await open({ maxNoteBytes: 16_384 });
  await using connection = await RawConnection.greet(server.address);
  await connection.send(openCall(1, "Session"), message(1, JOIN));
  await connection.until(({ type, stream }) => type === TYPE.data && stream === 1);
  await connection.send(message(1, new Uint8Array(), { length: 2 ** 20 + 16_385 }));
  await connection.until(({ type, flags, stream }) =>
    type === TYPE.headers && stream === 1 && (flags & 1) > 0
  );
});

Deno.test("messages in one piece and messages byte by byte are equivalent", async () => {
  await using server = await open();
  const posts = Array.from({ length: 300 }, (_, i) => message(1, post(`${i}`, `${i}`)));
  for (const size of [1, 3, 5, 7, 1_000, 16_000]) {
    await using connection = await RawConnection.greet(server.address);
    const room = `room ${size}`;
    const join = encode({ join: { name: "eve", room, client: "client of mallory" } });
    // As many messages as fit in a DATA frame, and their headers split in two.
    const all = concat(...[message(1, join), ...posts].map((each) => each.subarray(9)));
    const frames: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size) {
      frames.push(frame({ type: TYPE.data, stream: 1 }, all.subarray(at, at + size)));
    }
    await connection.send(openCall(1, "Session"), ...frames);
    using peer = new Peer(server.address);
    const ann = await peer.join({ name: "ann", room });
    await ann.until(({ notes }) => notes.length === 300);
    assertEquals(ann.seen.notes.map(({ message }) => Number(message)), [...posts.keys()]);
  }
});

/** Sends SESSIONS joins, and waits until all of them are welcomed. */
async function joinOften(connection: RawConnection): Promise<void> {
  const joins = Array.from({ length: SESSIONS }, (_, i) => {
    const join = { name: `eve ${i}`, room: "", client: `client of eve ${i}...`, last: 0 };
    return concat(openCall(2 * i + 1, "Session"), message(2 * i + 1, encode({ join })));
  });
  await connection.send(frame({ type: TYPE.windowUpdate }, uint32(2 ** 30)), ...joins);
  for (let i = 0; i < SESSIONS; i++) {
    await connection.until(({ type, stream }) => type === TYPE.data && stream === 2 * i + 1);
  }
}

const SESSIONS = 4;

/** The frames of a large post on each of the sessions, and the sent parts of them. */
class LargePosts {
  readonly #connection: RawConnection;
  readonly #streams: { readonly frames: Uint8Array[]; window: number; sent: number }[];
  /** The number of received frames that have been processed. */
  #seen: number;

  constructor(connection: RawConnection, length: number) {
    this.#connection = connection;
    this.#seen = connection.frames.length;
    this.#streams = Array.from({ length: SESSIONS }, (_, i) => {
      const frames = framesOf(longMessage(2 * i + 1, post(`${i}`, "x".repeat(length))));
      return { frames, window: 65_535 - 200, sent: 0 }; // The join has used some.
    });
  }

  /** The number of bytes sent on each. */
  get sent(): number[] {
    return this.#streams.map(({ sent }) => sent);
  }

  /**
   * Sends a part of each frame in turn, as far as the windows allow, and the last part only if it
   * `ends`.
   */
  async send(ends: boolean): Promise<void> {
    for (let idle = 0; idle < 3;) {
      await this.#hear();
      let sent = false;
      for (const stream of this.#streams) {
        const [next] = stream.frames;
        if (!next || next.length - 9 > stream.window) continue;
        if (!ends && stream.frames.length === 1) continue;
        stream.frames.shift();
        stream.window -= next.length - 9;
        stream.sent += next.length - 9;
        await this.#connection.send(next);
        sent = true;
      }
      idle = sent ? 0 : idle + 1;
    }
  }

  /** Processes the server's window updates. */
  async #hear(): Promise<void> {
    const { frames } = this.#connection;
    const pongs = () =>
      frames.filter(({ type, flags }) => type === TYPE.ping && flags === 1).length;
    const before = pongs();
    await this.#connection.send(frame({ type: TYPE.ping }, new Uint8Array(8)));
    await this.#connection.until(() => pongs() > before);
    for (const { type, stream, payload } of frames.slice(this.#seen)) {
      if (type !== TYPE.windowUpdate || stream === 0) continue;
      this.#streams[(stream - 1) / 2]!.window += new DataView(payload.buffer).getUint32(0);
    }
    this.#seen = frames.length;
  }
}

Deno.test("large messages of a connection arrive one after the other, and completely", async () => {
  await using server = await open({ maxNoteBytes: 1_000_000 });
  await using connection = await RawConnection.greet(server.address);
  await joinOften(connection);
  const posts = new LargePosts(connection, 900_000);
  await posts.send(false);
  const [first, ...others] = posts.sent;
  assert(first! > 800_000, `${first}`);
  // The contents of two windows: the server grants no more until the first is complete.
  for (const sent of others) assert(sent <= 200_000, `${sent}`);
  await posts.send(true);
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  await ann.until(({ notes }) => notes.length === SESSIONS);
  assertEquals(
    ann.seen.notes.map(({ name, message }) => [name, message.length]).sort(),
    Array.from({ length: SESSIONS }, (_, i) => [`eve ${i}`, 900_000]),
  );
});

/** Splits concatenated frames. */
function framesOf(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at]! << 16 | bytes[at + 1]! << 8 | bytes[at + 2]!;
    frames.push(bytes.subarray(at, at += 9 + length));
  }
  return frames;
}

Deno.test("a connection that sends only small parts of messages is cut", async () => {
  await using server = await open();
  for (const each of [EMPTY_POST, field(6, 2, 0), field(15, 2, 0), field(3, 0, 0)]) {
    await using connection = await RawConnection.greet(server.address);
    await connection.send(openCall(1, "Session"), message(1, JOIN));
    const part = longMessage(1, repeat(each, 8_000));
    while (!connection.closed && await connection.send(part));
    await connection.ended;
  }
  assertEquals(new Set(server.refused.map(([kind]) => kind)), new Set(["flood"]));
  const [, reason] = server.refused.at(-1)!;
  assertStringIncludes(reason, "more than 10000 frames a second");
});
