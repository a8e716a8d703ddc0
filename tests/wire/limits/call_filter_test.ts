import { assert, assertEquals, assertMatch } from "@std/assert";
import { status } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { gzipSync } from "node:zlib";
import { serve, type ServerEvent } from "../../../mod.ts";
import { chatServer } from "../../../proto/mod.ts";
import { PATHS } from "../../support/wire/attack.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import { concat, uint32 } from "../../support/wire/raw_http2.ts";

const NOTE = chatServer.SendNote.requestSerialize({ name: "ann", message: "hello" });
const { SendNote, ChatStream } = chatServer;

/** A server in this process, and its errors. */
async function open() {
  const errors: unknown[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "error") errors.push(event.error);
  };
  const server = await serve({ address: "127.0.0.1:0", onEvent });
  return Object.assign(server, { errors });
}

/** A message in gRPC framing. */
function framed(message: Uint8Array, flag = 0): Uint8Array {
  return concat(Uint8Array.of(flag), uint32(message.length), message);
}

/** The answer to a call: its headers and its trailers. */
async function answerTo(
  address: string,
  headers: OutgoingHttpHeaders,
  ...bodies: Uint8Array[]
): Promise<IncomingHttpHeaders> {
  const session = connect(`http://${address}`);
  const all = { ":method": "POST", "content-type": "application/grpc", te: "trailers", ...headers };
  const call = session.request(all, { endStream: bodies.length === 0 });
  const answer: IncomingHttpHeaders = {};
  call.on("response", (fields) => Object.assign(answer, fields));
  call.on("trailers", (fields) => Object.assign(answer, fields));
  call.resume();
  if (bodies.length > 0) call.end(concat(...bodies));
  await new Promise<void>((resolve, reject) => call.on("close", resolve).on("error", reject));
  await new Promise<void>((resolve) => session.close(resolve));
  return answer;
}

/** The body of the answer to a request by HTTP/2 that is not gRPC, with its headers. */
async function bodyOf(address: string, method: string): Promise<[IncomingHttpHeaders, string]> {
  const session = connect(`http://${address}`);
  const request = session.request({ ":method": method, ":path": "/" });
  const answered = Promise.withResolvers<IncomingHttpHeaders>();
  request.once("response", answered.resolve).once("error", answered.reject);
  request.end();
  const headers = await answered.promise;
  let body = "";
  for await (const text of request.setEncoding("utf8")) body += text;
  await new Promise<void>((resolve) => session.close(resolve));
  return [headers, body];
}

Deno.test("a request by HTTP/2 that is not gRPC is told what is, in its body", async () => {
  await using server = await open();
  const words = "Over HTTP/2 this server only answers gRPC calls: use HTTP/1.1 for all else\n";
  const cases = [["GET", 405, "POST", words], ["HEAD", 405, "POST", ""], ["POST", 415, , words]];
  for (const [method, status, allow, body] of cases) {
    const [headers, text] = await bodyOf(server.address, `${method}`);
    assertEquals([headers[":status"], headers["allow"], text], [status, allow, body]);
    assertEquals(headers["content-type"], "text/plain");
  }
  assertEquals(server.errors, []);
});

/** The status of an answer, and its message. */
function statusOf(answer: IncomingHttpHeaders): [code: number, words: string] {
  return [Number(answer["grpc-status"]), decodeURI(`${answer["grpc-message"] ?? ""}`)];
}

/** The notes in the lobby, besides one posted now. */
async function notesIn(address: string): Promise<string[]> {
  using peer = new Peer(address);
  await peer.send({ name: "bob", message: "the last one" });
  const notes: string[] = [];
  for await (const { message } of peer.stream()) {
    if (message === "the last one") break;
    notes.push(message);
  }
  return notes;
}

const STRANGE: readonly [what: string, headers: OutgoingHttpHeaders, http: number][] = [
  ["a page", { "content-type": "text/html" }, 415],
  ["JSON", { "content-type": "application/json" }, 415],
  ["gRPC for the web", { "content-type": "application/grpc-web+proto" }, 415],
  ["a type that begins alike", { "content-type": "application/grpcish" }, 415],
  ["a call by GET", { ":method": "GET" }, 405],
  ["a call by HEAD", { ":method": "HEAD" }, 405],
  ["gRPC", {}, 200],
  ["gRPC with protobuf", { "content-type": "application/grpc+proto" }, 200],
  ["gRPC with a parameter", { "content-type": "application/grpc;charset=utf-8" }, 200],
];

