import { startServer } from "../../support/program.ts";
import { random } from "../../support/random.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { quantile } from "./trend.ts";
import { visit, type VisitorOptions } from "./visitor.ts";

/** The options of {@linkcode runSoak}. */
export interface SoakOptions {
  readonly seed: number;
  /** The number of people who are there at any time. */
  readonly clients: number;
  /** The number of samples. */
  readonly samples: number;
  /** The time between two samples, in milliseconds. */
  readonly everyMs: number;
  /** The bounds of a visit, in milliseconds. */
  readonly visitMs: VisitorOptions["visitMs"];
  /** The longest pause of a visitor between two notes, in milliseconds. */
  readonly maxPauseMs: number;
  /** The number of notes that the server keeps in each room. */
  readonly keep: number;
  /** Called with each sample. */
  readonly onSample?: (sample: Sample) => void;
}

/** What was measured at one moment, or since the last one. */
export interface Sample {
  /** Seconds since the start. */
  readonly seconds: number;
  /** The resident memory of the server, in MiB. */
  readonly rssMib: number;
  /** The open descriptors of the server. */
  readonly descriptors: number;
  /** The median time from a post to its acknowledgement since the last sample, in milliseconds. */
  readonly p50Ms: number;
  /** The same for the slowest of a hundred. */
  readonly p99Ms: number;
  /** The number of acknowledgements since the last sample. */
  readonly notes: number;
}

/** The result of {@linkcode runSoak}. */
export interface SoakResult {
  readonly samples: readonly Sample[];
  /** What went wrong, such as a note that is missing; at most the first 20. */
  readonly problems: readonly string[];
  readonly problemCount: number;
  /** The number of visits. */
  readonly visits: number;
}

const ROOMS = ["lobby", "tea", "dev", "café 3"];
const MAX_PROBLEMS = 20;

/** Lets people come and go for a time, and measures their server. For Linux. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { seed, clients, samples: count, everyMs, keep, onSample = () => {} } = options;
  await using folder = await temporaryFolder();
  await using server = await startServer([
    ...["--quiet", "--data", `${folder.path}/chat.db`, "--keep", `${keep}`],
    ...["--join-burst", "0", "--new-rooms", "0", "--max-per-address", `${2 * clients + 100}`],
    ...["--max-connections", `${2 * clients + 100}`],
  ]);
  const numbers = random(seed);
  const end = new AbortController();
  const problems: string[] = [];
  let problemCount = 0;
  let answers: number[] = [];
  const visitors = Array.from({ length: clients }, (_, i) =>
    visit({
      ...options,
      name: `v${i + 1}`,
      address: server.address,
      rooms: ROOMS,
      numbers: random(numbers.below(2 ** 32)),
      onAnswer: (ms) => void answers.push(ms),
      onProblem: (problem) => {
        problemCount++;
        if (problems.length < MAX_PROBLEMS) problems.push(problem);
      },
      signal: end.signal,
    }));
  const began = performance.now();
  const samples: Sample[] = [];
  while (samples.length < count) {
    const due = began + (samples.length + 1) * everyMs;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const measured = answers;
    answers = [];
    const sample = {
      seconds: (performance.now() - began) / 1_000,
      ...await measure(server.pid),
      p50Ms: quantile(measured, 0.5),
      p99Ms: quantile(measured, 0.99),
      notes: measured.length,
    };
    samples.push(sample);
    onSample(sample);
  }
  end.abort();
  const visits = (await Promise.all(visitors)).reduce((sum, each) => sum + each, 0);
  server.kill("SIGTERM");
  const { code } = await server.ended();
  if (code !== 0) problems.push(`the server stopped with exit code ${code}`);
  if (server.stderr !== "") problems.push(`the server reported: ${server.stderr}`);
  return { samples, problems, problemCount, visits };
}

/** Reads what the system knows of a process. Deno itself may read that with all permissions only. */
async function measure(pid: number): Promise<Pick<Sample, "rssMib" | "descriptors">> {
  const script = 'grep VmRSS "/proc/$1/status" && ls "/proc/$1/fd"';
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, "sh", `${pid}`] })
    .output();
  const [memory = "", ...descriptors] = new TextDecoder().decode(stdout).trim().split("\n");
  return {
    rssMib: Number(/^VmRSS:\s+(\d+) kB$/.exec(memory)?.[1]) / 1_024,
    descriptors: descriptors.length,
  };
}
