import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import { frameMessage, frameMessages } from "../../../server/rpc/framed_writer.ts";

Deno.test("frameMessages() puts gRPC's prefix before each message", () => {
  const expected = Buffer.from([0, 0, 0, 0, 3, ...Buffer.from("one"), 0, 0, 0, 0, 0]);
  assertEquals(frameMessages([Buffer.from("one"), Buffer.from("")]), expected);
  const framed = frameMessage(Buffer.alloc(100_000, "x"));
  assertEquals(framed.subarray(0, 6), Buffer.from([0, 0, 1, 0x86, 0xa0, "x".charCodeAt(0)]));
  assertEquals(framed.length, 100_005);
});

Deno.test("the same messages are framed once, for all calls", () => {
  const messages = [Buffer.from("one"), Buffer.from("two")];
  assertEquals(frameMessages(messages) === frameMessages(messages), true);
  assertEquals(frameMessage(messages[0]!) === frameMessage(messages[0]!), true);
});