Deno.test("a request that is not gRPC is answered with an HTTP status", async () => {
  await using server = await open();
  for (const [what, headers, http] of STRANGE) {
    const answer = await answerTo(server.address, { ":path": SendNote.path, ...headers });
    assertEquals(Number(answer[":status"]), http, what);
  }
  assertEquals(server.errors, []);
});

Deno.test("no encoding is accepted but identity, in any call and for any messages", async () => {
  await using server = await open();
  for (const path of PATHS) {
    for (const encoding of ["gzip", "deflate", "snappy", "identity, gzip"]) {
      const body = framed(gzipSync(NOTE), 1);
      const headers = { ":path": path, "grpc-encoding": encoding };
      const answer = await answerTo(server.address, headers, body);
      const words = `The encoding "${encoding}" is not accepted: only "identity" is`;
      assertEquals(statusOf(answer), [status.UNIMPLEMENTED, words], path);
      assertEquals(answer["grpc-accept-encoding"], "identity");
    }
  }
  const answer = await answerTo(
    server.address,
    { ":path": SendNote.path, "grpc-encoding": "identity" },
    framed(NOTE),
  );
  assertEquals([statusOf(answer)[0], answer["grpc-accept-encoding"]], [status.OK, "identity"]);
  assertEquals(await notesIn(server.address), ["hello"]);
});

Deno.test("a message marked as compressed is refused, in all calls", async () => {
  await using server = await open();
  for (const path of PATHS) {
    for (const flag of [1, 2, 255]) {
      const answer = await answerTo(
        server.address,
        { ":path": path },
        framed(gzipSync(NOTE), flag),
      );
      const words = 'The message is compressed: only the encoding "identity" is accepted';
      assertEquals(statusOf(answer), [status.UNIMPLEMENTED, words], path);
    }
  }
  assertEquals(await notesIn(server.address), []);
});

Deno.test("an expired deadline ends any call at once, and stores nothing", async () => {
  await using server = await open();
  for (const timeout of ["1n", "999999n", "999u", "0n", "0u", "0m", "0S", "0M", "0H"]) {
    for (const path of PATHS) {
      const answer = await answerTo(
        server.address,
        { ":path": path, "grpc-timeout": timeout },
        framed(NOTE),
      );
      assertEquals(statusOf(answer)[0], status.DEADLINE_EXCEEDED, `${timeout} ${path}`);
    }
  }
  assertEquals(await notesIn(server.address), []);
});

/** The longest deadlines that a timer supports, and longer ones. */
const FAR = [
  "2147483647m",
  "2147483S",
  "35791M",
  "596H",
  "2147484S",
  "35792M",
  "597H",
  "99999999m",
  "99999999S",
  "99999999M",
  "99999999H",
];

Deno.test("a deadline in the far future is ignored", async () => {
  await using server = await open();
  for (const timeout of FAR.filter((timeout) => timeout.length < 10)) {
    const headers = { ":path": SendNote.path, "grpc-timeout": timeout };
    const answer = await answerTo(server.address, headers, framed(NOTE));
    assertEquals(statusOf(answer), [status.OK, "OK"], timeout);
  }
  for (const timeout of ["597H", "99999999H"]) {
    const session = connect(`http://${server.address}`);
    const call = session.request({
      ":method": "POST",
      ":path": ChatStream.path,
      "content-type": "application/grpc",
      "grpc-timeout": timeout,
    });
    call.end(framed(new Uint8Array()));
    const first = await new Promise<Buffer>((resolve) => call.once("data", resolve));
    assert(first.includes("hello"), timeout);
    const closed = new Promise((resolve) => session.on("close", resolve));
    session.destroy();
    await closed;
  }
});

Deno.test("an invalid deadline is refused, and does no harm", async () => {
  await using server = await open();
  const strange = ["", "soon", "S", "1", "1 S", "-1S", "1.5S", "123456789S", "1S, 2S", "1s", "é1S"];
  for (const timeout of strange) {
    const headers = { ":path": SendNote.path, "grpc-timeout": timeout };
    const [code, words] = statusOf(await answerTo(server.address, headers, framed(NOTE)));
    assertEquals(code, status.INTERNAL, timeout);
    assertMatch(words, /^Invalid grpc-timeout value "/);
  }
  assertEquals(await notesIn(server.address), []);
  assertEquals(server.errors, []);
});

Deno.test("a malformed path is not a method", async () => {
  await using server = await open();
  for (const path of ["/x", "/", "/grpc.ChatServer/", "/é", "/%F0%9F", `/${"x".repeat(8_000)}`]) {
    const { "grpc-status": code } = await answerTo(server.address, { ":path": path });
    assertEquals(Number(code), status.UNIMPLEMENTED, path);
  }
  assertEquals(server.errors, []);
});
