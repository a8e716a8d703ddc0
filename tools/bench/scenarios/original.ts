import { KnownFrames } from "../support/checker.ts";
import { BURST } from "../support/clients.ts";
import { formatValue, type Measurement, median, type Scenario } from "../support/measurement.ts";
import { Author } from "../support/author.ts";
import { connect, Member, OriginalPeer } from "../support/peer.ts";
import {
  coreUse,
  findPython,
  type MeasuredServer,
  startOurs,
  startPython,
} from "../support/server.ts";

/** The most readers that the thread pool of the Python server has threads for. */
const PYTHON_READERS = 8;
const HISTORY_NOTES = 1_000;
const LIVE = { readers: 100, notes: 1_000, target: 25_000 } as const;
const IDLE = { readers: 1_000, settleMs: 2_000, measureMs: 2_000 } as const;

/** The original contract, on this server and on one shaped like the Python original. */
export const original: Scenario = async ({ repeat }) => {
  const ours = () => startOurs("memory");
  const figures = [
    await live(repeat),
    await history(ours, repeat),
    await idle(ours, IDLE.readers, repeat),
  ];
  const python = await findPython();
  const theirs = () => startPython(python!);
  const beside = python ? [await history(theirs, repeat), await idle(theirs, 1, repeat)] : [];
  const [theirHistory, theirIdle] = beside;
  const name = "Python peer";
  const missing = "Python peer: left out, CHAT_TEST_PYTHON names no Python with grpcio-tools";
  const says = (measurement: Measurement | undefined, readers: string) =>
    measurement ? `${name}, ${readers}: ${formatValue(median(measurement.runs))}` : missing;
  const [ourLive, ourHistory, ourIdle] = figures;
  return [
    { ...ourLive!, beside: says(theirHistory, `${PYTHON_READERS} readers`) },
    { ...ourHistory!, beside: says(theirHistory, `${PYTHON_READERS} readers`) },
    ...theirHistory ? [{ ...theirHistory, name: `${name}: ${theirHistory.name}` }] : [],
    { ...ourIdle!, beside: says(theirIdle, "1 reader") },
    ...theirIdle ? [{ ...theirIdle, name: `${name}: ${theirIdle.name}` }] : [],
  ];
};

/**
 * Notes as they are posted, through a session, so that `SendNote` is not part of the measurement.
 */
async function live(repeat: number): Promise<Measurement> {
  await using server = await startOurs("memory");
  const known = new KnownFrames();
  using member = await Member.join(connect(server.address), "author", known);
  const author = new Author(member);
  using stack = new DisposableStack();
  const readers = Array.from({ length: LIVE.readers }, () => {
    const reader = stack.use(new OriginalPeer(connect(server.address)));
    reader.stream(known);
    return reader;
  });
  const run = async () => {
    const start = performance.now();
    const last = author.posted + LIVE.notes;
    await Promise.all([
      author.burst(LIVE.notes, BURST),
      ...readers.map((reader) => reader.has(last)),
    ]);
    return LIVE.readers * LIVE.notes / ((performance.now() - start) / 1_000);
  };
  await run(); // Connects and warms up.
  const runs: number[] = [];
  const cores = await coreUse(server, async () => {
    while (runs.length < repeat) runs.push(await run());
  });
  return {
    name: `ChatStream, live, ${LIVE.readers} readers`,
    runs,
    unit: "deliveries/s",
    target: { atLeast: LIVE.target },
    cores,
  };
}

/**
 * Existing history, for readers that all arrive at once. The Python peer does best here: readers
 * that wait for new notes keep it too busy to accept any. Each run has its own server, because the
 * threads of that peer run on for a while after readers have left.
 */
async function history(start: () => Promise<MeasuredServer>, repeat: number): Promise<Measurement> {
  const runs: number[] = [];
  while (runs.length < repeat) {
    await using server = await start();
    runs.push(await readHistory(server.address));
  }
  const name = `ChatStream, history, ${PYTHON_READERS} readers`;
  return { name, runs, unit: "deliveries/s" };
}

async function readHistory(address: string): Promise<number> {
  using author = new OriginalPeer(connect(address));
  // One at a time: the threads of the Python peer keep no order otherwise.
  for (let number = 1; number <= HISTORY_NOTES; number++) await author.say(number);
  using stack = new DisposableStack();
  const known = new KnownFrames();
  const start = performance.now();
  await Promise.all(Array.from({ length: PYTHON_READERS }, () => {
    const reader = stack.use(new OriginalPeer(connect(address)));
    reader.stream(known);
    return reader.has(HISTORY_NOTES);
  }));
  return PYTHON_READERS * HISTORY_NOTES / ((performance.now() - start) / 1_000);
}

/** The share of a core in use while readers are connected and nobody speaks. */
async function idle(
  start: () => Promise<MeasuredServer>,
  readers: number,
  repeat: number,
): Promise<Measurement> {
  await using server = await start();
  using stack = new DisposableStack();
  using author = new OriginalPeer(connect(server.address));
  await author.say(1);
  for (let i = 0; i < readers; i += 50) {
    await Promise.all(Array.from({ length: Math.min(50, readers - i) }, () => {
      const reader = stack.use(new OriginalPeer(connect(server.address)));
      reader.stream(new KnownFrames());
      return reader.has(1);
    }));
  }
  await sleep(IDLE.settleMs);
  const runs: number[] = [];
  while (runs.length < repeat) {
    const { server: share } = await coreUse(server, () => sleep(IDLE.measureMs));
    runs.push(share * 100);
  }
  const count = readers.toLocaleString("en");
  const name = `ChatStream, idle, ${count} ${readers === 1 ? "reader" : "readers"}`;
  return { name, runs, unit: "% of a core" };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
