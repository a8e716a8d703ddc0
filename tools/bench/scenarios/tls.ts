import { formatValue, type Measurement, median, type Scenario } from "../support/measurement.ts";
import { measureFanout } from "./fanout.ts";
import { measurePosts } from "./posts.ts";

const OPTIONS = { log: "memory", repeat: 1 } as const;

const MEASURES: readonly ((tls: boolean) => Promise<Measurement>)[] = [
  (tls) => measureFanout({ ...OPTIONS, readers: 1, notes: 40_000, tls }),
  (tls) => measureFanout({ ...OPTIONS, readers: 100, notes: 20_000, tls }),
  (tls) => measurePosts({ ...OPTIONS, tls }),
];

/**
 * The cost of encryption: the same load in plaintext and over TLS, alternating, so that a machine
 * that gets slower or faster affects both.
 */
export const tls: Scenario = async ({ repeat }) => {
  const figures: Measurement[] = [];
  for (const measure of MEASURES) {
    const pairs: (readonly [plain: Measurement, encrypted: Measurement])[] = [];
    while (pairs.length < repeat) pairs.push([await measure(false), await measure(true)]);
    const [{ name, unit }] = pairs[0]!;
    const plain = pairs.map(([{ runs }]) => runs[0]!);
    const encrypted = pairs.map(([, { runs }]) => runs[0]!);
    const share = median(encrypted.map((value, i) => 100 * value / plain[i]!));
    const beside = `${formatValue(share)} % of that in plaintext (median of the pairs)`;
    figures.push(
      { name: `${name}, plaintext`, unit, runs: plain },
      { name: `${name}, TLS`, unit, runs: encrypted, beside },
    );
  }
  return figures;
};
