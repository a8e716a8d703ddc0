import { assertEquals, assertMatch } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { SubjectAltNames } from "../../../../client/net/subject_alt_names.ts";
import { tlv } from "../../../../server/tls/der.ts";
import { altNames, TestCa } from "../../../support/test_ca.ts";

const authority = new TestCa("ours");

const text = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const dns = (name: string) => tlv(0x82, text(name));
const uri = (name: string) => tlv(0x86, text(name));
const email = (name: string) => tlv(0x81, text(name));
const ip = (...bytes: number[]) => tlv(0x87, Uint8Array.from(bytes));

/** The names that a certificate made by the authority states. */
function namesOf(subject: string, extensions: Uint8Array[]): SubjectAltNames {
  return new SubjectAltNames(
    new X509Certificate(authority.issueFor(subject, extensions).cert).raw,
  );
}

const V6 = [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1];

const CERTIFICATES: [what: string, names: Uint8Array[], good: string[], bad: string[]][] = [
  ["a name", [dns("localhost")], ["localhost", "LOCALHOST", "localhost."], [
    "localhos",
    "alocalhost",
    "a.localhost",
    "127.0.0.1",
    "",
  ]],
  ["capitals", [dns("Chat.Example")], ["chat.example"], ["example"]],
  ["two names", [dns("a.example"), dns("b.example")], ["a.example", "b.example"], [
    "a.example, DNS:b.example",
    "example",
  ]],
  ["a URI with a name in it", [uri("http://evil.example/, DNS:localhost")], [], [
    "localhost",
    "evil.example",
  ]],
  ["an address of mail with a name in it", [email("a@evil.example, DNS:localhost")], [], [
    "localhost",
  ]],
  ["a name with a name in it", [dns("evil.example, DNS:localhost")], [], ["localhost"]],
  ["a name with an address in it", [dns("evil.example, IP Address:127.0.0.1")], [], ["127.0.0.1"]],
  ["a name with NUL in it", [dns("localhost\0.evil.example")], [], ["localhost"]],
  ["a name that ends in NUL", [dns("localhost\0")], [], ["localhost"]],
  ["a name with a space", [dns(" localhost"), dns("localhost ")], [], ["localhost"]],
  ["an empty name", [dns("")], [], ["", "localhost", "."]],
  ["an address", [ip(127, 0, 0, 1)], ["127.0.0.1"], ["127.0.0.2", "::ffff:127.0.0.1", "localhost"]],
  ["an IPv6 address", [ip(...V6)], ["2001:db8::1", "2001:DB8:0::1", "2001:db8::1%eth0"], [
    "2001:db8::2",
    "::1",
  ]],
  ["an address as a name", [dns("127.0.0.1")], [], ["127.0.0.1"]],
  ["a name as an address", [ip(...text("localhost"))], [], ["localhost"]],
  ["a network as an address", [ip(127, 0, 0, 1, 255, 0, 0, 0)], [], ["127.0.0.1"]],
  ["a star", [dns("*.chat.example")], ["a.chat.example"], [
    "chat.example",
    "a.b.chat.example",
    ".chat.example",
    "*.example",
  ]],
  ["a star for all of a domain", [dns("*.example"), dns("*")], [], ["chat.example", "example"]],
  ["a star elsewhere", [dns("a*.chat.example"), dns("a.*.example"), dns("*a.chat.example")], [], [
    "ab.chat.example",
    "a.chat.example",
    "aa.chat.example",
  ]],
  ["a name of other letters", [dns("xn--bcher-kva.example")], [
    "bücher.example",
    "BÜCHER.example",
    "xn--bcher-kva.example",
  ], ["bucher.example"]],
  ["a name of other letters as it is", [dns("b\xfccher.example")], [], ["bücher.example"]],
];

for (const [what, names, good, bad] of CERTIFICATES) {
  Deno.test(`SubjectAltNames of ${what} include exactly these`, () => {
    const read = namesOf("localhost", [altNames(...names)]);
    assertEquals([...good, ...bad].filter((host) => read.include(host)), good);
    assertMatch(String(read), /^[\x20-\x7e]*$/);
  });
}

Deno.test("SubjectAltNames ignore the subject, even without other names", () => {
  assertEquals(namesOf("localhost", []).include("localhost"), false);
  assertEquals(String(namesOf("localhost", [])), "");
});

Deno.test("SubjectAltNames list their hosts", () => {
  const names = [dns("a.example"), uri("http://b.example"), ip(192, 0, 2, 1), ip(...V6)];
  assertEquals(
    String(namesOf("c.example", [altNames(...names)])),
    "DNS:a.example, IP Address:192.0.2.1, IP Address:2001:db8::1",
  );
});

Deno.test("SubjectAltNames of invalid bytes are empty, wherever they end", () => {
  const { raw } = new X509Certificate(authority.issue(["localhost"]).cert);
  assertEquals(new SubjectAltNames(raw).include("localhost"), true);
  for (let length = 0; length < raw.length; length++) {
    assertEquals(String(new SubjectAltNames(raw.subarray(0, length))), "");
    const wrong = Uint8Array.from(raw);
    wrong[length]! ^= 0xff;
    new SubjectAltNames(wrong).include("localhost");
  }
});
