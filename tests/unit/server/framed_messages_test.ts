import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import { FramedMessages } from "../../../server/rpc/framed_messages.ts";
import type { InnerCall } from "../../../server/rpc/message_deframer.ts";

/** A call that writes messages as grpc-js does: this test sees only what it serializes. */
function newCall(): InnerCall {
  const call = { serializeMessage: () => Buffer.from("by grpc-js") } as unknown as InnerCall;
  FramedMessages.acceptIn(call);
  return call;
}

Deno.test("FramedMessages puts gRPC's prefix before each message", () => {
  const framed = FramedMessages.all([Buffer.from("one"), Buffer.from("")]);
  const expected = Buffer.from([0, 0, 0, 0, 3, ...Buffer.from("one"), 0, 0, 0, 0, 0]);
  assertEquals(newCall().serializeMessage(framed), expected);
});

Deno.test("FramedMessages frames the same messages once, for all calls", () => {
  const messages = [Buffer.from("one"), Buffer.from("two")];
  assertEquals(FramedMessages.all(messages) === FramedMessages.all(messages), true);
  const large = Buffer.alloc(100_000, "x");
  const framed = FramedMessages.one(large);
  assertEquals(FramedMessages.one(large) === framed, true);
  const bytes = newCall().serializeMessage(framed);
  assertEquals(bytes.subarray(0, 5), Buffer.from([0, 0, 1, 0x86, 0xa0]));
  assertEquals(bytes.subarray(5), large);
});

Deno.test("FramedMessages leaves small messages to grpc-js", () => {
  const small = Buffer.from("small");
  assertEquals(FramedMessages.one(small) === small, true);
  assertEquals(newCall().serializeMessage(small), Buffer.from("by grpc-js"));
});
