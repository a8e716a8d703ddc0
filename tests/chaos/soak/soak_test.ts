import { assert, assertEquals, assertMatch } from "@std/assert";
import { drawSoak, judgeSoak } from "./judge_soak.ts";
import { runSoak, type Sample } from "./run_soak.ts";
import { findTrend, quantile } from "./trend.ts";

const isLinux = Deno.build.os === "linux";

Deno.test({
  name: "a soak measures the server while people come and go, and nobody misses a note",
  ignore: !isLinux,
  async fn() {
    const { samples, problems, visits } = await runSoak({
      ...{ seed: 1, clients: 10, samples: 8, everyMs: 250, keep: 50 },
      visitMs: { min: 200, max: 1_000 },
      maxPauseMs: 100,
    });
    assertEquals(problems, []);
    assertEquals(samples.length, 8);
    assert(visits > 10, `${visits} visits`);
    for (const { rssMib, descriptors } of samples) assert(rssMib > 10 && descriptors > 5);
    assert(samples.some(({ notes, p50Ms, p99Ms }) => notes > 0 && p50Ms > 0 && p99Ms >= p50Ms));
  },
});

/** Samples of a server, each figure of which is given by the number of the sample. */
function samples(of: (index: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 60 }, (_, i) => ({
    ...{ seconds: i * 10, rssMib: 100, descriptors: 200, p50Ms: 2, p99Ms: 20, notes: 100 },
    ...of(i),
  }));
}

/** The figures that are not flat. */
function steep(of: (index: number) => Partial<Sample>): string[] {
  return judgeSoak(samples(of)).filter(({ isFlat }) => !isFlat).map(({ figure }) => figure);
}

Deno.test("judgeSoak() finds a leak under noise, and no other figure", () => {
  const noise = (i: number) => (i * 7_919 % 13) - 6;
  assertEquals(steep((i) => ({ rssMib: 100 + noise(i), p99Ms: 20 + noise(i) })), []);
  assertEquals(steep((i) => ({ rssMib: 100 + noise(i) + i / 2 })), ["rssMib"]);
  assertEquals(steep((i) => ({ descriptors: 200 + i })), ["descriptors"]);
  assertEquals(steep((i) => ({ p50Ms: 2 + i / 10 })), ["p50Ms"]);
  assertEquals(steep((i) => ({ p99Ms: 20 + i })), ["p99Ms"]);
});

Deno.test("judgeSoak() forgives a warm-up, a falling figure, a burst, and times without a note", () => {
  assertEquals(steep((i) => ({ rssMib: Math.min(100, 40 + 3 * i) })), []);
  assertEquals(steep((i) => ({ rssMib: 200 - i })), []);
  assertEquals(steep((i) => i > 50 && i < 55 ? { rssMib: 900, p99Ms: 9_000 } : {}), []);
  assertEquals(steep((i) => i % 2 === 0 && i < 40 ? { p50Ms: 0, p99Ms: 0, notes: 0 } : {}), []);
});

Deno.test("findTrend() gives median, growth and bound", () => {
  const points = [1, 2, 3, 4, 5].map((value, i) => ({ seconds: 10 * i, value }));
  const bound = { part: 0.5, least: 1 };
  assertEquals(findTrend(points, bound), { median: 3, growth: 4, bound: 1.5, isFlat: false });
  assertEquals(findTrend([], bound), { median: 0, growth: 0, bound: 1, isFlat: true });
  assertEquals([quantile([], 0.5), quantile([3, 1, 2], 0.99)], [0, 3]);
});

Deno.test("drawSoak() draws each figure as a line of an SVG picture, with its text escaped", () => {
  const svg = drawSoak('a < b & "c"', samples((i) => ({ rssMib: i })));
  assertMatch(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 800 580"/);
  assertMatch(svg, /<title>a &lt; b &amp; &quot;c&quot;<\/title>/);
  const lines = Array.from(
    svg.matchAll(/<polyline [^>]*points="([^"]*)"/g),
    ([, points]) => points!,
  );
  assertEquals(lines.map((points) => points.split(" ").length), [60, 60, 60, 60]);
  assert(!/NaN|Infinity/.test(svg));
});
