import { assertEquals } from "@std/assert";
import { formatIp, parseIp, unmapIpv4 } from "../../../text/ip.ts";

Deno.test.each([
  ["192.0.2.1", "c0000201", "192.0.2.1"],
  ["0.0.0.0", "00000000", "0.0.0.0"],
  ["255.255.255.255", "ffffffff", "255.255.255.255"],
  ["::", "00000000000000000000000000000000", "::"],
  ["::1", "00000000000000000000000000000001", "::1"],
  ["1::", "00010000000000000000000000000000", "1::"],
  ["2001:DB8:0:0:1::5", "20010db8000000000001000000000005", "2001:db8::1:0:0:5"],
  ["2001:db8:1:2:3:4:5:6", "20010db8000100020003000400050006", "2001:db8:1:2:3:4:5:6"],
  ["1:2:3:4:5:6:192.0.2.1", "000100020003000400050006c0000201", "1:2:3:4:5:6:c000:201"],
  ["1:2:3::5:6:7:8", "00010002000300000005000600070008", "1:2:3:0:5:6:7:8"],
  ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201", "::ffff:c000:201"],
  ["fe80::1%eth0", "fe800000000000000000000000000001", "fe80::1"],
])("parseIp() reads %s, and formatIp() writes it", (text, hex, shortest) => {
  const bytes = parseIp(text);
  assertEquals(bytes && Uint8Array.from(bytes).toHex(), hex);
  assertEquals(formatIp(bytes!), shortest);
});

Deno.test("parseIp() accepts nothing else as an address", () => {
  const texts = [
    ...["", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x7f.1", "1.2.3.4 "],
    ...[":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::12345", "::g", "[::1]", "::1]/x["],
    ...[
      "1.2.3.4::",
      "::1.2.3.4:5",
      "1:2:3:4:5:6:7::8:9",
      "1:2:3:4::5:6:7:8",
      "1:2:3:4:5:6:7:1.2.3.4",
    ],
    ...["1::2:", ":1::2", "::1.2.3", "1::2::3", "unix", "2001:db8:0:0::/64"],
  ];
  for (const text of texts) assertEquals(parseIp(text), undefined, text);
});

Deno.test("formatIp() returns undefined for bytes that are not an address", () => {
  assertEquals(formatIp([1, 2, 3, 4, 5]), undefined);
});

Deno.test("unmapIpv4() finds the IPv4 address in an IPv6 address", () => {
  const unmapped = (text: string) => formatIp(unmapIpv4(parseIp(text)!));
  assertEquals(["::ffff:192.0.2.1", "::192.0.2.1", "::1", "192.0.2.1"].map(unmapped), [
    ...["192.0.2.1", "::c000:201", "::1", "192.0.2.1"],
  ]);
});
