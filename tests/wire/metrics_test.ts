import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import http2 from "node:http2";
import { ChatError, serve, type ServeOptions, type ServerEvent } from "../../mod.ts";
import { chatServer } from "../../proto/mod.ts";
import type { OpenSession } from "../../server/access/sessions.ts";
import { Histogram } from "../../server/metrics/histogram.ts";
import { sampleName } from "../../server/metrics/metric.ts";
import { SlowReaders } from "../../server/metrics/slow_readers.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { freePort, Process, run, startServer } from "../support/program.ts";
import { failure, Peer } from "../support/wire/grpc_peer.ts";
import { Proxy } from "../support/wire/proxy.ts";

const PARSER = fileURLToPath(new URL("../interop/peers/parse_metrics.py", import.meta.url));
const PYTHON = Deno.env.get("CHAT_TEST_PYTHON") ?? "python3";

/** A metric as parsed by Prometheus' own parser. */
interface Family {
  name: string;
  type: string;
  help: string;
  samples: [name: string, labels: Record<string, string>, value: number][];
}

async function parse(page: string): Promise<Family[]> {
  await using parser = new Process(PYTHON, [PARSER]);
  await parser.end(page);
  assertEquals([(await parser.ended()).code, parser.stderr], [0, ""]);
  return JSON.parse(parser.stdout);
}

