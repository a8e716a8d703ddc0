import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import { toJoin } from "../../support/wire/json_session.ts";
import { OPCODE, rawFrame, RawWebSocket } from "../../support/wire/raw_web_socket.ts";

/** A server in memory. */
async function setUp(options: ServeOptions = {}) {
  const server = await serve({ address: "127.0.0.1:0", ...options });
  const { address, metricsAddress } = server;
  return { address, metricsAddress, [Symbol.asyncDispose]: () => server.stop() };
}

Deno.test("frames that break the protocol close a WebSocket, and do not reach the session", async () => {
  const events: ServerEvent[] = [];
  await using up = await setUp({ onEvent: (event) => events.push(event) });
  const { text, binary, continuation, ping } = OPCODE;
  const hello = JSON.stringify({ join: toJoin({ name: "eve" }) });
  const ends: [what: string, code: number, ...frames: Uint8Array[]][] = [
    ["unmasked", 1002, rawFrame({ opcode: text, payload: hello, isMasked: false })],
    ["compressed", 1002, rawFrame({ opcode: text, payload: hello, reserved: 4 })],
    ["an unknown kind", 1002, rawFrame({ opcode: 3, payload: hello })],
    ["a continuation of nothing", 1002, rawFrame({ opcode: continuation, payload: hello })],
    [
      "a message within another",
      1002,
      rawFrame({ opcode: text, payload: "{", isLast: false }),
      rawFrame({ opcode: text, payload: "}" }),
    ],
    ["a ping in parts", 1002, rawFrame({ opcode: ping, isLast: false })],
    ["a long ping", 1002, rawFrame({ opcode: ping, payload: "x".repeat(126) })],
    ["too large", 1009, rawFrame({ opcode: text, length: 4_097 })],
    ["larger than a number", 1009, rawFrame({ opcode: text, length: Number.MAX_SAFE_INTEGER })],
    [
      "too large in parts",
      1009,
      rawFrame({ opcode: text, payload: "x".repeat(4_000), isLast: false }),
      rawFrame({ opcode: continuation, payload: "x".repeat(100) }),
    ],
    [
      "in too many parts",
      1008,
      rawFrame({ opcode: text, payload: "{", isLast: false }),
      ...Array.from({ length: 4_096 }, () => rawFrame({ opcode: continuation, isLast: false })),
    ],
    ["no UTF-8", 1007, rawFrame({ opcode: text, payload: new Uint8Array([0x22, 0xff, 0x22]) })],
    ["binary", 1003, rawFrame({ opcode: binary, payload: hello })],
  ];
  for (const [what, code, ...frames] of ends) {
    using eve = await RawWebSocket.open(up.address);
    await eve.readResponse();
    await eve.send(...frames);
    assertEquals(await eve.readClose(), code, what);
  }
  assertEquals(events.filter(({ type }) => type === "join"), []);
});

Deno.test("a message in parts is one message, with pings between them", async () => {
  await using up = await setUp();
  using ann = await RawWebSocket.open(up.address);
  await ann.readResponse();
  const hello = JSON.stringify({ join: toJoin({ name: "ann" }) });
  await ann.send(
    rawFrame({ opcode: OPCODE.text, payload: hello.slice(0, 5), isLast: false }),
    rawFrame({ opcode: OPCODE.ping, payload: "there?" }),
    rawFrame({ opcode: OPCODE.continuation, payload: hello.slice(5) }),
  );
  const pong = (await ann.readFrame())!;
  assertEquals([pong.opcode, new TextDecoder().decode(pong.payload)], [OPCODE.pong, "there?"]);
  const welcome = (await ann.readFrame())!;
  assertStringIncludes(new TextDecoder().decode(welcome.payload), '{"welcome":');
});

