import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromWireNote } from "../../../proto/note.ts";
import { HttpConnection, type HttpRequest } from "../../support/wire/http.ts";
import { openChat, readLobby } from "./http_chat.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";

const NOTES = "POST /rooms/lobby/notes";
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "Content-Type": "application/json" };

Deno.test("a post is answered with its position, time, room and name once it is stored", async () => {
  await using chat = await openChat();
  const { status, headers, body } = await chat.http.post("hello\n");
  assertEquals([status, headers.get("content-type")], [200, "application/json"]);
  assertMatch(body, /^\{"seq":1,"time":"[\d:.TZ-]{24}","room":"lobby","name":"ann"\}\n$/);
  const [note] = await readLobby(chat);
  assertEquals([note!.name, note!.message, note!.verified], ["ann", "hello", false]);
  assertEquals(new Date(note!.time).toISOString(), JSON.parse(body).time);
});

for (
  const [what, request, expected] of [
    ["the line break at its end", { body: "a\nb\r\n" }, "a\nb"],
    ["only one line break", { body: "a\n\n" }, "a\n"],
    ["a byte order mark", { body: "\ufeffa" }, "a"],
  ] as const
) {
  Deno.test(`a text is posted without ${what}`, async () => {
    await using chat = await openChat();
    assertEquals((await chat.http.post(request.body)).status, 200);
    assertEquals((await readLobby(chat)).map(({ message }) => message), [expected]);
  });
}

Deno.test("only a note in another form is refused for its looks, and none that is declared as text", async () => {
  await using chat = await openChat();
  const json = '{"message":"x"}';
  const looks = [
    json.slice(1),
    '["message"]',
    '{"error":"x"}',
    "name=ci",
    "a&message=b",
    "to=a & b",
  ];
  for (const body of looks) assertEquals((await chat.http.post(body, FORM_TYPE)).status, 200);
  for (const body of [json, "message=x"]) {
    assertEquals((await chat.http.post(body, { "Content-Type": "text/plain" })).status, 200);
  }
  assertEquals((await readLobby(chat)).map(({ message }) => message), [
    ...looks,
    json,
    "message=x",
  ]);
});

Deno.test("a post may be JSON, with fields that go before those in the address", async () => {
  await using chat = await openChat();
  const { http } = chat;
  const post = async (
    query: string,
    body: unknown,
    headers: HttpRequest["headers"] = JSON_TYPE,
  ) => {
    const { status } = await http.ask(`${NOTES}${query}`, { headers, body: JSON.stringify(body) });
    assertEquals(status, 200);
  };
  await post("", { name: "ann", message: "one\n", unknown: { ignored: true } });
  await post("?name=bob", { name: "ann", message: "two" });
  await post("?name=bob&kind=action", { message: "waves" });
  await post("?name=bob", { message: "four" }, { "Content-Type": "application/vnd.x+json" });
  const notes = (await readLobby(chat)).map(fromWireNote);
  assertEquals(notes.map(({ name, kind, message }) => `${name} ${kind} ${message}`), [
    ...["ann said one\n", "ann said two", "bob action waves", "bob said four"],
  ]);
});

Deno.test("a post with a recipient is a whisper, which nobody else can read", async () => {
  await using chat = await openChat();
  using peer = new Peer(chat.server.address);
  const bob = await peer.join({ name: "bob" });
  const body = JSON.stringify({ name: "ann", to: "bob", message: "psst" });
  assertEquals((await chat.http.ask(NOTES, { headers: JSON_TYPE, body })).status, 200);
  await bob.until(({ notes }) => notes.length === 1);
  assertEquals(bob.seen.notes[0]!.to, "bob");
  assertEquals((await chat.http.post("aloud")).status, 200);
  await chat.http.send("GET /rooms/lobby/notes?until-now");
  await chat.http.head();
  assertEquals((await chat.http.until(/aloud.*\n/)).match(/"seq":\d+/g), ['"seq":2']);
});