async function hasParser(): Promise<boolean> {
  try {
    const args = ["-c", "import prometheus_client"];
    return (await new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const missing = !(await hasParser());
const why = missing ? " (ignored: pip install prometheus-client, or set CHAT_TEST_PYTHON)" : "";

/** A server with a page of metrics, and its events. */
async function open(options: ServeOptions = {}) {
  const events: ServerEvent[] = [];
  let wake = () => {};
  const onEvent = (event: ServerEvent) => {
    events.push(event);
    wake();
  };
  const server = await serve({
    ...{ address: "127.0.0.1:0", metrics: "127.0.0.1:0", rate: 0, onEvent },
    ...options,
  });
  const get = async (path: string) => {
    const response = await fetch(`http://${server.metricsAddress}${path}`);
    return { status: response.status, type: response.headers, text: await response.text() };
  };
  /** Waits for an event. */
  const happened = async <T extends ServerEvent["type"]>(type: T) => {
    while (true) {
      for (const event of events) if (isOf(event, type)) return event;
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  /** The numbers on the page, by name. */
  const figures = async () => {
    const lines = (await get("/metrics")).text.split("\n").filter((line) => /^[^#]/.test(line));
    return new Map(lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }));
  };
  return Object.assign(server, { events, get, happened, figures });
}

function isOf<T extends ServerEvent["type"]>(
  event: ServerEvent,
  type: T,
): event is Extract<ServerEvent, { type: T }> {
  return event.type === type;
}

Deno.test({
  name: `chat serve --metrics has a page that Prometheus reads, with the right figures${why}`,
  ignore: missing,
  async fn() {
    await using server = await startServer(["--metrics", "0", "--quiet", "--max-note-bytes", "50"]);
    const [, url] = await server.waitFor(/^metrics on (http:\/\/127\.0\.0\.1:\d+\/metrics)$/m);
    await using ann = joinLibraryChat("ann", server.address);
    await using bob = joinLibraryChat("bob", server.address, { room: "dev" });
    using stranger = new Peer(server.address);
    for (const text of ["one", "two", "three"]) await ann.say(text);
    await bob.say("elsewhere");
    assertEquals((await stranger.read(3)).length, 3);
    await failure(stranger.send({ name: "eve", message: "x".repeat(51) }));
    for (let i = 0; i < 3; i++) await failure(stranger.send({ name: "", message: "x" }));

    let page = "";
    while (!/^chat_sessions 2$/m.test(page)) { // Until the rejected peer's stream has ended.
      const response = await fetch(url!);
      const type = response.headers.get("content-type");
      assertEquals(type, "text/plain; version=0.0.4; charset=utf-8");
      page = await response.text();
    }
    const families = await parse(page);
    for (const { name, help } of families) assertMatch(help, /^[A-Z].+\.$/, name);
    const samples = new Map(
      families.flatMap(({ samples }) => samples)
        .map(([name, labels, value]) => [sampleName(name, labels), value]),
    );
    const expected: [string, number][] = [
      ["chat_sessions", 2],
      ["chat_rooms", 2],
      ["chat_members", 2],
      ["chat_readers_behind", 0],
      ["chat_joins_total", 2],
      ["chat_leaves_total", 0],
      ["chat_notes_total", 4],
      ["chat_deliveries_total", 4 + 3],
      ["chat_append_seconds_count", 4],
      ['chat_append_seconds_bucket{le="+Inf"}', 4],
      ["chat_notes_dropped_total", 0],
      ['chat_refusals_total{kind="too_large"}', 1],
      ['chat_refusals_total{kind="invalid"}', 3],
      ["chat_slow_readers_total", 0],
      ["chat_errors_total", 0],
    ];
    const reported = expected.map(([name]) => [name, samples.get(name)]);
    assertEquals(reported, expected);
    assertEquals(samples.get("chat_connections"), 3);
    assert(samples.get("chat_append_seconds_sum")! > 0);
    assert(samples.get("process_resident_memory_bytes")! > 2 ** 20);
    assert(samples.get("chat_start_time_seconds")! <= Date.now() / 1_000);
    const types = new Map(families.map(({ name, type }) => [name, type]));
    assertEquals(types.get("chat_append_seconds"), "histogram");
    assertEquals(types.get("chat_notes"), "counter");
    assertEquals(types.get("chat_sessions"), "gauge");
  },
});

Deno.test("the page of metrics answers only its own paths", async () => {
  await using server = await open();
  assertEquals((await server.get("/healthz")).text, "ok\n");
  assertEquals((await server.get("/other")).status, 404);
  const response = await fetch(`http://${server.metricsAddress}/metrics`, { method: "POST" });
  await response.body?.cancel();
  assertEquals(response.status, 405);
});

/** Sends `text` on a connection of its own, and reads until that is closed. */
async function exchange(address: string, text: string): Promise<string> {
  using connection = await dial(address);
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text().catch(() => "");
}

function dial(address: string): Promise<Deno.TcpConn> {
  const { hostname, port } = new URL(`http://${address}`);
  return Deno.connect({ hostname, port: Number(port) });
}

Deno.test("the page of metrics ignores the Host header", async () => {
  await using server = await open();
  const get = (host: string) =>
    `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  for (const host of ["a", "[", "a b", "x:99999"]) {
    assertMatch(await exchange(server.metricsAddress!, get(host)), /^HTTP\/1.1 200 .*ok/s, host);
  }
  assertEquals(server.events.filter(({ type }) => type === "error"), []);
});

Deno.test("the page of metrics closes connections without a request, or with an incomplete one", async () => {
  await using server = await open({ joinTimeoutMs: 100 });
  for (
    const text of ["", "GET /metrics HTTP/1.1\r\n", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"]
  ) {
    await exchange(server.metricsAddress!, text); // The page is down once it is closed.
  }
  assertEquals((await server.get("/healthz")).text, "ok\n");
});

Deno.test("the page of metrics closes connections whose answers are not read", async () => {
  await using server = await open({ joinTimeoutMs: 100 });
  using connection = await dial(server.metricsAddress!);
  const asked = new TextEncoder().encode("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000));
  await assertRejects(async () => {
    while (true) await connection.write(asked);
  }, Error);
});

Deno.test("chat serve survives more metrics requests than it may have open files", async () => {
  const through = ["sh", "-c", 'ulimit -n 128 && exec "$@"', "sh"];
  await using server = await startServer(["--metrics", "0"], { through });
  const [, page] = await server.waitFor(/^metrics on http:\/\/([^/]+)\/metrics$/m);
  using connections = new DisposableStack();
  for (let i = 0; i < 200; i++) connections.use(await dial(page!));
  await using ann = joinLibraryChat("ann", server.address);
  await ann.say("is anybody there?");
  await server.waitFor(/^\[~?ann\] is anybody there\?$/m);
});

Deno.test("/healthz reports that a server is stopping, and is gone when it has stopped", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "hello" });
  // Its window is empty, so the server cannot finish the call.
  const settings = { initialWindowSize: 0 };
  const stalled = http2.connect(`http://${server.address}`, { settings });
  const call = stalled.request({
    ":method": "POST",
    ":path": chatServer.ChatStream.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  call.on("error", () => {}); // It is cut in the end.
  call.end(new Uint8Array(5)); // An empty message.
  await new Promise((resolve) => call.once("response", resolve));
  const stopped = server.stop(600_000);
  const { status, text } = await server.get("/healthz");
  assertEquals([status, text], [503, "not serving\n"]);
  assertEquals((await server.get("/metrics")).status, 200);
  stalled.destroy();
  await stopped;
  await assertRejects(() => server.get("/healthz"), TypeError);
});

Deno.test("metrics count all refusals, including unreported ones", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  for (let i = 0; i < 5; i++) await failure(peer.send({ name: "", message: "x" }));
  assertEquals((await server.figures()).get('chat_refusals_total{kind="invalid"}'), 5);
  assertEquals(server.events.filter(({ type }) => type === "refused").length, 1);
});

Deno.test("a server reports notes dropped by retention", async () => {
  await using server = await open({ keep: 2 });
  await using ann = joinLibraryChat("ann", server.address);
  for (const text of ["1", "2", "3"]) await ann.say(text);
  const { room, notes } = await server.happened("retention");
  assertEquals([room, notes], ["lobby", 1]);
  assertEquals((await server.figures()).get("chat_notes_dropped_total"), 1);
});

Deno.test("a server reports a reader that stalls, and counts its lag", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using reader = joinLibraryChat("bob", proxy.address, { keepaliveMs: 600_000 });
  await reader.until(({ happened }) => happened.includes("connected"));
  proxy.pause();
  await using author = joinLibraryChat("ann", server.address);
  for (let said = 0; (await server.figures()).get("chat_readers_behind") === 0; said++) {
    assert(said < 10_000, "it never lags");
    await author.say("x".repeat(16_000));
  }
  const { name, room, address, behind } = await server.happened("slow");
  assertEquals([name, room, address], ["bob", "lobby", "127.0.0.1"]);
  assert(behind > 0);
  assertEquals((await server.figures()).get("chat_slow_readers_total"), 1);
});

Deno.test("a ChatStream reader is not behind once it has everything", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "x" });
  const stream = peer.stream();
  await stream.next();
  assertEquals((await server.figures()).get("chat_readers_behind"), 0);
  await stream.return();
});

Deno.test("SlowReaders reports a stalled reader once, until it has caught up", () => {
  const reported: number[] = [];
  const slow = new SlowReaders((event) => event.type === "slow" && reported.push(event.behind));
  let standing = { next: 1, behind: 0 };
  const reader: OpenSession = {
    ...{
      name: "bob",
      room: "lobby",
      key: undefined,
      knowsPassword: false,
      network: "::1",
      address: "::1",
    },
    ...{ progress: () => standing, sendMute: () => {}, end: () => {} },
  };
  const look = (next: number, behind: number) => {
    standing = { next, behind };
    slow.check([reader]);
    return reported.splice(0);
  };
  assertEquals(look(1, 0), []);
  assertEquals(look(1, 0), [], "it has all");
  assertEquals(look(1, 500), []);
  assertEquals(look(400, 900), [], "it moves");
  assertEquals(look(400, 901), [901]);
  assertEquals(look(400, 950), [], "it was reported already");
  assertEquals(look(500, 850), []);
  assertEquals(look(500, 850), [], "it has not caught up in between");
  assertEquals(look(1_350, 0), []);
  assertEquals(look(1_350, 7), []);
  assertEquals(look(1_350, 8), [8], "another time");
});

Deno.test("Histogram counts by buckets, and returns the bound of a quantile", () => {
  const histogram = new Histogram([0.1, 1, 10]);
  assertEquals([histogram.count, histogram.sum, histogram.quantile(0.5)], [0, 0, 0]);
  const forwarded: number[] = [];
  histogram.forward((value) => forwarded.push(value));
  const values = [0.1, 0.5, 1, 2, 11];
  for (const value of values) histogram.observe(value);
  assertEquals(forwarded, values);
  assertEquals(histogram.cumulative(), [1, 3, 4, 5]);
  assertEquals([0.2, 0.5, 0.8, 0.99].map((share) => histogram.quantile(share)), [
    ...[0.1, 1, 10, Infinity],
  ]);
});

Deno.test("serve() names an address where it cannot serve metrics, and listens nowhere", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const metrics = `127.0.0.1:${taken.addr.port}`;
  const address = `127.0.0.1:${freePort()}`;
  const error = await assertRejects(() => serve({ address, metrics }), ChatError);
  assertEquals(error.message, `Cannot listen on "${metrics}": it is in use`);
  await using _server = await serve({ address });
});

Deno.test("chat serve --metrics refuses an invalid address, and one in use", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const args = ["--port", "0", "--data", ":memory:", "--metrics"];
  const cases: [value: string, code: number, words: string][] = [
    [`${port}`, 1, `Cannot listen on "127.0.0.1:${port}": it is in use`],
    [`[::1]:70000`, 2, '--metrics "[::1]:70000": the port must be a whole number from 0 to 65,535'],
    ["localhost", 2, '--metrics "localhost": the port must be a whole number from 0 to 65,535'],
    ["a b:80", 2, '--metrics "a b:80": the host must be a name or an IP address'],
    ["unix:x:80", 2, '--metrics "unix:x:80": the host must be a name or an IP address'],
  ];
  for (const [value, code, words] of cases) {
    const served = await run("serve", [...args, value]);
    assertEquals([served.code, served.stdout], [code, ""]);
    assertEquals(served.stderr.split("\n")[0], `error: ${words}`);
  }
});
