import { escapeText } from "../../text/escape.ts";
import { credentialFlags, withCredentials } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { columns } from "../framework/columns.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import { toggle } from "../framework/flag_kinds.ts";
import type { Values } from "../framework/flags.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { reportAnswer } from "./report_answer.ts";

const { server, timeout } = commonFlags;

const flags = {
  server,
  ...credentialFlags,
  timeout,
  json: toggle("print one line of JSON: an object of the values by name"),
};

export const stats = command({
  description:
    `Prints server statistics: connected people, notes accepted, delivered and refused, and log latency.
Only operators may ask; the server recognizes them by their keys (see chat whoami, and --operators
of chat serve). The server's Prometheus page (--metrics) uses the same names. Newer servers may
report more.

Times are in seconds. Quantiles are upper bounds: at 0.99, 99 of 100 operations were at least as fast. If a
quantile is above the largest bound, its value is Infinity, and --json omits it. Counters start at 0
when the server starts. Of several servers it asks the first that answers, and reports which.`,
  flags,
  examples: [
    ["", "statistics of the server on this machine"],
    ["--server chat.example --json", "statistics of another server, for a program"],
  ],
  exits: [
    [EXIT.done, "done"],
    [EXIT.failed, "a signal stopped the command, or the output cannot be written"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is not a chat server"],
    [
      EXIT.refused,
      "the server refuses you or reports no statistics (you are not an operator), or is not trusted",
    ],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output, signal } = context;
  const client = await import("../../client.ts");
  const { fetchStats, statsByName, formatStat } = await import("../../client/admin/stats.ts");
  const left = new AbortController();
  const timeoutMs = values.timeout;
  const asking = withCredentials(
    { values, context, identify: loadIdentity, timeoutMs, stdin: "nothing" },
    async (credentials) => {
      const options = { ...credentials, timeoutMs, unlisted: true, last: 0, signal: left.signal };
      return await fetchStats(await client.join(options), left);
    },
  );
  void waitForAbort(signal).then(() => left.abort());
  // Not before a prompt for a password has ended its line.
  const answer = await asking.catch((error) => {
    if (!signal.aborted) throw error;
  });
  left.abort();
  if (!answer) return EXIT.failed;
  const { safeJson } = await import("../../text/safe_json.ts");
  reportAnswer(answer.address, values.server, output);
  const text = values.json
    ? safeJson(statsByName(answer.stats))
    : columns(answer.stats.map((stat) => [escapeText(stat.name), formatStat(stat)]))
      .map((row) => row.trim()).join("\n");
  await output.print(`${text}\n`);
  return EXIT.done;
}
