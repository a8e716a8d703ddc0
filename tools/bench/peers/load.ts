import type { CoreUse } from "../support/measurement.ts";
import { CORES, type MeasuredServer } from "../support/server.ts";

/** What the load reports of a run: its figures by name, and the shares of the cores. */
export type LoadResult = Readonly<Record<string, number>> & { readonly cores?: CoreUse };

/** A run of the load. */
export interface LoadOptions {
  /** The program. */
  readonly program: string;
  /** Its command: `fanout`, for example. */
  readonly command: string;
  readonly server: MeasuredServer;
  /** Its further flags, by name without dashes. */
  readonly flags: Readonly<Record<string, string | number>>;
}

/** The words that start the load on its core. */
export function loadWords({ program, command, server, flags }: LoadOptions): string[] {
  const all = { address: server.address, server: server.pid, ...flags };
  return [
    ...["-c", `${CORES.load}`, program, command],
    ...Object.entries(all).map(([name, value]) => `-${name}=${value}`),
  ];
}

/** Runs the load to its end, and returns what it reports. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  return await runPinned(loadWords(options));
}

/** Runs a command with taskset, and returns the JSON that it prints. */
export async function runPinned(args: readonly string[]): Promise<LoadResult> {
  const { success, stdout, stderr } = await new Deno.Command("taskset", {
    args: [...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr).trim());
  return JSON.parse(decoder.decode(stdout));
}
