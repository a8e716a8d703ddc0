import type { FaultyFile } from "./fault.ts";

/** Faults in the attempts of a client to connect. */
export const RECONNECTING: readonly FaultyFile[] = [
  {
    file: "client/net/backoff.ts",
    tests: ["tests/unit/client/net/backoff_test.ts"],
    faults: [
      {
        code: "Math.min(longestMs, firstMs * 2 ** attempt)",
        by: "firstMs * 2 ** attempt",
        seen: "after a long outage a client waits for hours",
      },
      {
        code: "(1 - random() / 2)",
        by: "1",
        seen: "all clients of a restarted server come at once",
      },
      {
        code: "Math.min(backoff(attempt), leftMs / 2)",
        by: "backoff(attempt)",
        seen: "a client gives up while it waits, without the last attempt",
      },
      {
        code: "if (signal.aborted) return resolve();",
        by: "",
        seen: "who leaves during a wait waits to its end",
      },
      {
        code: "clearTimeout(timer);\n",
        by: "\n",
        seen: "a program that was stopped ends only after the wait",
      },
      { code: "Math.min(ms, LONGEST_MS)", by: "ms", seen: "a very long wait is over at once" },
    ],
  },
  {
    file: "client/net/reconnect.ts",
    tests: ["tests/unit/client/net/reconnect_test.ts"],
    faults: [
      {
        code: "attempts.connected();",
        by: "",
        seen: "a chat gives up after an outage of ten seconds",
      },
      {
        code: "if (!deadline.signal.aborted) throwIfFinal(error, attempts);",
        by: "throwIfFinal(error, attempts);",
        seen: "a slow server ends the client",
      },
      {
        code: "clearTimeout(timer);\n          attempts",
        by: "attempts",
        seen: "each connection is cut after ten seconds",
      },
      {
        code: "if (deadline.signal.aborted) reason = undefined;",
        by: "",
        seen: "the error about an unreachable server names no reason of it",
      },
      {
        code: "isRestart ? attempts.restarted() : attempts.failed(reason)",
        by: "attempts.failed(reason)",
        seen: "a chat whose notes were not read goes to another server",
      },
      {
        code: "if (retryMs === undefined) throw attempts.unreachable();",
        by: "",
        seen: "a client never gives up",
      },
      {
        code: "await sleep(retryMs, signal);",
        by: "",
        seen: "a client asks a server that is down without a pause",
      },
      {
        code: "if (!final.includes(error.code)) return;",
        by: "",
        seen: "a chat ends at the first outage",
      },
      {
        code: "everConnected ? FINAL : FINAL_AT_FIRST",
        by: "FINAL_AT_FIRST",
        seen: "a chat ends when a proxy answers for the server",
      },
    ],
  },
  {
    file: "client/net/attempts.ts",
    tests: ["tests/unit/client/net/attempts_test.ts"],
    faults: [
      {
        code: "if (performance.now() - this.#connectedAt > STABLE_MS) this.#failures = 0;",
        by: "",
        seen: "after many outages a client waits for long at each",
      },
      { code: "this.#failures++;", by: "", seen: "a client waits no longer after many failures" },
      {
        code: "this.#index = (this.#index + 1) % count;",
        by: "",
        seen: "a client never tries the second server",
      },
      {
        code: "if (this.#failures % count > 0) return this.#leftMs > 0 ? 0 : undefined;",
        by: "",
        seen: "a client waits before it tries the second server",
      },
      {
        code: "this.#failures / count - 1",
        by: "this.#failures / count",
        seen: "a client waits for a second after the first failure",
      },
      {
        code: "this.#leftMs / untried",
        by: "this.#leftMs",
        seen: "a server that never answers keeps a client from the next one",
      },
      {
        code: "this.#giveUpAt = Infinity;",
        by: "",
        seen: "a chat gives up after an outage of ten seconds",
      },
      {
        code: "[...addresses.slice(index), ...addresses.slice(0, index)]",
        by: "addresses",
        seen: "a change of name goes to another server",
      },
    ],
  },
];
