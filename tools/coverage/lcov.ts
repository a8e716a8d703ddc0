/** A count of lines or branches, and of those that ran. */
export interface Share {
  readonly ran: number;
  readonly all: number;
}

/** The coverage of a module. */
export interface ModuleCoverage {
  /** The path of the module. */
  readonly path: string;
  readonly lines: Share;
  readonly branches: Share;
  /** The lines that did not run, in order, from 1 on. */
  readonly missed: readonly number[];
}

/** Reads a report in the format of lcov, as `deno coverage --lcov` writes it. */
export function parseLcov(text: string): ModuleCoverage[] {
  return text.split("end_of_record\n").filter((record) => record.trim() !== "").map(parseRecord);
}

/** Reads the record of a module: a line `KEY:VALUES` for each fact. */
function parseRecord(record: string): ModuleCoverage {
  const facts = record.split("\n").map((line): [key: string, values: string[]] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).split(",")];
  });
  const all = (key: string) => facts.flatMap(([other, values]) => other === key ? [values] : []);
  const lines = all("DA"); // LINE,RUNS
  const branches = all("BRDA"); // LINE,BLOCK,BRANCH,RUNS, with "-" if the line did not run
  return {
    path: all("SF")[0]?.join(",") ?? "",
    lines: share(lines, ([, runs]) => Number(runs) > 0),
    branches: share(branches, ([, , , runs]) => Number(runs) > 0),
    missed: lines.filter(([, runs]) => Number(runs) === 0).map(([line]) => Number(line)),
  };
}

function share<T>(items: readonly T[], ran: (item: T) => boolean): Share {
  return { ran: items.filter(ran).length, all: items.length };
}

/** The sum of shares. */
export function sumOf(shares: readonly Share[]): Share {
  return {
    ran: shares.reduce((sum, { ran }) => sum + ran, 0),
    all: shares.reduce((sum, { all }) => sum + all, 0),
  };
}
