import { measureFanout } from "./fanout.ts";
import { type Figure, median, type Scenario, shown } from "./figure.ts";
import { measurePosts } from "./posts.ts";

/** What encryption costs: the same in plaintext and over TLS, one right after the other. */
export const tls: Scenario = async ({ repeat }) => {
  const options = { log: "memory", repeat } as const;
  const measures = [
    (tls: boolean) => measureFanout({ ...options, readers: 1, notes: 40_000, tls }),
    (tls: boolean) => measureFanout({ ...options, readers: 100, notes: 20_000, tls }),
    (tls: boolean) => measurePosts({ ...options, tls }),
  ];
  const figures: Figure[] = [];
  for (const measure of measures) {
    const [plain, encrypted] = [await measure(false), await measure(true)];
    const share = 100 * median(encrypted.runs) / median(plain.runs);
    figures.push(
      { ...plain, name: `${plain.name}, plaintext` },
      {
        ...encrypted,
        name: `${plain.name}, TLS`,
        beside: `${shown(share)} % of that in plaintext`,
      },
    );
  }
  return figures;
};
