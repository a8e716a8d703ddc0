import { Proxy } from "../../../tests/support/wire/proxy.ts";
import { KnownFrames } from "../support/checker.ts";
import { BenchClients } from "../support/clients.ts";
import {
  type CoreUse,
  formatValue,
  type Measurement,
  median,
  type Scenario,
} from "../support/measurement.ts";
import { connect, Member } from "../support/peer.ts";
import { coreUse, startOurs } from "../support/server.ts";

/** Readers besides the one that may stall. */
const OTHERS = 99;
const NOTES = 500_000;
/** Warm-up before the memory is first read: the heap reaches its size in that time. */
const WARM_UP_NOTES = 100_000;
const TARGETS = { share: 90, megabytes: 32 } as const;
const MEGABYTE = 2 ** 20;

/** The results of one pass over the notes. */
interface Pass {
  /** Deliveries per second to the others, in each part of the pass. */
  readonly rates: number[];
  readonly cores: CoreUse;
  /** The growth of the server's memory over the pass, in bytes. */
  readonly grown: number;
  /** Notes per second that the stalled reader received once it resumed. */
  readonly resumed: number | undefined;
}

/** One of many readers stops reading, and resumes when everything is over. */
export const stalled: Scenario = async ({ repeat }) => {
  const without = await pass(false, repeat);
  const with_ = await pass(true, repeat);
  const share = median(with_.rates) / median(without.rates) * 100;
  const name = (what: string) => `${OTHERS} of 100 readers, SQLite, ${what}`;
  const figures: Measurement[] = [
    {
      name: name("nobody stalls"),
      runs: without.rates,
      unit: "deliveries/s",
      cores: without.cores,
    },
    {
      name: name("the last one stalls"),
      runs: with_.rates,
      unit: "deliveries/s",
      target: { atLeast: Math.round(median(without.rates) * TARGETS.share / 100) },
      beside: `${formatValue(share)} % of that before`,
      cores: with_.cores,
    },
    {
      name: `server memory, ${NOTES.toLocaleString("en")} notes, what the stalled one adds`,
      runs: [(with_.grown - without.grown) / MEGABYTE],
      unit: "MiB",
      target: { atMost: TARGETS.megabytes },
      beside: `grew by ${formatValue(with_.grown / MEGABYTE)}, without it by ${
        formatValue(without.grown / MEGABYTE)
      }`,
    },
    {
      name: "the stalled reader, once it reads on",
      runs: [with_.resumed!],
      unit: "notes/s",
      beside: "each once, in order",
    },
  ];
  return figures;
};

async function pass(stalls: boolean, parts: number): Promise<Pass> {
  await using server = await startOurs("SQLite");
  await using proxy = new Proxy(server.address);
  using clients = await BenchClients.join(server.address, OTHERS);
  using last = await Member.join(connect(proxy.address), "the last one", new KnownFrames());
  await Promise.all([clients.burst(WARM_UP_NOTES), last.has(WARM_UP_NOTES)]);
  if (stalls) proxy.pause();
  const before = await server.residentBytes();
  const rates: number[] = [];
  const cores = await coreUse(server, async () => {
    while (rates.length < parts) {
      const notes = Math.ceil(NOTES / parts);
      rates.push(OTHERS * notes / await clients.burst(notes));
    }
  });
  const grown = await server.residentBytes() - before;
  const seen = last.checker.next - 1;
  const { posted } = clients.author;
  // No more can have arrived than the buffers of the two connections contained.
  if (stalls && seen > posted / 2) throw new Error(`the stalled reader had ${seen} of ${posted}`);
  const start = performance.now();
  proxy.resume();
  await last.has(posted);
  const resumed = stalls ? (posted - seen) / ((performance.now() - start) / 1_000) : undefined;
  return { rates, cores, grown, resumed };
}
