import { assertEquals } from "@std/assert";
import { serve } from "../../../mod.ts";
import { JOIN, post } from "../../support/wire/attack.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import {
  concat,
  FLAG,
  frame,
  openCall,
  RawConnection,
  TYPE,
  uint32,
} from "../../support/wire/raw_http2.ts";

/** Messages with their prefixes. */
function framed(...messages: readonly Uint8Array[]): Uint8Array {
  return concat(...messages.flatMap((each) => [Uint8Array.of(0), uint32(each.length), each]));
}

/** A frame of HTTP/2 with any part of messages. */
function data(payload: Uint8Array, flags = FLAG.none): Uint8Array {
  return frame({ type: TYPE.data, stream: 1, flags }, payload);
}

const END = data(new Uint8Array(), FLAG.endStream);
const LONG = "x".repeat(10_000); // Longer than a message may be before a join.
const BOTH = framed(JOIN, post("1", "one"), post("2", "two"));

/** All that a peer sends, and the notes that come of it. */
const SENT: readonly [what: string, frames: Uint8Array, notes: readonly string[]][] = [
  ["one frame with the end", data(BOTH, FLAG.endStream), ["one", "two"]],
  ["one frame before the end", concat(data(BOTH), END), ["one", "two"]],
  [
    "one frame with a long one",
    concat(data(framed(JOIN, post("1", LONG), post("2", "two"))), END),
    [LONG, "two"],
  ],
  [
    "one frame with part of another",
    data(concat(BOTH, framed(post("3", LONG)).subarray(0, 5_000)), FLAG.endStream),
    ["one", "two"],
  ],
];

for (const [what, frames, notes] of SENT) {
  Deno.test(`no message is lost if all are in ${what}`, async () => {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using connection = await RawConnection.greet(server.address);
    await connection.send(openCall(1, "Session"), frames);
    await connection.until(({ type, flags, stream }) =>
      stream === 1 && type === TYPE.headers && (flags & FLAG.endStream) > 0
    );
    using peer = new Peer(server.address);
    await peer.send({ name: "bob", message: "last" });
    const heard: string[] = [];
    for await (const { message } of peer.stream()) {
      if (message === "last") break;
      heard.push(message);
    }
    assertEquals(heard, notes);
  });
}
