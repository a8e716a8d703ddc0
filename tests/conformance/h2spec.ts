/**
 * h2spec, a conformance test of HTTP/2 servers, as a program that returns what failed.
 *
 * @module
 */

import { temporaryFolder } from "../support/temporary_folder.ts";
import { Process } from "../support/program.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";

/** The result of a run. */
export interface H2specResult {
  /** The number of cases that ran. */
  readonly cases: number;
  /** The cases that failed, as `http2/5.1/8`, with what the server did instead. */
  readonly failed: ReadonlyMap<string, string>;
}

/** How long h2spec waits for an answer, in seconds. */
const PATIENCE_S = "2";

/** Cases of a section. */
const casesOf = (section: string, ...cases: readonly number[]) =>
  cases.map((number) => `${section}/${number}`);

/**
 * The parts of h2spec, which run side by side: most of the time, it waits for answers that never
 * come.
 */
const PARTS: readonly (readonly string[])[] = [
  [
    "generic",
    "hpack",
    "http2/3",
    "http2/4",
    "http2/6.1",
    "http2/6.2",
    "http2/5.1.1",
    "http2/5.1.2",
  ],
  casesOf("http2/5.1", 1, 2, 3, 4, 5, 6, 7, 8, 10),
  casesOf("http2/5.1", 9, 11),
  casesOf("http2/5.1", 12, 13),
  ["http2/5.3", "http2/5.4", "http2/5.5", "http2/6.3", "http2/6.4", "http2/6.5"],
  ["http2/6.7", "http2/6.8", "http2/6.9", "http2/6.10", "http2/7", "http2/8"],
];

/** Runs all cases, also the strict ones, against a server; `tls` if it is encrypted. */
export async function runH2spec(address: string, tls: boolean): Promise<H2specResult> {
  const parts = await Promise.all(PARTS.map((part) => runPart(part, address, tls)));
  return {
    cases: parts.reduce((cases, part) => cases + part.cases, 0),
    failed: new Map(parts.flatMap(({ failed }) => [...failed])),
  };
}

async function runPart(
  part: readonly string[],
  address: string,
  tls: boolean,
): Promise<H2specResult> {
  await using folder = await temporaryFolder();
  const report = `${folder.path}/report.xml`;
  const { hostname, port } = tcpAddress(address);
  const where = ["--host", hostname, "--port", `${port}`, ...(tls ? ["--tls", "--insecure"] : [])];
  const how = ["--strict", "--timeout", PATIENCE_S, "--junit-report", report];
  await using h2spec = new Process("h2spec", [...part, ...where, ...how]);
  await h2spec.ended(); // Its code is 1 if a case fails.
  return parseReport(await Deno.readTextFile(report), part);
}

/**
 * Reads a report in the format of JUnit, which has the cases in order, but not their numbers: a
 * section has all of its cases, unless the part names them.
 */
function parseReport(xml: string, part: readonly string[]): H2specResult {
  const failed = new Map<string, string>();
  const counts = new Map<string, number>();
  let cases = 0;
  for (
    const [, section = "", outcome = ""] of xml.matchAll(
      /<testcase package="([^"]*)" classname="[^"]*" time="[^"]*">([^]*?)<\/testcase>/g,
    )
  ) {
    const count = counts.get(section) ?? 0;
    counts.set(section, count + 1);
    if (outcome.includes("<skipped")) continue;
    cases++;
    const named = part.filter((name) => name.startsWith(`${section}/`));
    const [, error] = /<(?:error|failure)>([^]*)<\//.exec(outcome) ?? [];
    const name = named[count] ?? `${section}/${count + 1}`;
    if (error !== undefined) failed.set(name, error.split("\n").at(-1)!);
  }
  return { cases, failed };
}
