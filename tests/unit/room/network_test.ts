import { assertEquals } from "@std/assert";
import { parseNetwork, toNetwork, toSite } from "../../../room/network.ts";

Deno.test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["127.0.0.1", "127.0.0.1"],
  ["127.45.6.7", "127.0.0.1"],
  ["::ffff:127.1.2.3", "127.0.0.1"],
  ["::ffff:7f01:203", "127.0.0.1"],
  ["128.0.0.1", "128.0.0.1"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::1", "::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
  ["2001:db8:1:0::1", "2001:db8:1::/64"],
  ["0:0:0:1:2::", "0:0:0:1::/64"],
  ["fe80::1%eth0", "fe80::/64"],
  ["unix", "unix"],
  ["unknown", "unknown"],
])("toNetwork(%s) is %s", (address, network) => assertEquals(toNetwork(address), network));

Deno.test.each([
  ["2001:db8:1:2::3", "2001:db8:1::/48"],
  ["2001:db8::1", "2001:db8::/48"],
  ["fe80::1%eth0", "fe80::/48"],
  ["0:0:0:1::2", "::/48"],
  ["::1", "::/48"],
  ["2001::5:0:0:0:1", "2001::/48"],
  ["192.0.2.7", undefined],
  ["unix", undefined],
])("toSite() of the network of %s is %s", (address, site) => {
  assertEquals(toSite(toNetwork(address)), site);
});

Deno.test.each([
  ["::/64", "::/64"],
  ["2001:db8::/64", "2001:db8::/64"],
  ["2001:db8:0:0::/64", "2001:db8::/64"],
  ["2001:DB8:1:2::/64", "2001:db8:1:2::/64"],
])("parseNetwork(%s) is %s", (text, network) => assertEquals(parseNetwork(text), network));

Deno.test("parseNetwork() returns undefined for other texts", () => {
  const others = ["192.0.2.7", "unix", "SHA256:abc/64", "a::b::/64", "::ffff:192.0.2.7/64", "/64"];
  assertEquals(others.map(parseNetwork), others.map(() => undefined));
});
