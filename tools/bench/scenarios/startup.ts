import { fileURLToPath } from "node:url";
import { DENO_RUN, ROOT } from "../../build/project.ts";
import { installed, PATH } from "../support/installed.ts";
import { formatValue, type Measurement, median, type Scenario } from "../support/measurement.ts";
import { CORES, startOurs, temporaryFolder } from "../support/server.ts";

const EMPTY = fileURLToPath(new URL("../support/empty.ts", import.meta.url));

/** How often each program is started for one figure. */
const STARTS = 20;
const MOST_HELP = 2.2;

/** Bash runs the rest of its arguments, and then prints the processor time of its children. */
const TO_END = '"$@" >/dev/null && times';
const TO_FIRST_LINE =
  'coproc P { exec "$@"; }; read -r _ <&"${P[0]}" && kill -KILL "$P_PID" && { wait "$P_PID"; times; }';

/** A start of the program. */
interface Start {
  readonly name: string;
  readonly until: typeof TO_END | typeof TO_FIRST_LINE;
  readonly command: readonly string[];
}

/** The processor time that a command costs its user, next to that of Deno itself. */
export const startup: Scenario = async ({ repeat }) => {
  await using folder = await temporaryFolder();
  const config = folder.path; // Has the key of the sender.
  await using server = await startOurs("memory");
  const there = ["--server", server.address];
  const startsOf = (kind: string, chat: readonly string[]): Start[] => {
    const start = (until: Start["until"], ...args: string[]): Start => ({
      name: `chat ${args[0]}, ${kind}, to its ${until === TO_END ? "end" : "first line"}`,
      until,
      command: [...chat, ...args],
    });
    return [
      start(TO_END, "--help"),
      start(TO_END, "send", ...there, "--name", "bench", "hello"),
      start(TO_FIRST_LINE, "tail", ...there, "--last", "1"),
      start(TO_FIRST_LINE, "serve", "--port=0", "--data=:memory:"),
    ];
  };
  const starts = [
    ...startsOf("installed", [await installed(folder.path)]),
    ...startsOf("from source", [...DENO_RUN, "-A", `${ROOT}mod.ts`]),
  ];
  const empty: Start = { name: "empty", until: TO_END, command: [...DENO_RUN, "-A", EMPTY] };
  const whoami = [...DENO_RUN, "-A", `${ROOT}mod.ts`, "whoami", "--name", "bench"];
  await cpuMs({ name: "makes the key", until: TO_END, command: whoami }, config);
  const all = [...starts, empty];
  for (const start of all) await cpuMs(start, config); // Fills Deno's caches.

  const runs = Array.from({ length: repeat }, () => new Map<Start, number[]>());
  for (const run of runs) {
    for (let i = 0; i < STARTS; i++) { // Alternates, so that all see the same machine.
      for (const start of all) {
        run.set(start, [...run.get(start) ?? [], await cpuMs(start, config)]);
      }
    }
  }
  const medians = (start: Start) => runs.map((run) => median(run.get(start)!)); // Set above.
  const emptyMs = medians(empty);
  return starts.map((start): Measurement => {
    const ms = medians(start);
    return {
      name: start.name,
      runs: ms.map((ms, i) => ms / emptyMs[i]!),
      unit: "× empty",
      ...start.command.at(-1) === "--help" && { target: { atMost: MOST_HELP } },
      beside: `${formatValue(median(ms))} ms, empty script ${formatValue(median(emptyMs))} ms`,
    };
  });
};

/** Measures the processor time of a start, in milliseconds, on all cores, as for users. */
async function cpuMs({ command, until }: Start, config: string): Promise<number> {
  const cores = `${CORES.server},${CORES.load}`;
  const { stdout } = await new Deno.Command("taskset", {
    args: ["-c", cores, "bash", "-c", until, "bash", ...command],
    env: { XDG_CONFIG_HOME: config, PATH },
    stderr: "null",
  }).output();
  // Two lines, of which the second is about the children: user and system time, each as 0m0.123s.
  const times = new TextDecoder().decode(stdout).split("\n")[1] ?? "";
  const spent = Array.from(
    times.matchAll(/(\d+)m([\d.]+)s/g),
    ([, m, s]) => Number(m) * 60 + Number(s),
  );
  if (spent.length !== 2) throw new Error(`"${command.join(" ")}" failed`);
  return (spent[0]! + spent[1]!) * 1_000;
}
