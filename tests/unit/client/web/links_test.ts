import { assertEquals } from "@std/assert";
import { linkedTexts } from "../../../../client/web/links.ts";
import { escapeText } from "../../../../text/escape.ts";

/** The links in a text, with what they lead to if that is not the same. */
function links(text: string): string[] {
  const parts = linkedTexts(text);
  assertEquals(parts.map(({ text }) => text).join(""), text); // Nothing is lost.
  return parts.flatMap(({ text, url }) =>
    url === undefined ? [] : text === url ? [text] : [`${text} → ${url}`]
  );
}

Deno.test.each([
  ["no link", []],
  ["https://example.org/", ["https://example.org/"]],
  ["at http://example.org/a?b=c#d, and", ["http://example.org/a?b=c#d"]],
  ["HTTPS://EXAMPLE.ORG/A", ["HTTPS://EXAMPLE.ORG/A → https://example.org/A"]],
  ["(see https://example.org/a_(b))", ["https://example.org/a_(b)"]],
  ["(see https://example.org/a).", ["https://example.org/a"]],
  ["<https://example.org/a>", ["https://example.org/a"]],
  ["“https://example.org/a”", ["https://example.org/a"]],
  ["https://a.example/ https://b.example/", ["https://a.example/", "https://b.example/"]],
  ["https://例え.jp/ó", ["https://例え.jp/ó → https://xn--r8jz45g.jp/%C3%B3"]],
  // The text of a link says where it leads.
  ["https://bank.example@evil.example/", []],
  ["https://user:password@evil.example/", []],
  ["xhttps://example.org/", []],
  ["javascript:alert(1)//https", []],
  ["data:text/html,x ftp://example.org/ file:///etc/passwd www.example.org", []],
  ["https:// http://. https://[", []],
  [escapeText("https://example.org/\u202egpj.exe"), ["https://example.org/"]],
])("linkedTexts(%j) finds %j", (text, expected) => {
  assertEquals(links(text), [...expected]);
});
