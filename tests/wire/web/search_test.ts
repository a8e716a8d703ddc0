import { assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { HttpConnection } from "../../support/wire/http.ts";
import { openChat } from "./http_chat.ts";

const SEARCH = "GET /rooms/lobby/search";

/** A server with some notes, and a connection to it. */
async function open(rate = 0) {
  const chat = await openChat({ rate });
  for (const text of ["disk full", "disk is full", "배포 완료"]) {
    assertEquals((await chat.http.post(text)).status, 200);
  }
  return chat;
}

/** The messages in lines of JSON, which arrive in parts with their sizes. */
function messages(lines: string): string[] {
  return Buffer.from(lines, "latin1").toString().split(/\r?\n/)
    .filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).message);
}

for (
  const [query, expected] of [
    ["q=disk+FULL", ["disk is full", "disk full"]],
    [`q=${encodeURIComponent('"disk full"')}`, ["disk full"]],
    [`q=${encodeURIComponent("배포")}`, ["배포 완료"]],
    ["q=disk&last=1", ["disk is full"]],
    ["q=disk&before=2", ["disk full"]],
    ["q=disk&since=2", ["disk is full"]],
    ["q=disk&since=1h", ["disk is full", "disk full"]],
    ["q=disk&name=ann", ["disk is full", "disk full"]],
    ["name=ann&last=1", ["배포 완료"]],
    ["q=disk&name=bob", []],
    ["q=absent", []],
  ] as const
) {
  Deno.test(`GET /rooms/ROOM/search?${decodeURIComponent(query)} finds ${expected.length}`, async () => {
    await using chat = await open();
    await chat.http.send(`${SEARCH}?${query}`, { headers: { Connection: "close" } });
    const { status, headers } = await chat.http.head();
    assertEquals([status, headers.get("content-type")], [200, "application/x-ndjson"]);
    assertEquals<readonly string[]>(messages(await chat.http.end()), expected);
  });
}

for (
  const [query, expected] of [
    ["", "q is missing: the words to search for"],
    ["?q=+", "q is missing: the words to search for"],
    ["?q=x&last=0", 'last is \\"0\\": must be a whole number from 1 to 1,000'],
    ["?q=x&last=1001", 'last is \\"1001\\": must be a whole number from 1 to 1,000'],
    ["?q=x&before=-1", 'before is \\"-1\\": must be a whole number'],
    ["?q=x&since=soon", 'since is \\"soon\\": must be a span'],
    [`?q=${"x".repeat(201)}`, "has 201 characters: at most 200 are allowed in a search"],
    [`?q=${"x+".repeat(17)}`, "A search has 17 words: at most 16 are allowed"],
  ] as const
) {
  Deno.test(`GET /rooms/ROOM/search${query.slice(0, 30)} is refused with 400`, async () => {
    await using chat = await open();
    const { status, body } = await chat.http.ask(`${SEARCH}${query}`);
    assertEquals(status, 400);
    assertStringIncludes(body, expected);
  });
}

Deno.test("GET /rooms/ROOM/search of a room that does not exist is refused with 404", async () => {
  await using chat = await open();
  const { status, body } = await chat.http.ask("GET /rooms/dev/search?q=x");
  assertEquals([status, JSON.parse(body).detail], [404, 'There is no room "dev" yet']);
});

Deno.test("GET /rooms/ROOM/search is refused with 429 after too many", async () => {
  await using chat = await open(100);
  const ask = async () => {
    using http = await HttpConnection.open(chat.server.address);
    await http.send(`${SEARCH}?q=disk`, { headers: { Connection: "close" } });
    return { ...await http.head(), text: await http.end() };
  };
  for (let i = 0; i < 20; i++) assertEquals((await ask()).status, 200);
  while (true) {
    const { status, headers, text } = await ask();
    if (status === 200) continue; // It took long enough for another one.
    assertEquals([status, headers.get("retry-after")], [429, "1"]);
    return assertStringIncludes(text, "Too many searches: wait");
  }
});
