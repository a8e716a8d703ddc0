import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import { HttpConnection } from "../../support/wire/http.ts";

/** A server with a connection to it, and its events. */
async function open(options: ServeOptions = {}) {
  const events: ServerEvent[] = [];
  const onEvent = (event: ServerEvent) => void events.push(event);
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await serve({ address: "127.0.0.1:0", onEvent, ...options }));
  const http = stack.use(await HttpConnection.open(server.address));
  const all = stack.move();
  return { server, http, events, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

Deno.test("a connection of HTTP/1.1 serves any number of requests, also if they are sent at once", async () => {
  await using chat = await open();
  const { http } = chat;
  for (const seq of [1, 2, 3]) assertStringIncludes((await http.post("hi")).body, `"seq":${seq},`);
  await http.send("GET /healthz");
  await http.send("GET /rooms");
  assertEquals((await http.answer()).body, "ok\n");
  assertEquals((await http.answer()).body, '{"name":"lobby","members":0}\n');
});

Deno.test("a whole answer has its length, and is not for a cache", async () => {
  await using chat = await open();
  const { http } = chat;
  for (const line of ["GET /rooms", "GET /healthz", "GET /nothing", "PUT /rooms"]) {
    const { headers, body } = await http.ask(line);
    assertEquals(headers.get("content-length"), String(body.length), line);
    assertEquals(headers.get("cache-control"), "no-store", line);
    assertEquals(headers.get("x-content-type-options"), "nosniff", line);
  }
});

Deno.test("HEAD answers as GET does, without a body", async () => {
  await using chat = await open();
  const { http } = chat;
  for (const path of ["/rooms", "/healthz"]) {
    const [get, head] = [await http.ask(`GET ${path}`), await http.ask(`HEAD ${path}`)];
    assertEquals([head.status, head.body], [200, ""]);
    assertEquals(head.headers.get("content-length"), get.headers.get("content-length"));
  }
});

Deno.test("a server that stops answers what is still arriving, and waits for no idle connection", async () => {
  await using chat = await open({ graceMs: 60_000 });
  const { server, http } = chat;
  using reader = await HttpConnection.open(server.address);
  using idle = await HttpConnection.open(server.address);
  assertEquals((await idle.ask("GET /healthz")).status, 200);
  // The body never arrives.
  await http.send("POST /rooms/lobby/notes?name=ann", { headers: { "Content-Length": "5" } });
  await reader.send("GET /rooms/lobby/notes");
  assertEquals((await reader.head()).status, 200);
  const stopped = server.stop();
  const { status, headers, body } = await http.answer();
  assertEquals([status, headers.get("retry-after")], [503, "1"]);
  assertEquals(JSON.parse(body).detail, "The server is stopping");
  await stopped;
});

for (
  const [what, request, status, detail] of [
    ["without a Host", "GET /rooms HTTP/1.1\r\n\r\n", 400, "must have one Host header"],
    [
      "with two Hosts",
      "GET /rooms HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
      ...[400, "must have one Host header"] as const,
    ],
    ["for no URL", "GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "is not a URL"],
    ["for two slashes", "GET //x/rooms HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "no such page"],
    ["for the server", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "is not a URL"],
    ["for part of a page", "GET /rooms/x HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "no such"],
    [
      "with a wrong percent",
      "GET /rooms/%zz/notes HTTP/1.1\r\nHost: localhost\r\n\r\n",
      ...[400, `a "%" that encodes nothing`] as const,
    ],
    [
      "by another name",
      "GET /rooms HTTP/1.1\r\nHost: evil.example\r\n\r\n",
      ...[403, '"evil.example" is not a name of this server'] as const,
    ],
  ] as const
) {
  Deno.test(`a request ${what} is refused in words, and is no fault of the server`, async () => {
    await using chat = await open();
    const { http, events } = chat;
    await http.write(request);
    const answer = await http.answer();
    assertEquals(answer.status, status);
    assertEquals(answer.headers.get("content-type"), "application/problem+json");
    assertStringIncludes(JSON.parse(answer.body).detail, detail);
    assert(!events.some(({ type }) => type === "error"));
  });
}

for (const path of ["/nothing", "/rooms/x", "/modules/nothing.ts"]) {
  Deno.test(`${path} is no page, which is not worth a line in the log`, async () => {
    await using chat = await open();
    const { http, events } = chat;
    const { status, body } = await http.ask(`GET ${path}`);
    assertEquals([status, JSON.parse(body).detail], [404, "There is no such page"]);
    assertEquals(events.filter(({ type }) => type === "refused"), []);
  });
}

Deno.test("a method that a path does not have is refused with those that it has", async () => {
  await using chat = await open();
  const { http } = chat;
  const refused = await http.ask("DELETE /rooms/lobby/notes", { body: "with a body" });
  assertEquals([refused.status, refused.headers.get("allow")], [405, "GET, POST"]);
  assertEquals(JSON.parse(refused.body), {
    ...{ title: "Method Not Allowed", status: 405, detail: "The path allows GET, POST" },
  });
  assertEquals((await http.ask("GET /healthz")).status, 200); // Its body was dropped.
});

for (const text of ["hello\n", "GET /rooms HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n"]) {
  Deno.test(`a connection that sends ${JSON.stringify(text)} is cut, with the reason in the log`, async () => {
    await using chat = await open();
    const { http, events } = chat;
    await http.write(text);
    assertEquals(
      await http.end(),
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
    const [refused] = events.filter(({ type }) => type === "refused");
    const reason = "the connection was cut: it speaks neither HTTP/2 nor HTTP/1.1";
    assertEquals(refused, { type: "refused", kind: "invalid", reason, address: "127.0.0.1" });
  });
}

Deno.test("a peer that goes away in the middle is no refusal", async () => {
  await using chat = await open();
  const { server, http, events } = chat;
  using reader = await HttpConnection.open(server.address);
  await reader.send("GET /rooms/lobby/notes");
  await reader.head();
  using author = await HttpConnection.open(server.address);
  await author.send("POST /rooms/lobby/notes?name=ann", { headers: { "Content-Length": "5" } });
  author.close();
  reader.close();
  while (!events.some(({ type }) => type === "leave")) await http.ask("GET /healthz");
  assertEquals(events.filter(({ type }) => type === "refused" || type === "error"), []);
});

Deno.test("a refused request is a sign of life too", async () => {
  await using chat = await open({ joinTimeoutMs: 1_000 });
  const { server, http } = chat;
  assertEquals((await http.ask("GET /nothing")).status, 404);
  using silent = await HttpConnection.open(server.address);
  assertEquals(await silent.end(), ""); // Its time is up, and that of the first one was before.
  assertEquals((await http.ask("GET /healthz")).status, 200);
});

Deno.test("requests count in the metrics as sessions, notes and refusals of any other client", async () => {
  await using chat = await open({ metrics: "127.0.0.1:0" });
  const { server, http } = chat;
  await http.post("hi");
  await http.ask("GET /rooms");
  await http.post("");
  await http.ask("GET /rooms/dev/notes?until-now");
  const page = await (await fetch(`http://${server.metricsAddress}/metrics`)).text();
  const figures = page.split("\n").filter((line) =>
    /^chat_(?:joins_total|leaves_total|notes_total|refusals_total|connections|sessions)\b/.test(
      line,
    )
  );
  assertEquals(figures.toSorted(), [
    "chat_connections 1",
    "chat_joins_total 2",
    "chat_leaves_total 2",
    "chat_notes_total 1",
    'chat_refusals_total{kind="invalid"} 1',
    'chat_refusals_total{kind="missing"} 1',
    "chat_sessions 0",
  ]);
});