Deno.test("a post that is repeated with its Idempotency-Key is one note, quoted or not", async () => {
  await using chat = await openChat();
  const first = await chat.http.post("hello", { "Idempotency-Key": '"delivery 1"' });
  await chat.http.post("between");
  const again = await chat.http.post("hello", { "Idempotency-Key": "delivery 1" });
  assertEquals([again.status, again.body], [200, first.body]);
  assertEquals((await readLobby(chat)).map(({ message }) => message), ["hello", "between"]);
});

Deno.test("rooms are named in the address, encoded, in any script", async () => {
  await using chat = await openChat();
  const { http } = chat;
  for (const room of ["Ünïx", "방"]) {
    const posted = await http.ask(`POST /rooms/${encodeURIComponent(room)}/notes?name=ann`, {
      body: "hi",
    });
    assertEquals(posted.status, 200);
    assertStringIncludes(JSON.stringify(JSON.parse(posted.body)), `"room":"${room}"`);
  }
  const slash = await http.ask("POST /rooms/a%2Fb/notes?name=ann", { body: "hi" });
  assertEquals(slash.status, 400);
  assertStringIncludes(JSON.parse(slash.body).detail, 'Room "a/b"');
});

Deno.test("a note in JSON may be as long as any other, however its encoder escapes it", async () => {
  await using chat = await openChat({ maxNoteBytes: 6_000 });
  const body = `{"name": "ann", "message": "${"\\u044f".repeat(3_000)}"}`; // 6 bytes for 2.
  const { status } = await chat.http.ask(NOTES, { headers: JSON_TYPE, body });
  assertEquals(status, 200);
  assertEquals((await readLobby(chat)).map(({ message }) => message), ["я".repeat(3_000)]);
});

Deno.test("a body that is too large is refused, and its rest is dropped", async () => {
  await using chat = await openChat({ maxNoteBytes: 1_000 });
  const { http } = chat;
  const claimed = await http.post("x".repeat(200_000));
  assertEquals(claimed.status, 413);
  assertEquals(
    JSON.parse(claimed.body).detail,
    "The body has 200,000 bytes: at most 5,096 bytes are allowed",
  );
  await http.write(
    "POST /rooms/lobby/notes?name=ann HTTP/1.1\r\nHost: localhost\r\n" +
      `Transfer-Encoding: chunked\r\n\r\nea60\r\n${"x".repeat(60_000)}\r\n0\r\n\r\n`,
  );
  const chunked = await http.answer();
  assertEquals(chunked.status, 413);
  assertStringIncludes(JSON.parse(chunked.body).detail, "The body has more: at most 5,096 bytes");
  assertEquals((await http.post("a small one")).status, 200);
});

Deno.test("a post that asks before it sends its body is told to continue, or why not", async () => {
  await using chat = await openChat({ maxNoteBytes: 1_000 });
  const { server, http } = chat;
  const ask = (length: number) => ({ "Content-Length": String(length), Expect: "100-continue" });
  await http.send(`${NOTES}?name=ann`, { headers: ask(5) });
  assertEquals((await http.head()).status, 100);
  await http.write("hello");
  assertEquals((await http.answer()).status, 200);
  await http.send(`${NOTES}?name=ann`, { headers: ask(100_000) });
  const refused = await http.answer();
  assertEquals([refused.status, refused.headers.get("connection")], [413, "close"]);
  assertEquals(await http.end(), ""); // Whether the body comes cannot be known.
  using other = await HttpConnection.open(server.address);
  await other.send("POST /rooms", { headers: ask(5) });
  assertEquals((await other.answer()).status, 405);
});

Deno.test("a body that does not arrive in time is refused, and the connection closes", async () => {
  await using chat = await openChat({ joinTimeoutMs: 1_000 });
  await chat.http.send(`${NOTES}?name=ann`, { headers: { "Content-Length": "5" } });
  const { status, headers, body } = await chat.http.answer();
  assertEquals([status, headers.get("connection")], [408, "close"]);
  assertEquals(JSON.parse(body).detail, "The body did not arrive within 1 s");
  assert(!(await chat.http.end()));
});
