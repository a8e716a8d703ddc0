import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type PostTrace, traced } from "../../server/metrics/post_trace.ts";
import { run, startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

/** A value of OTLP in JSON. */
interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string | number; doubleValue?: number };
}

/** A span of OTLP in JSON. */
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
}

/** A point of a metric of OTLP in JSON. */
interface Point {
  asDouble?: number;
  asInt?: string | number;
  count?: string | number;
  attributes: Attribute[];
}

/** A metric of OTLP in JSON. */
interface Metric {
  name: string;
  unit: string;
  sum?: { dataPoints: Point[]; isMonotonic: boolean };
  gauge?: { dataPoints: Point[] };
  histogram?: { dataPoints: Point[] };
}

/** The data sent to a collector, by the last part of its OTLP path. */
interface Received {
  spans: Span[];
  metrics: Metric[];
}

/** An OpenTelemetry collector that accepts OTLP in JSON. */
function collect() {
  let wake = () => {};
  const received: Received = { spans: [], metrics: [] };
  const take = async (request: Request) => {
    const body = await request.json();
    for (const { scopeSpans } of body.resourceSpans ?? []) {
      for (const { scope, spans } of scopeSpans) {
        if (scope.name === "chat") received.spans.push(...spans);
      }
    }
    for (const { scopeMetrics } of body.resourceMetrics ?? []) {
      for (const { scope, metrics } of scopeMetrics) {
        if (scope.name === "chat") received.metrics.push(...metrics);
      }
    }
    wake();
    return Response.json({});
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, take);
  return {
    ...received,
    /** Waits until the received data satisfies a condition. */
    until: async (enough: (received: Received) => boolean) => {
      while (!enough(received)) await new Promise<void>((resolve) => wake = resolve);
    },
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const attributesOf = ({ attributes }: { attributes: Attribute[] }) =>
  Object.fromEntries(attributes.map(({ key, value: { stringValue, intValue, doubleValue } }) => [
    key,
    stringValue ?? Number(intValue ?? doubleValue),
  ]));

/**
 * Runs a server while ann sends a note and another ann is refused, until the server has stopped.
 */
async function converse({ env }: Pick<ReturnType<typeof collect>, "env">): Promise<void> {
  await using server = await startQuietServer(env);
  await talk(server);
  server.kill("SIGTERM");
  assertEquals([(await server.ended()).code, server.stderr], [0, ""]);
}

function startQuietServer(env: Record<string, string>) {
  return startServer(["--quiet", "--log-level", "error"], { env });
}

async function talk(server: { address: string }): Promise<void> {
  const args = ["--server", server.address, "--name", "ann"];
  assertEquals((await run("send", args, { stdin: "hello" })).code, 0);
  assertEquals((await run("send", args, { stdin: "I am ann" })).code, 4);
}

Deno.test("a server sends OpenTelemetry one trace of a post, from its arrival to its answer", async () => {
  await using collector = collect();
  await converse(collector);
  const { spans } = collector;
  const post = spans.find(({ name }) => name === "chat.post");
  const append = spans.find(({ name }) => name === "chat.append");
  assert(post && append, JSON.stringify(spans));
  assertEquals(spans.length, 2);
  assertMatch(post.traceId, /^(?!0+$)[0-9a-f]{32}$/);
  assertEquals([append.traceId, append.parentSpanId], [post.traceId, post.spanId]);
  assertEquals(post.parentSpanId, "");
  assertEquals(attributesOf(post), { "chat.room": "lobby" });
  assertEquals(attributesOf(append), { "chat.notes": 1 });
  const times = [
    ...[post.startTimeUnixNano, append.startTimeUnixNano],
    ...[append.endTimeUnixNano, post.endTimeUnixNano],
  ].map(BigInt);
  assertEquals(times, times.toSorted((a, b) => a < b ? -1 : 1));
});

Deno.test("a server sends OpenTelemetry a trace of a SendNote of the original contract", async () => {
  await using collector = collect();
  const { env } = collector;
  await using server = await startServer(["--quiet"], { env });
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "hi" });
  server.kill("SIGTERM");
  await server.ended();
  const { spans } = collector;
  assertEquals(spans.map(({ name }) => name).sort(), ["chat.append", "chat.post"]);
  assertEquals(new Set(spans.map(({ traceId }) => traceId)).size, 1);
});

Deno.test("followed() records the outcome of posts in a trace, even if they failed", async () => {
  const calls: string[] = [];
  const trace: PostTrace = {
    append: (notes) => calls.push(`append ${notes}`),
    appended: (error) => calls.push(`appended ${error}`),
    end: () => calls.push("end"),
  };
  assertEquals(await traced(trace, 2, () => Promise.resolve([1, 2])), [1, 2]);
  assertEquals(calls.splice(0), ["append 2", "appended undefined"]);
  const failing = traced(trace, 1, () => Promise.reject(new Error("disk full")));
  await assertRejects(() => failing, Error, "disk full");
  assertEquals(calls, ["append 1", "appended Error: disk full", "end"]);
});

Deno.test("a server sends OpenTelemetry its metrics", async () => {
  await using collector = collect();
  const hasPoint = ({ sum }: Metric) => (sum?.dataPoints.length ?? 0) > 0;
  {
    // Killed by SIGKILL: Deno 2.9.6 may hang if it is stopped during an export.
    const env = { ...collector.env, OTEL_METRIC_EXPORT_INTERVAL: "50" };
    await using server = await startQuietServer(env);
    await talk(server);
    await collector.until(({ metrics }) =>
      metrics.some((metric) => metric.name === "chat.refusals" && hasPoint(metric))
    );
  }
  const last = (name: string) => {
    const metric = collector.metrics.findLast((metric) => metric.name === name);
    assert(metric, `there is no ${name}`);
    const { unit, sum, gauge, histogram } = metric;
    const [point] = (sum ?? gauge ?? histogram)!.dataPoints;
    const value = Number(point!.count ?? point!.asDouble ?? point!.asInt);
    const kind = sum?.isMonotonic ? "counter" : gauge ? "gauge" : "histogram";
    return { kind, unit, value, labels: attributesOf(point!) };
  };
  const counter = { kind: "counter", unit: "1", value: 1, labels: {} };
  assertEquals(last("chat.notes"), counter);
  assertEquals(last("chat.joins"), counter);
  assertEquals(last("chat.refusals"), { ...counter, labels: { kind: "taken" } });
  assertEquals(last("chat.rooms"), { kind: "gauge", unit: "1", value: 1, labels: {} });
  assertEquals(last("chat.append"), { kind: "histogram", unit: "s", value: 1, labels: {} });
  assertEquals(last("process.resident_memory").unit, "By");
});

Deno.test("a server sends nothing by default", async () => {
  await using collector = collect();
  await converse({ ...collector, env: { ...collector.env, OTEL_DENO: "false" } });
  assertEquals([collector.spans, collector.metrics], [[], []]);
});
