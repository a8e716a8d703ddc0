import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { serve, type ServerEvent } from "../../mod.ts";
import { failure, Peer } from "../support/wire/grpc_peer.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";

const LOOPBACK = "127.0.0.1:0";

Deno.test("ChatStream replays the retained notes in order, then sends new ones", async () => {
  await using server = await serve({ address: LOOPBACK, keep: 2 });
  using peer = new Peer(server.address);
  for (const message of ["one", "two", "three"]) await peer.send({ name: "ann", message });
  const stream = peer.stream();
  assertEquals((await stream.next()).value, { name: "ann", message: "two" });
  assertEquals((await stream.next()).value, { name: "ann", message: "three" });
  const live = stream.next();
  await peer.send({ name: "봄", message: "네 번째 👩‍💻" });
  assertEquals((await live).value, { name: "봄", message: "네 번째 👩‍💻" });
  await stream.return();
});

Deno.test("ChatStream sends every reader every note in one order, with 200 posting at once", async () => {
  await using server = await serve({ address: LOOPBACK, rate: 0, maxPerAddress: 220 });
  const posters = Array.from({ length: 200 }, () => new Peer(server.address));
  const readers = Array.from({ length: 20 }, () => new Peer(server.address));
  const total = 200 * 5;
  const transcripts = readers.map((reader) => reader.read(total));
  await Promise.all(posters.map(async (poster, p) => {
    for (let i = 0; i < 5; i++) await poster.send({ name: `p${p}`, message: `${i}` });
  }));
  const [first, ...others] = await Promise.all(transcripts);
  for (const other of others) assertEquals(other, first!);
  const said = first!.map(({ name, message }) => `${name} ${message}`);
  assertEquals(new Set(said).size, total);
  for (let p = 0; p < 200; p++) {
    const own = said.filter((line) => line.startsWith(`p${p} `));
    assertEquals(
      own,
      [0, 1, 2, 3, 4].map((i) => `p${p} ${i}`),
      "an author's notes keep their order",
    );
  }
  for (const peer of [...posters, ...readers]) peer[Symbol.dispose]();
});

Deno.test("SendNote refuses an invalid note, and says why", async (t) => {
  await using server = await serve({ address: LOOPBACK, maxNoteBytes: 100 });
  using peer = new Peer(server.address);
  const cases: [string, () => Promise<void>, number, string][] = [
    [
      "an empty name",
      () => peer.send({ name: "", message: "x" }),
      status.INVALID_ARGUMENT,
      '" is empty',
    ],
    [
      "a blank name",
      () => peer.send({ name: " ", message: "x" }),
      status.INVALID_ARGUMENT,
      '" is empty',
    ],
    [
      "an escape in a name",
      () => peer.send({ name: "a\x1b[2J", message: "x" }),
      status.INVALID_ARGUMENT,
      'Name "a\\x1b[2J" contains control',
    ],
    [
      "a name turned round",
      () => peer.send({ name: "a\u202e", message: "x" }),
      status.INVALID_ARGUMENT,
      'Name "a\\u202e" contains control',
    ],
    [
      "a long name",
      () => peer.send({ name: "n".repeat(65), message: "x" }),
      status.INVALID_ARGUMENT,
      "has 65 characters: at most 64",
    ],
    [
      "a large note",
      () => peer.send({ name: "a", message: "é".repeat(51) }),
      status.RESOURCE_EXHAUSTED,
      "Note has 102 bytes: at most 100 are allowed",
    ],
    [
      "text that is not UTF-8",
      () => peer.sendBytes(Buffer.from([0x0a, 1, 0x61, 0x12, 2, 0xff, 0xfe])),
      status.INVALID_ARGUMENT,
      "breaks the contract",
    ],
    [
      "half a surrogate pair",
      () => peer.sendBytes(Buffer.from([0x0a, 1, 0x61, 0x12, 3, 0xed, 0xa0, 0x80])),
      status.INVALID_ARGUMENT,
      "breaks the contract",
    ],
    [
      "bytes cut short",
      () => peer.sendBytes(Buffer.from([0x0a, 9, 0x61])),
      status.INVALID_ARGUMENT,
      "breaks the contract",
    ],
    [
      "a message above gRPC's own limit",
      () => peer.send({ name: "a", message: "x".repeat(4 << 20) }),
      status.RESOURCE_EXHAUSTED,
      "larger than max",
    ],
  ]; // deno-fmt-ignore
  for (const [what, call, code, details] of cases) {
    await t.step(what, async () => {
      const error = await failure(call());
      assertEquals(error.code, code, error.details);
      assertStringIncludes(error.details, details);
    });
  }
  await t.step("and the room continues without it", async () => {
    await peer.send({ name: "ann", message: "é".repeat(50) });
    assertEquals(await peer.read(1), [{ name: "ann", message: "é".repeat(50) }]);
  });
});

Deno.test("ChatStream refuses a request that is not protobuf", async () => {
  await using server = await serve({ address: LOOPBACK });
  const { Client, credentials } = await import("@grpc/grpc-js");
  const client = new Client(server.address, credentials.createInsecure());
  const call = client.makeServerStreamRequest(
    "/grpc.ChatServer/ChatStream",
    () => Buffer.from([0xff]),
    (bytes) => bytes,
    {},
  );
  const error = await failure((async () => {
    for await (const _ of call);
  })());
  assertEquals(error.code, status.INVALID_ARGUMENT);
  client.close();
});

Deno.test("the server survives peers that do not speak HTTP/2", async () => {
  const refused: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused") refused.push(`${event.kind}: ${event.reason}`);
  };
  await using server = await serve({ address: LOOPBACK, onEvent });
  const { port } = tcpAddress(server.address);
  for (
    const garbage of [
      "\x16\x03\x01\x00\xe2\x01\x00\x00\xde\x03\x03" + "\xf5".repeat(200), // TLS.
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "\0".repeat(100),
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff",
    ]
  ) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(Uint8Array.from(garbage, (character) => character.charCodeAt(0)));
    await connection.closeWrite();
    for await (const _ of connection.readable); // Until the server closes.
  }
  assertEquals([...new Set(refused)], [
    "invalid: the connection was cut: it speaks neither HTTP/2 nor HTTP/1.1",
    'forbidden: "x" is not a name of this server: its operator may add it with --web-host',
  ]);
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "still here" });
  assertEquals(await peer.read(1), [{ name: "ann", message: "still here" }]);
});

Deno.test("serve() names an address it cannot listen on", async () => {
  await using server = await serve({ address: LOOPBACK });
  const error = await serve({ address: server.address }).then(() => undefined, (error) => error);
  assert(error instanceof Error);
  assertEquals(
    error.message,
    `Cannot listen on "${server.address}": it is in use`,
  );
});
