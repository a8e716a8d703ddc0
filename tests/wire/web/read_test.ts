import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import { joinLibraryChat } from "../../support/library_chat.ts";
import { HttpConnection } from "../../support/wire/http.ts";

const NOTES = "GET /rooms/lobby/notes";
const EVENTS = { Accept: "text/event-stream" };

/** A server with the notes "one" and "two", and two connections to it. */
async function open(options: ServeOptions = {}) {
  const events: ServerEvent[] = [];
  const onEvent = (event: ServerEvent) => void events.push(event);
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await serve({ address: "127.0.0.1:0", onEvent, ...options }));
  const http = stack.use(await HttpConnection.open(server.address));
  const author = stack.use(await HttpConnection.open(server.address));
  for (const text of ["one", "two"]) assertEquals((await author.post(text)).status, 200);
  const all = stack.move();
  return { server, http, author, events, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The messages in lines of JSON. */
function messages(lines: string): string[] {
  return Array.from(lines.matchAll(/"message":"([^"]*)"/g), ([, message]) => message!);
}

Deno.test("notes are lines of JSON with the fields of chat tail --json, then each new one", async () => {
  await using chat = await open();
  const { http, author } = chat;
  await http.send(NOTES);
  const { status, headers } = await http.head();
  assertEquals([status, headers.get("content-type")], [200, "application/x-ndjson"]);
  assertEquals(headers.get("x-accel-buffering"), "no");
  const old = await http.until(/two.*\n/);
  assertMatch(
    old,
    /^\{"seq":1,"time":"[^"]+","room":"lobby","name":"ann","kind":"said","message":"one","verified":false\}\n\{"seq":2,/,
  );
  await author.post("three");
  assertEquals(messages(await http.until(/three.*\n/)), ["three"]);
});

for (
  const [query, expected] of [
    ["?until-now", ["one", "two"]],
    ["?until-now=yes", ["one", "two"]],
    ["?until-now&last=1", ["two"]],
    ["?until-now&last=0", []],
    ["?until-now&since=2", ["two"]],
    ["?until-now&since=3", []],
    ["?until-now&since=1h", ["one", "two"]],
    ["?until-now&since=2000-01-01T00:00Z", ["one", "two"]],
    ["?until-now&since=2999-01-01T00:00%2B01:00", []],
    ["?until-now&since=2999-01-01T00:00+01:00", []],
    ["?until-now&since=2999-01-01+00:00Z", []],
  ] as const
) {
  Deno.test(`GET notes${query} has ${expected.length} of two notes, and ends`, async () => {
    await using chat = await open();
    await chat.http.send(`${NOTES}${query}`, { headers: { Connection: "close" } });
    assertEquals((await chat.http.head()).status, 200);
    assertEquals(messages(await chat.http.end()), [...expected]);
  });
}

for (
  const [query, detail] of [
    ["last=-1", 'last is "-1": must be a whole number from 0 to 1,000,000'],
    ["last=", 'last is "": must be a whole number from 0 to 1,000,000'],
    ["last=1000001", "must be a whole number from 0 to 1,000,000"],
    ["since=yesterday", 'since is "yesterday": must be a span (10m), a time with its zone'],
    ["since=2026-11-22T17:02", "a time with its zone (2026-11-22T17:02Z) or a position"],
    ["since=2026-11-22+17:02", "a time with its zone (2026-11-22T17:02Z) or a position"],
    ["last=1&since=1h", "last and since both set the start: give only one of them"],
  ] as const
) {
  Deno.test(`GET notes?${query} is refused`, async () => {
    await using chat = await open();
    const { status, body } = await chat.http.ask(`${NOTES}?${query}`);
    assertEquals(status, 400);
    assertStringIncludes(JSON.parse(body).detail, detail);
  });
}

Deno.test("a room that does not exist has no notes until now, but can be waited for", async () => {
  await using chat = await open();
  const { http, author } = chat;
  const { status, body } = await http.ask("GET /rooms/dev/notes?until-now");
  assertEquals([status, JSON.parse(body).detail], [404, 'There is no room "dev" yet']);
  await http.send("GET /rooms/dev/notes");
  assertEquals((await http.head()).status, 200);
  await author.ask("POST /rooms/dev/notes?name=ann", { body: "first" });
  assertEquals(messages(await http.until(/first.*\n/)), ["first"]);
});

Deno.test("with Accept: text/event-stream each note is an event, from whose id a reader resumes", async () => {
  await using chat = await open();
  const { server, http, author } = chat;
  await http.send(NOTES, { headers: EVENTS });
  assertEquals((await http.head()).headers.get("content-type"), "text/event-stream");
  const [first, second] = (await http.until(/two.*\n\n/)).split(/(?<=\n\n)/);
  const [, id] = /^id: (\S+:1)\ndata: \{"seq":1,.*\}\n\n$/.exec(first!) ?? [];
  assertMatch(second!, /^id: \S+:2\ndata: \{"seq":2,.*\}\n\n$/);
  for (const query of ["", "?last=0", "?since=1"]) { // The header is newer than the address.
    using other = await HttpConnection.open(server.address);
    await other.send(`${NOTES}${query}`, { headers: { ...EVENTS, "Last-Event-ID": id! } });
    await other.head();
    assertEquals(messages(await other.until(/two.*\n\n/)), ["two"]);
  }
  await author.post("three");
  assertEquals(messages(await http.until(/three.*\n\n/)), ["three"]);
});

Deno.test("Last-Event-ID of another history starts over, and one that is no id is refused", async () => {
  await using chat = await open();
  const { http } = chat;
  const ask = (id: string) => http.ask(`${NOTES}?until-now`, { headers: { "Last-Event-ID": id } });
  for (const id of ["2", "x:", "x:-1", "x:1.5", ":2", "x:9999999999999999"]) {
    const { status, body } = await ask(id);
    assertEquals([status, JSON.parse(body).detail], [
      ...[400, `Last-Event-ID is "${id}": must be the id of an event`],
    ]);
  }
  for (const id of ["other:1", ""]) {
    await http.send(`${NOTES}?until-now`, { headers: { "Last-Event-ID": id } });
    await http.head();
    assertEquals(messages(await http.until(/two.*\n[^]*0\r\n\r\n/)), ["one", "two"]);
  }
});

for (
  const [accept, type] of [
    ["*/*", "application/x-ndjson"],
    ["application/json", "application/x-ndjson"],
    ["text/event-stream;q=0", "application/x-ndjson"],
    ["text/event-stream;q=0.5", "text/event-stream"],
    ["application/json, Text/Event-Stream", "text/event-stream"],
    ["text/event-streams", "application/x-ndjson"],
  ] as const
) {
  Deno.test(`GET notes with Accept: ${accept} is ${type}`, async () => {
    await using chat = await open();
    await chat.http.send(`${NOTES}?until-now`, { headers: { Accept: accept } });
    assertEquals((await chat.http.head()).headers.get("content-type"), type);
  });
}

/** Has an operator ban the network of the readers. */
async function ban({ server }: Awaited<ReturnType<typeof open>>, operator: Identity) {
  await using bob = joinLibraryChat("bob", server.address, {});
  await bob.until(({ happened }) => happened.includes("connected"));
  await using ann = joinLibraryChat("root", server.address, { identity: operator });
  await ann.until(({ happened }) => happened.includes("connected"));
  await ann.order({ action: "ban", name: "bob", reason: "enough" });
  await bob.ended.catch(() => {});
}

for (const how of ["is banned", "sees the server stop"] as const) {
  const [status, detail] = how === "is banned"
    ? [403, /enough/] as const
    : [503, /^The server is stopping$/] as const;

  Deno.test(`a reader of events who ${how} gets the reason, and the end`, async () => {
    const operator = await Identity.generate();
    await using chat = await open({ operators: operator.fingerprint });
    const { server, http } = chat;
    await http.send(`${NOTES}?last=0`, { headers: { ...EVENTS, Connection: "close" } });
    await http.head();
    if (how === "is banned") await ban(chat, operator);
    else await server.stop();
    const [, problem = ""] = /event: end\ndata: (.*)\n\n[^]*0\r\n\r\n$/.exec(await http.end()) ??
      [];
    const end = JSON.parse(problem);
    assertEquals(end.status, status);
    assertMatch(end.detail, detail);
  });

  Deno.test(`a reader of lines who ${how} is cut off, so that a program notices`, async () => {
    const operator = await Identity.generate();
    await using chat = await open({ operators: operator.fingerprint });
    const { server, http } = chat;
    await http.send(`${NOTES}?last=1`);
    await http.head();
    await http.until(/two/);
    if (how === "is banned") await ban(chat, operator);
    else await server.stop();
    const text = await http.end();
    assert(!text.endsWith("0\r\n\r\n"), "it looks complete");
  });
}

Deno.test("notes that retention has dropped are an event with their number", async () => {
  await using chat = await open({ keep: 1 });
  const { http } = chat;
  await http.send(`${NOTES}?until-now`, { headers: { ...EVENTS, Connection: "close" } });
  await http.head();
  const text = await http.until(/two/);
  assertStringIncludes(text, 'event: lost\ndata: {"count":1}\n\nid: ');
  assertEquals(messages(text), ["two"]);
});

/** Collects what runs every 20 seconds, so that a test need not wait for it. */
function collectTicks(): Disposable & { readonly run: () => void } {
  const { setInterval } = globalThis;
  const ticks: (() => void)[] = [];
  globalThis.setInterval = ((run: () => void, ms?: number) => {
    if (ms === 20_000) ticks.push(run);
    return setInterval(run, ms);
  }) as typeof setInterval;
  return {
    run: () => ticks.forEach((tick) => tick()),
    [Symbol.dispose]: () => void (globalThis.setInterval = setInterval),
  };
}

for (const [what, headers, sign] of [["lines", {}, "\n"], ["events", EVENTS, ":\n\n"]] as const) {
  Deno.test(`a reader of ${what} gets a sign of life after 20 silent seconds, and only then`, async () => {
    await using chat = await open();
    const { http, author } = chat;
    using seconds = collectTicks();
    await http.send(`${NOTES}?last=0`, { headers });
    await http.head();
    seconds.run(); // Some of these 20 seconds were before.
    await author.post("three");
    await http.until(/three[^]*\n\r\n/);
    seconds.run(); // A note came meanwhile.
    seconds.run();
    await author.post("four");
    const text = await http.until(/four[^]*\n\r\n/);
    assertEquals(text.split(sign)[0], "");
    assertEquals(text.slice(sign.length).startsWith(sign), false);
    assertEquals(messages(text), ["four"]);
  });
}
