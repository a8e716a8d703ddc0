import { assertEquals, assertThrows } from "@std/assert";
import { joinAddress, parseHost, parseServer } from "../../../cli/flags/address.ts";

Deno.test("parseServer() completes partial addresses", () => {
  const cases = {
    "localhost": "localhost:11912",
    "chat.example:4000": "chat.example:4000",
    "10.0.0.1:65535": "10.0.0.1:65535",
    "[::1]": "[::1]:11912",
    "[fe80::1]:5": "[fe80::1]:5",
    "::1": "[::1]:11912",
    "unix:/run/chat.sock": "unix:/run/chat.sock",
  };
  for (const [text, address] of Object.entries(cases)) assertEquals(parseServer(text), address);
});

Deno.test("parseServer() refuses invalid addresses", () => {
  for (
    const text of ["", ":1", "host:", "host:0", "host:65536", "a b", "unix:", "[::1", "http://a"]
  ) {
    assertThrows(() => parseServer(text), RangeError);
  }
});

Deno.test("joinAddress() brackets IPv6", () => {
  assertEquals(joinAddress(parseHost("[::1]"), 1), "[::1]:1");
  assertEquals(joinAddress(parseHost("::"), 1), "[::]:1");
  assertEquals(joinAddress("unix:a", 1), "unix:a");
});
