import { assertEquals } from "@std/assert";
import { hostOf, isLoopback } from "../../../proto/identity/loopback.ts";

const ADDRESSES: [address: string, host: string, loopback: boolean][] = [
  ["127.0.0.1:1", "127.0.0.1", true],
  ["127.9.8.7:1", "127.9.8.7", true],
  ["localhost:1", "localhost", true],
  ["LOCALHOST:1", "LOCALHOST", true],
  ["[::1]:1", "::1", true],
  ["[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", true],
  ["unix:/tmp/chat.sock", "unix:/tmp/chat.sock", true],
  ["0.0.0.0:1", "0.0.0.0", false],
  ["[::]:1", "::", false],
  ["128.0.0.1:1", "128.0.0.1", false],
  ["127.0.0.1.example:1", "127.0.0.1.example", false],
  ["localhost.example:1", "localhost.example", false],
  ["127.example:1", "127.example", false],
  ["[fe80::1]:1", "fe80::1", false],
];

Deno.test("isLoopback() is true for addresses of this machine only", () => {
  for (const [address, host, loopback] of ADDRESSES) {
    assertEquals([hostOf(address), isLoopback(address)], [host, loopback], address);
  }
});
