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

const { server, timeout } = commonFlags;

const flags = {
  server,
  ...credentialFlags,
  timeout,
  json: toggle("print one line of JSON: an object of the figures by their names"),
};

/** `chat stats`. */
export const stats = command({
  description:
    `Prints how a server is, in figures: how many are there, what it has taken, sent and refused, and how
long its log takes. It tells them to its operators, whom it knows by their keys (see chat whoami, and --operators of
chat serve). The names are those of its page for Prometheus (--metrics), and newer servers may tell more.

Times are in seconds. A quantile is a bound, not a measurement: with 0.99, all but one in a hundred took no
longer. Where that is above all bounds that it counts by, it is Infinity here, and left out with --json. Counters begin when the server starts.`,
  flags,
  examples: [
    ["", "how is the server on this machine"],
    ["--server chat.example --json", "the same of another one, for a program"],
  ],
  exits: [
    [EXIT.done, "done"],
    [EXIT.failed, "stopped by a signal, or the output cannot be written"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is no chat server"],
    [
      EXIT.refused,
      "the server does not let you in, is not to be trusted, or tells you no figures: you are no operator of it",
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
  const figures = await Promise.race([asking, waitForAbort(signal).then(() => undefined)]);
  left.abort();
  if (!figures) return EXIT.failed;
  const { safeJson } = await import("../../text/safe_json.ts");
  const text = values.json
    ? safeJson(statsByName(figures))
    : columns(figures.map((stat) => [escapeText(stat.name), formatStat(stat)]))
      .map((row) => row.trim()).join("\n");
  await output.print(`${text}\n`);
  return EXIT.done;
}
