import type { Meter, Span, Tracer } from "@opentelemetry/api";
import { errorMessage } from "../../room/errors.ts";
import type { Metric } from "./metric.ts";
import type { Metrics } from "./metrics.ts";
import type { PostTrace, TracePosts } from "./post_trace.ts";

/** What OpenTelemetry gets of a server, for as long as it is not disposed. */
export interface Telemetry extends Disposable {
  /** Follows posts as traces. */
  readonly tracePosts: TracePosts;
}

type Api = typeof import("@opentelemetry/api");

/** Where version 1 of the API, whichever copy of it, finds those who take in what it is told. */
const REGISTRY = Symbol.for("opentelemetry.js.api.1");

/**
 * Hands what is counted to OpenTelemetry, if there is anybody to take it: Deno itself, with
 * `OTEL_DENO=true` in its environment, which it reads without a permission of the program. If
 * there is nobody the API is not even loaded.
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

/** Names and units are told apart here; the suffixes are the rule of Prometheus, and not of this. */
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

/** Posts as a trace: a span from their arrival to their answers, and in it one of the log. */
class SpannedPosts implements PostTrace {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #whole: Span;
  #append: Span | undefined;

  constructor(api: Api, tracer: Tracer, room: string) {
    this.#api = api;
    this.#tracer = tracer;
    // Of nobody else's trace: what runs here at the moment may be another session's doing.
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