Deno.test("a WebSocket that is closed gets no more notes", async () => {
  const left = Promise.withResolvers<void>();
  await using up = await setUp({
    ...{ metrics: "127.0.0.1:0", rate: 0 },
    onEvent: (event) => event.type === "leave" && event.name === "eve" && left.resolve(),
  });
  using peer = new Peer(up.address);
  const ann = await peer.join({ name: "ann" });
  for (let at = 0; at < 2_000; at++) ann.post([`${at}`, "hello"]);
  await ann.until(({ notes, acks }) => notes.length === 2_000 && acks.size === 2_000);
  const eve = await RawWebSocket.open(up.address);
  await eve.readResponse();
  const hello = JSON.stringify({ join: toJoin({ name: "eve" }) });
  await eve.send(
    rawFrame({ opcode: OPCODE.text, payload: hello }),
    rawFrame({ opcode: OPCODE.close, payload: new Uint8Array([3, 232]) }),
  );
  assertEquals([await eve.readClose(), await eve.readFrame()], [1000, undefined]);
  eve[Symbol.dispose]();
  await left.promise;
  const page = await (await fetch(`http://${up.metricsAddress}/metrics`)).text();
  const delivered = Number(/^chat_deliveries_total (\d+)$/m.exec(page)![1]);
  assert(delivered < 3_000, `${delivered - 2_000} notes were read for nobody`);
});

Deno.test("a flood of pings cuts a WebSocket, as one of HTTP/2", async () => {
  const events: ServerEvent[] = [];
  await using up = await setUp({ onEvent: (event) => events.push(event) });
  using eve = await RawWebSocket.open(up.address);
  await eve.readResponse();
  const pings = Array.from({ length: 20_000 }, () => rawFrame({ opcode: OPCODE.ping }));
  await Promise.allSettled([eve.send(...pings), eve.readClose()]); // Until it is cut.
  const [refusal] = events.filter((event) => event.type === "refused");
  assertEquals(refusal?.kind, "flood");
  assertStringIncludes(refusal?.reason ?? "", "it sent more than 10000 frames a second");
});

Deno.test("requests that are none for a WebSocket are refused in words", async () => {
  await using up = await setUp();
  const refusals: [header: string, status: number, words: string][] = [
    ["Origin: http://evil.example", 403, 'Pages of \\"http://evil.example\\" may not use'],
    ["Origin: null", 403, 'Pages of \\"null\\" may not use'],
    ["Sec-Fetch-Site: cross-site", 403, "Pages of other sites may not use"],
    ["Sec-WebSocket-Protocol: ,", 400, "Invalid Sec-WebSocket-Protocol header"],
  ];
  for (const [header, status, words] of refusals) {
    using eve = await RawWebSocket.open(up.address, [header]);
    const response = await eve.readResponse();
    assertStringIncludes(response, `HTTP/1.1 ${status} `);
    assertStringIncludes(response, "application/problem+json");
    assertStringIncludes(response, words);
  }
  const response = await fetch(`http://${up.address}/session`);
  assertEquals([response.status, response.headers.get("upgrade")], [426, "websocket"]);
  assertEquals((await response.json()).detail, "A session needs a WebSocket");
});

Deno.test("of the pings that a WebSocket sends at once, the last one is answered", async () => {
  await using up = await setUp();
  using eve = await RawWebSocket.open(up.address);
  await eve.readResponse();
  const pings = Array.from({ length: 1_000 }, (_, at) => `${at}`);
  await eve.send(...pings.map((payload) => rawFrame({ opcode: OPCODE.ping, payload })));
  while (true) {
    const pong = (await eve.readFrame())!;
    assertEquals(pong.opcode, OPCODE.pong);
    if (new TextDecoder().decode(pong.payload) === "999") break;
  }
});

Deno.test("messages that do not end are bounded for all WebSockets together", async () => {
  const events: ServerEvent[] = [];
  await using up = await setUp({ onEvent: (event) => events.push(event), joinBurst: 0 });
  await using stack = new AsyncDisposableStack();
  const sockets: RawWebSocket[] = [];
  const part = rawFrame({ opcode: OPCODE.text, payload: new Uint8Array(2 ** 20), isLast: false });
  for (let at = 0; at < 33; at++) {
    const socket = stack.use(await RawWebSocket.open(up.address));
    sockets.push(socket);
    await socket.readResponse();
    const hello = JSON.stringify({
      join: { ...toJoin({ name: `eve${at}` }), room: `room${at % 9}` },
    });
    await socket.send(rawFrame({ opcode: OPCODE.text, payload: hello }));
    await socket.readFrame();
    await socket.send(part);
  }
  await Promise.race(sockets.map((socket) => socket.readClose().catch(() => undefined)));
  const [refusal] = events.filter((event) => event.type === "refused");
  assertStringIncludes(refusal?.reason ?? "", "bytes that are not read, more than any other");
});
