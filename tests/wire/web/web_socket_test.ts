import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";
import { JsonSession, toJoin } from "../../support/wire/json_session.ts";
import { Proxy } from "../../support/wire/proxy.ts";
import { tcpAddress } from "../../support/wire/tcp_address.ts";

/** A server in memory. */
async function setUp(options: ServeOptions = {}) {
  const server = await serve({ address: "127.0.0.1:0", rate: 0, ...options });
  return {
    server,
    address: server.address,
    join: (name: string, join = {}) => JsonSession.join(server.address, { name, ...join }),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

const texts = (notes: readonly { message?: string }[]) => notes.map(({ message }) => message);

Deno.test("a WebSocket is welcomed, and its posts are acknowledged and reach other sessions", async () => {
  await using up = await setUp();
  using peer = new Peer(up.address);
  const bob = await peer.join({ name: "bob" });
  await using ann = await up.join("ann");
  const { welcome } = ann.frames[0]!;
  assertEquals([welcome.room, welcome.name, welcome.maxNoteBytes], ["lobby", "ann", 16_384]);
  assertEquals(welcome.roster.people.map(({ name }: { name: string }) => name), ["bob", "ann"]);
  ann.send({ posts: [{ id: "1", message: "안녕", kind: "ACTION" }] });
  assertEquals((await ann.until(({ acks }) => acks)).acks, [{ id: "1", seq: "1" }]);
  await bob.until(({ notes }) => notes.length === 1);
  assertEquals([bob.seen.notes[0]!.message, bob.seen.notes[0]!.kind], ["안녕", 1]);
  bob.post(["1", "hi"]);
  assertEquals(texts(await ann.untilNotes(2)), ["안녕", "hi"]);
});

Deno.test("a WebSocket may use all spellings of the JSON mapping", async () => {
  await using up = await setUp();
  await using ann = await JsonSession.open(up.address);
  ann.send({ join: { ...toJoin({ name: "ann" }), agoMs: 5, ago_ms: undefined, last: "0" } });
  ann.send({ list_rooms: true, posts: [{ id: "1", message: "waves", kind: 1 }] });
  assertEquals((await ann.until(({ rooms }) => rooms)).rooms.rooms[0].name, "lobby");
  assertEquals((await ann.untilNotes(1))[0]!.kind, "ACTION");
});

Deno.test("a WebSocket resumes after the last note it has seen, and repeats a post once", async () => {
  await using up = await setUp();
  const ann = await up.join("ann");
  const { history } = ann.frames[0]!.welcome.head;
  ann.send({ posts: [{ id: "1", message: "one" }, { id: "2", message: "two" }] });
  await ann.untilNotes(2);
  await ann.close();
  await using again = await JsonSession.open(up.address);
  again.send({
    join: { ...toJoin({ name: "ann" }), attempt: 1, after: { history, seq: "1" } },
    posts: [{ id: "2", message: "two" }, { id: "3", message: "three" }],
  });
  assertEquals(texts(await again.untilNotes(2)), ["two", "three"]);
  assertEquals((await again.until(({ acks }) => acks)).acks[0], { id: "2", seq: "2" });
});

Deno.test("the session that docs/http.md shows can be typed as it stands", async () => {
  await using up = await setUp();
  using peer = new Peer(up.address);
  const bob = await peer.join({ name: "bob" });
  bob.post(["1", "hello"]);
  await bob.until(({ acks }) => acks.size === 1);
  const page = await Deno.readTextFile(new URL("../../../docs/http.md", import.meta.url));
  const typed = Array.from(page.matchAll(/^\{"(?:join|posts|listRooms)": .*$/gm), ([line]) => line);
  assertEquals(typed.length, 5);
  const [resume, ...lines] = [typed.pop()!, ...typed];
  await using ann = await JsonSession.open(up.address);
  for (const line of lines) ann.send(line);
  await ann.until(({ rooms }) => rooms);
  assertEquals(texts(await ann.untilNotes(3)), ["hello", "hi, bob", "psst"]);
  const { history } = ann.frames[0]!.welcome.head;
  await ann.close();
  await using again = await JsonSession.open(up.address);
  again.send(resume.replace("f8d1…", history).replace('"seq": "7"', '"seq": "2"'));
  assertEquals((await again.until(({ acks }) => acks)).acks, [{ id: "1", seq: "2" }]);
});

Deno.test("what a WebSocket sent before it was closed is stored", async () => {
  await using up = await setUp();
  using peer = new Peer(up.address);
  const posts = Array.from({ length: 3_000 }, (_, at) => ({ id: `${at}`, message: `${at}` }));
  const bob = await peer.join({ name: "bob" });
  const ann = await JsonSession.open(up.address);
  ann.send({ join: toJoin({ name: "ann" }) });
  await ann.until(({ welcome }) => welcome);
  ann.send({ posts });
  ann.send({ posts: [{ id: "last", message: "last" }] });
  assertEquals((await ann.close()).code, 1000);
  await bob.until(({ notes }) => notes.length === 3_001);
  await bob.until(({ changes }) => changes.some((change) => change.startsWith("-ann")));
  assertEquals(bob.seen.notes.at(-1)!.message, "last");
});

Deno.test("a WebSocket whose reader stops does not fill the server's memory, and loses nothing", async () => {
  await using up = await setUp({ metrics: "127.0.0.1:0" });
  await using proxy = new Proxy(up.address);
  const count = 2_000;
  const message = "x".repeat(16_000);
  await using slow = await JsonSession.join(proxy.address, { name: "slow" });
  proxy.pause();
  await using ann = await up.join("ann");
  for (let at = 0; at < count; at++) ann.send({ posts: [{ id: `${at}`, message }] });
  await ann.untilNotes(count);
  const page = await (await fetch(`http://${up.server.metricsAddress}/metrics`)).text();
  const left = Number(/^chat_deliveries_total (\d+)$/m.exec(page)![1]) - count;
  const most = 16 * 2 ** 20 / message.length; // In the buffers of two connections.
  assert(left < most, `${left} notes have left`);
  proxy.resume();
  assertEquals((await slow.untilNotes(count)).at(-1)!.seq, `${count}`);
});

Deno.test("a WebSocket that posts while it does not read is answered in the end", async () => {
  const events: ServerEvent[] = [];
  await using up = await setUp({ onEvent: (event) => events.push(event) });
  await using bob = await up.join("bob");
  await using proxy = new Proxy(up.address);
  await using slow = await JsonSession.join(proxy.address, { name: "slow" });
  proxy.pause();
  const count = 4_000; // Far more than all connections together may have unread.
  const message = "x".repeat(16_000);
  for (let at = 0; at < count; at++) slow.send({ posts: [{ id: `${at}`, message }] });
  await bob.untilNotes(1_000);
  proxy.resume();
  const acks = () => slow.frames.flatMap(({ acks = [] }) => acks);
  await slow.until(() => acks().length === count);
  assertEquals(acks().at(-1), { id: `${count - 1}`, seq: `${count}` });
  assertEquals(events.filter(({ type }) => type === "refused"), []);
});

Deno.test("a wrong message ends a WebSocket: goodbye says what is wrong", async () => {
  await using up = await setUp();
  const ends: [
    what: string,
    message: string | Uint8Array<ArrayBuffer>,
    code: number,
    words: string,
  ][] = [
    ["no JSON", "{", 1007, "The message is not a frame in JSON: "],
    ["no object", "[]", 1007, "not a frame in JSON: "],
    ["no such kind of value", '{"posts":{"id":1}}', 1007, "not a frame in JSON: "],
    ["half a character", '{"posts":[{"message":"\\ud800"}]}', 1007, "invalid UTF8"],
    ["binary", new Uint8Array(2), 1003, "The message is binary"],
    ["too many fields", `{"posts":[${"{},".repeat(17_000)}{}]}`, 1007, "more than 16,384 fields"],
    ["a misspelled field", '{"posts":[{"id":"3","mesage":"hi"}]}', 1007, 'no field "mesage"'],
    ["no such kind", '{"posts":[{"id":"3","message":"hi","kind":"shout"}]}', 1007, 'is "shout"'],
    ["a second join", JSON.stringify({ join: toJoin({ name: "eve" }) }), 1000, "only once"],
    ["a proof", '{"proof":{}}', 1000, "There is no challenge"],
    ["a number that is none", '{"join":{"from":"9007199254740993"}}', 1000, "must be at most"],
  ];
  for (const [what, message, code, words] of ends) {
    await using eve = await up.join("eve");
    eve.send(message);
    const closed = await eve.closed;
    assertEquals([closed.code, closed.goodbye?.code], [code, 3], what);
    assertStringIncludes(closed.goodbye?.reason, words);
  }
  await using eve = await up.join("eve");
  assertEquals(eve.frames[0]!.welcome.head.seq ?? "0", "0"); // Nothing of it was stored.
});

Deno.test("a WebSocket that may not join gets a goodbye as its only frame", async () => {
  await using up = await setUp();
  await using _ann = await up.join("ann");
  await using eve = await JsonSession.open(up.address);
  eve.send({ join: { ...toJoin({ name: "ann" }), client: "somebody else's one" } });
  const { code, goodbye } = await eve.closed;
  assertEquals([code, goodbye?.code, eve.frames.length], [1000, 6, 1]);
  assertStringIncludes(goodbye?.reason, "ann");
});

Deno.test("a WebSocket that does not join in time is closed", async () => {
  await using up = await setUp({ joinTimeoutMs: 100 });
  await using eve = await JsonSession.open(up.address);
  const { code, goodbye } = await eve.closed;
  assertEquals([code, goodbye], [1000, { code: 4, reason: "No join within 0.1 s" }]);
});

Deno.test("a WebSocket asks for a password as other sessions do", async () => {
  await using up = await setUp({ password: "secret" });
  await using ann = await JsonSession.open(up.address);
  ann.send({ join: toJoin({ name: "ann" }) });
  assertEquals((await ann.until(({ challenge }) => challenge)).challenge.password, true);
  ann.send({ proof: { password: "wrong" } });
  await ann.until(() => ann.frames.length === 2);
  assertEquals(ann.frames[1]!.challenge.password, true);
  ann.send({ proof: { password: "secret" } });
  await ann.until(({ welcome }) => welcome);
});

Deno.test("a stopping server says goodbye to WebSockets, and waits for none that is closed", async () => {
  const up = await setUp({ graceMs: 3_600_000 });
  await using _eve = await JsonSession.open(up.address);
  _eve.send("{");
  await using ann = await up.join("ann");
  await up.server.stop();
  const { code, goodbye } = await ann.closed;
  assertEquals([code, goodbye], [1001, { code: 14, reason: "The server is stopping" }]);
});

Deno.test("a WebSocket that is lost leaves the room", async () => {
  await using up = await setUp();
  await using proxy = new Proxy(up.address);
  await using bob = await up.join("bob");
  await using _ann = await JsonSession.join(proxy.address, { name: "ann" });
  await bob.until(({ changes }) => changes?.[0].joined);
  proxy.cut();
  const { changes } = await bob.until(({ changes }) => changes && !changes[0].joined);
  assertEquals([changes[0].name, changes[0].reason], ["ann", "connection lost"]);
});

Deno.test("a WebSocket may be larger after the welcome, and not without bound", async () => {
  await using up = await setUp();
  await using ann = await up.join("ann");
  const message = "\u{1}".repeat(16_384); // Six bytes each in JSON.
  ann.send({ posts: Array.from({ length: 10 }, (_, at) => ({ id: `${at}`, message })) });
  await ann.untilNotes(10);
  ann.send("x".repeat(2 ** 20 + 6 * 16_384 + 1));
  assertEquals((await ann.closed).code, 1009);
});

Deno.test("the timeouts of requests do not end a WebSocket", async () => {
  await using up = await setUp({ joinTimeoutMs: 100, idleTimeoutMs: 100 });
  await using ann = await up.join("ann");
  for (let times = 0; times < 4; times++) {
    using silent = await Deno.connect(tcpAddress(up.address));
    assertEquals(await silent.read(new Uint8Array(1)), null); // After 100 ms.
  }
  ann.send({ posts: [{ id: "1", message: "still here" }] });
  await ann.untilNotes(1);
});
