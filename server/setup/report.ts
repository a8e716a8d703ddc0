import type { Report, ServerEvent } from "../events/event.ts";
import { throttle } from "../events/throttle.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** Reports events to the metrics, and throttled to `onEvent`. */
export function createReport(metrics: Metrics, onEvent: Report = printErrors): Report {
  const throttled = throttle(onEvent);
  return (event) => {
    metrics.record(event); // All of them, not only the logged ones.
    try {
      throttled(event);
    } catch (error) {
      // deno-lint-ignore no-console -- a failing listener must not break its caller
      console.error(error);
    }
  };
}

/** The default for `onEvent`. */
function printErrors(event: ServerEvent): void {
  // deno-lint-ignore no-console -- a library has nowhere else to write
  if (event.type === "error") console.error(event.error);
}
