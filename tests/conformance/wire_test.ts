import { assertEquals } from "@std/assert";
import { chatServer } from "../../proto/mod.ts";
import { LIMITS } from "../../room/limits.ts";
import { serve } from "../../mod.ts";
import {
  callHeaders,
  concat,
  type Fields,
  FLAG,
  frame,
  headerField,
  headersTo,
  RawConnection,
  type ReceivedFrame,
  TYPE,
  uint32,
} from "../support/wire/raw_http2.ts";

const NOTE: Uint8Array = chatServer.SendNote.requestSerialize({ name: "ann", message: "hello" });

/** The note with its prefix. */
const MESSAGE = concat(Uint8Array.of(0), uint32(NOTE.length), NOTE);

/** The setting SETTINGS_MAX_HEADER_LIST_SIZE. */
const MAX_HEADER_LIST_SIZE = 6;

const END = FLAG.endStream | FLAG.endHeaders;

/** Sends frames, and returns what the server answers on stream 1. */
async function answerTo(address: string, ...frames: Uint8Array[]): Promise<ReceivedFrame[]> {
  await using connection = await RawConnection.greet(address);
  await connection.send(...frames);
  await connection.until(({ stream, type, flags }) =>
    stream === 1 && (type === TYPE.rstStream || (flags & FLAG.endStream) !== 0)
  );
  return connection.frames.filter(({ stream, type }) => stream === 1 && type !== TYPE.windowUpdate);
}

/** The headers that open a call. */
function open(block: Uint8Array): Uint8Array {
  return frame({ type: TYPE.headers, flags: FLAG.endHeaders, stream: 1 }, block);
}

/** A DATA frame, of which the last one ends the stream. */
function data(payload: Uint8Array, { isLast = true }: { readonly isLast?: boolean } = {}) {
  return frame({ type: TYPE.data, flags: isLast ? FLAG.endStream : 0, stream: 1 }, payload);
}

/** The types of the frames of an answer, and whether the last one ends the stream. */
function shape(answer: readonly ReceivedFrame[]): [types: number[], isEnd: boolean] {
  return [answer.map(({ type }) => type), ((answer.at(-1)?.flags ?? 0) & END) === END];
}

const REFUSED: readonly [what: string, block: Uint8Array][] = [
  ["an unknown method", callHeaders("Nothing")],
  ["an unknown service", headersTo("/grpc.Nobody/SendNote")],
  ["compression", callHeaders("SendNote", [["grpc-encoding", "gzip"]])],
  ["a deadline that has passed", callHeaders("SendNote", [["grpc-timeout", "1n"]])],
  ["a malformed deadline", callHeaders("SendNote", [["grpc-timeout", "123456789S"]])],
];

Deno.test("a call that is refused at once is answered by trailers only", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  for (const [what, block] of REFUSED) {
    const answer = await answerTo(server.address, open(block), data(MESSAGE));
    assertEquals(shape(answer), [[TYPE.headers], true], what);
  }
});

const half = Math.floor(MESSAGE.length / 2);

/** A note however it is split into frames, and calls that need not have all header fields. */
const ACCEPTED: readonly [what: string, frames: Uint8Array[], fields?: Fields][] = [
  ["a frame", [data(MESSAGE)]],
  ["an empty frame at the end", [data(MESSAGE, { isLast: false }), data(new Uint8Array())]],
  ["a frame a byte", [
    ...Array.from(MESSAGE, (byte) => data(Uint8Array.of(byte), { isLast: false })),
    data(new Uint8Array()),
  ]],
  ["two frames and an empty one between", [
    data(MESSAGE.subarray(0, half), { isLast: false }),
    data(new Uint8Array(), { isLast: false }),
    data(MESSAGE.subarray(half)),
  ]],
  ["padding", [
    frame(
      { type: TYPE.data, flags: FLAG.endStream | FLAG.padded, stream: 1 },
      concat(Uint8Array.of(10), MESSAGE, new Uint8Array(10)),
    ),
  ]],
  ["trailers of the client", [
    data(MESSAGE, { isLast: false }),
    frame({ type: TYPE.headers, flags: END, stream: 1 }, headerField("x-trailer", "1")),
  ]],
  ["the largest number of each unit of time", [data(MESSAGE)], [["grpc-timeout", "99999999n"]]],
  ["a deadline of many zeros", [data(MESSAGE)], [["grpc-timeout", "00000010S"]]],
  ["metadata that need not be text", [data(MESSAGE)], [["x-any-bin", "AP8,/w"]]],
];

Deno.test("a call is answered however it is split into frames", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  for (const [what, frames, fields = []] of ACCEPTED) {
    const answer = await answerTo(server.address, open(callHeaders("SendNote", fields)), ...frames);
    assertEquals(shape(answer), [[TYPE.headers, TYPE.data, TYPE.headers], true], what);
  }
});

Deno.test("the types application/grpc and application/grpc+proto are gRPC, with te or not", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  for (const type of ["application/grpc", "application/grpc+proto"]) {
    for (const te of [["te", "trailers"], undefined] as const) {
      const fields = [
        [":method", "POST"],
        [":scheme", "http"],
        [":path", chatServer.SendNote.path],
        [":authority", "localhost"],
        ["content-type", type],
        ...(te ? [te] : []),
      ] as const;
      const block = concat(...fields.map(([name, value]) => headerField(name, value)));
      const answer = await answerTo(server.address, open(block), data(MESSAGE));
      assertEquals(shape(answer), [[TYPE.headers, TYPE.data, TYPE.headers], true], `${fields}`);
    }
  }
});

Deno.test("the server says how large the metadata of a call may be", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using connection = await RawConnection.greet(server.address);
  await connection.until(({ type }) => type === TYPE.settings);
  const { payload } = connection.frames.find(({ type }) => type === TYPE.settings)!;
  const view = new DataView(payload.buffer, payload.byteOffset);
  const settings = Array.from({ length: payload.length / 6 }, (_, i): [number, number] => {
    return [view.getUint16(6 * i), view.getUint32(6 * i + 2)];
  });
  assertEquals(new Map(settings).get(MAX_HEADER_LIST_SIZE), LIMITS.headerBytes);
});
