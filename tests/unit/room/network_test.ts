import { assertEquals } from "@std/assert";
import { formatNetwork, parseNetwork, toNetwork, toSite } from "../../../room/network.ts";

Deno.test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["127.0.0.1", "127.0.0.1"],
  ["127.45.6.7", "127.0.0.1"],
  ["::ffff:127.1.2.3", "127.0.0.1"],
  ["::ffff:7f01:203", "127.0.0.1"],
  ["128.0.0.1", "128.0.0.1"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::1", "0:0:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["unix", "unix"],
  ["unknown", "unknown"],
])("toNetwork(%s) is %s", (address, network) => assertEquals(toNetwork(address), network));

Deno.test.each([
  ["2001:db8:1:2::3", "2001:db8:1::/48"],
  ["2001:db8::1", "2001:db8:0::/48"],
  ["fe80::1%eth0", "fe80:0:0::/48"],
  ["192.0.2.7", undefined],
  ["unix", undefined],
])("toSite() of the network of %s is %s", (address, site) => {
  assertEquals(toSite(toNetwork(address)), site);
});

Deno.test.each([
  ["::1", "::/64"],
  ["fe80::1%eth0", "fe80::/64"],
  ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
  ["2001:db8:1:0::1", "2001:db8:1::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
])("the network of %s is written as %s, and parsed again", (address, written) => {
  const network = toNetwork(address);
  assertEquals([formatNetwork(network), parseNetwork(written)], [written, network]);
});

Deno.test("formatNetwork() and parseNetwork() know no other texts", () => {
  const others = ["192.0.2.7", "unix", "SHA256:abc/64", "a::b::/64", "::ffff:192.0.2.7/64", "/64"];
  assertEquals(others.map(formatNetwork), others);
  assertEquals(others.map(parseNetwork), others.map(() => undefined));
});
