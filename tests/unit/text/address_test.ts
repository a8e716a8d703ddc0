import { assertEquals, assertThrows } from "@std/assert";
import {
  type Address,
  formatAddress,
  isLoopback,
  isWildcardHost,
  joinAddress,
  parseAddress,
  parseHost,
  parseTcpAddress,
} from "../../../text/address.ts";

Deno.test.each<[text: string, address: Address, isLoopback: boolean]>([
  ["127.0.0.1:1", { host: "127.0.0.1", port: 1 }, true],
  ["127.9.8.7:0", { host: "127.9.8.7", port: 0 }, true],
  ["localhost:1", { host: "localhost", port: 1 }, true],
  ["LOCALHOST:1", { host: "LOCALHOST", port: 1 }, true],
  ["[::1]:65535", { host: "::1", port: 65_535 }, true],
  ["[0:0:0:0:0:0:0:1]:1", { host: "0:0:0:0:0:0:0:1", port: 1 }, true],
  ["[::ffff:127.0.0.1]:1", { host: "::ffff:127.0.0.1", port: 1 }, true],
  ["[::ffff:7f00:1]:1", { host: "::ffff:7f00:1", port: 1 }, true],
  ["unix:/tmp/chat.sock", { path: "/tmp/chat.sock" }, true],
  ["unix:a:1", { path: "a:1" }, true],
  ["unix:[a]", { path: "[a]" }, true],
  ["0.0.0.0:1", { host: "0.0.0.0", port: 1 }, false],
  ["[::]:1", { host: "::", port: 1 }, false],
  ["[fe80::1]:5", { host: "fe80::1", port: 5 }, false],
  ["[::ffff:10.0.0.1]:1", { host: "::ffff:10.0.0.1", port: 1 }, false],
  ["128.0.0.1:1", { host: "128.0.0.1", port: 1 }, false],
  ["127.0.0.1.example:1", { host: "127.0.0.1.example", port: 1 }, false],
  ["127.0.0.256:1", { host: "127.0.0.256", port: 1 }, false],
  ["localhost.example:1", { host: "localhost.example", port: 1 }, false],
  ["127.example:1", { host: "127.example", port: 1 }, false],
  ["bücher.example:4000", { host: "bücher.example", port: 4_000 }, false],
])("parseAddress() and formatAddress() agree on %s", (text, address, loopback) => {
  assertEquals(parseAddress(text), address);
  assertEquals(formatAddress(address), text);
  assertEquals(isLoopback(address), loopback);
});

Deno.test.each([
  ["localhost", "localhost:11912"],
  ["chat.example:4000", "chat.example:4000"],
  ["10.0.0.1", "10.0.0.1:11912"],
  ["[::1]", "[::1]:11912"],
  ["::1", "[::1]:11912"],
  ["::1:4000", "[::1:4000]:11912"],
  ["[localhost]:1", "localhost:1"],
  ["unix:/run/chat.sock", "unix:/run/chat.sock"],
])("parseAddress() completes %s with the default port to %s", (text, address) => {
  assertEquals(formatAddress(parseAddress(text, { defaultPort: 11_912 })), address);
});

const HOST = "the host must be a name or an IP address";
const PORT = "the port must be a whole number from 1 to 65,535";

Deno.test.each([
  ["", HOST],
  [":1", HOST],
  ["a b:1", HOST],
  ["[::1", HOST],
  ["[::g]:1", HOST],
  ["::1::", HOST],
  ["http://a", HOST],
  ["host", PORT],
  ["host:", PORT],
  ["host:0", PORT],
  ["host:65536", PORT],
  ["host:1e3", PORT],
  ["::1", PORT],
  ["unix:", "must name the path of the socket: unix:PATH"],
  [
    "[fe80::1%lo]:1",
    'must have no zone ("%lo"): Deno reaches no addresses of one link',
  ],
])("parseAddress() refuses %j: %s", (text, message) => {
  const error = assertThrows(() => parseAddress(text, { minPort: 1 }), RangeError);
  assertEquals(error.message, message);
});

Deno.test("parseTcpAddress() knows no Unix sockets", () => {
  assertEquals(parseTcpAddress("[::1]:80"), { host: "::1", port: 80 });
  for (const text of ["unix:x:80", "unix:/x"]) {
    assertThrows(() => parseTcpAddress(text), RangeError, HOST);
  }
});

Deno.test("parseHost() removes brackets, and refuses a port and a zone", () => {
  assertEquals(["[::1]", "::", "a.example", "unix:a"].map(parseHost), [
    ...["::1", "::", "a.example", "unix:a"],
  ]);
  const zone = 'must have no zone ("%lo"): Deno reaches no addresses of one link';
  for (const text of ["fe80::1%lo", "[fe80::1%lo]"]) {
    assertThrows(() => parseHost(text), RangeError, zone);
  }
  for (const text of ["localhost:1", "localhost%lo", "1.2.3.4:1", "a/b", ""]) {
    assertThrows(() => parseHost(text), RangeError, HOST);
  }
});

Deno.test("joinAddress() brackets IPv6, and gives a Unix socket no port", () => {
  assertEquals(joinAddress("::", 1), "[::]:1");
  assertEquals(joinAddress("unix:a", 1), "unix:a");
});

Deno.test("isWildcardHost() knows the hosts that stand for all addresses", () => {
  const hosts = ["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "0", "0.0.0.1", "::1", "0.example", ""];
  assertEquals(hosts.map(isWildcardHost), [true, true, true, true, false, false, false, false]);
});
