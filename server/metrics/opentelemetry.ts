import type { Meter, Span, Tracer } from "@opentelemetry/api";
import { errorMessage } from "../../room/errors.ts";
import type { Metric } from "./metric.ts";
import type { Metrics } from "./metrics.ts";
import type { PostTrace, TracePosts } from "./post_trace.ts";

/** The export to OpenTelemetry, until disposed. */
export interface Telemetry extends Disposable {
  /** Traces posts. */
  readonly tracePosts: TracePosts;
}

type Api = typeof import("@opentelemetry/api");

/** The key under which version 1 of the API, whichever copy of it, registers exporters. */
const REGISTRY = Symbol.for("opentelemetry.js.api.1");

/**
 * Exports metrics and traces to OpenTelemetry if an exporter is registered. Deno itself registers
 * one if `OTEL_DENO=true` is set, which needs no permission. Otherwise the API is not even loaded.
 */
export async function openTelemetry(metrics: Metrics): Promise<Telemetry | undefined> {
  if (!(REGISTRY in globalThis)) return undefined;
  const api = await import("@opentelemetry/api");
  const stack = new DisposableStack();
  for (const metric of metrics.all) stack.use(observe(metric, api.metrics.getMeter("chat")));
  const tracer = api.trace.getTracer("chat");
  return {
    tracePosts: (room) => new SpannedPosts(api, tracer, room),
    [Symbol.dispose]: () => stack.dispose(),
  };
}

/**
 * Registers a metric. OpenTelemetry keeps units apart from names: the suffixes are Prometheus's
 * rule.
 */
function observe(metric: Metric, meter: Meter): Disposable {
  const { help: description } = metric;
  const [, unit] = /_(seconds|bytes)$/.exec(metric.name) ?? [];
  const name = metric.name.replace(/_(total|seconds|bytes)$/, "").replace("_", ".");
  const options = { description, unit: unit === "seconds" ? "s" : unit === "bytes" ? "By" : "1" };
  if (metric.type === "histogram") {
    const { histogram } = metric;
    const advice = { explicitBucketBoundaries: [...histogram.bounds] };
    const instrument = meter.createHistogram(name, { ...options, advice });
    histogram.forward((value) => instrument.record(value));
    return { [Symbol.dispose]: () => histogram.forward(() => {}) };
  }
  const instrument = metric.type === "counter"
    ? meter.createObservableCounter(name, options)
    : meter.createObservableGauge(name, options);
  const read = (result: { observe(value: number, attributes?: Record<string, string>): void }) => {
    for (const { value, labels } of metric.read()) result.observe(value, labels);
  };
  instrument.addCallback(read);
  return { [Symbol.dispose]: () => instrument.removeCallback(read) };
}

/** A trace of posts: a span from their arrival to their answers, with a child span for the log. */
class SpannedPosts implements PostTrace {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #whole: Span;
  #append: Span | undefined;

  constructor(api: Api, tracer: Tracer, room: string) {
    this.#api = api;
    this.#tracer = tracer;
    // A root span: the current context may belong to another session.
    this.#whole = tracer.startSpan("chat.post", {
      kind: api.SpanKind.SERVER,
      attributes: { "chat.room": room },
      root: true,
    });
  }

  append(notes: number): void {
    const { trace, ROOT_CONTEXT } = this.#api;
    this.#append = this.#tracer.startSpan(
      "chat.append",
      { attributes: { "chat.notes": notes } },
      trace.setSpan(ROOT_CONTEXT, this.#whole),
    );
  }

  appended(error?: unknown): void {
    if (error !== undefined) {
      const message = errorMessage(error);
      this.#append?.setStatus({ code: this.#api.SpanStatusCode.ERROR, message });
    }
    this.#append?.end();
  }

  end(): void {
    this.#whole.end();
  }
}
