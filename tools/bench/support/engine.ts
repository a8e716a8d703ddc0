/**
 * The engine that servers share: nodes of NATS, each a process.
 *
 * @module
 */

import { NatsNode } from "../../../tests/support/nats/node.ts";
import { freePort } from "../../../tests/support/program.ts";
import { cpuSeconds, temporaryFolder } from "./server.ts";

/** The engine of a chat. */
export interface EngineKind {
  /** The number of nodes, which is also the number of copies of each note. */
  readonly nodes: 1 | 3;
  /** When nodes flush what they have stored to the disk: NATS's default, or before each answer. */
  readonly sync: "2m" | "always";
}

/** Every kind that is measured. */
export const ENGINES: readonly EngineKind[] = [
  { nodes: 1, sync: "2m" },
  { nodes: 1, sync: "always" },
  { nodes: 3, sync: "2m" },
  { nodes: 3, sync: "always" },
];

/** The words for a kind of engine in the name of a figure. */
export function nameOf({ nodes, sync }: EngineKind): string {
  return `R${nodes} ${sync}`;
}

/** Running nodes. They end, and their data is deleted, when this is disposed. */
export interface Engine extends AsyncDisposable {
  /** The addresses of its nodes, for `--cluster`. */
  readonly urls: string;
  /** The processor time that the nodes have used so far, in seconds. */
  cpuSeconds(): Promise<number>;
}

/** Starts the nodes of an engine on a core. Nodes reach each other directly. */
export async function startEngine(
  { nodes: count, sync }: EngineKind,
  core: number,
): Promise<Engine> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const ports = Array.from({ length: count }, freePort);
  const nodes: NatsNode[] = [];
  for (const [i, port] of ports.entries()) {
    const own = `${folder.path}/n${i}`;
    await Deno.mkdir(own);
    nodes.push(stack.use(
      new NatsNode({
        name: `n${i}`,
        folder: own,
        settings: settings(own, sync) + (count > 1 ? routes(port, ports) : ""),
        command: ["taskset", "-c", `${core}`, "nats-server"],
      }),
    ));
  }
  await Promise.all(nodes.map((node) => node.start()));
  const running = stack.move();
  return {
    urls: nodes.map(({ address }) => `nats://${address}`).join(","),
    cpuSeconds: () => sum(nodes.map(({ pid }) => cpuSeconds(pid!))),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** As docs/cluster.md recommends, but for `sync_interval`. */
function settings(folder: string, sync: string): string {
  return `max_payload: 8MB
    jetstream { store_dir: "${folder}/data", sync_interval: "${sync}" }
    ping_interval: "2s"
    ping_max: 2\n`;
}

function routes(port: number, ports: readonly number[]): string {
  const others = ports.filter((other) => other !== port);
  const urls = others.map((other) => `"nats-route://127.0.0.1:${other}"`);
  return `cluster {
    name: bench
    listen: "127.0.0.1:${port}"
    ping_interval: "1s"
    routes: [${urls.join(", ")}]
  }\n`;
}

/** Adds up numbers that are yet to come. */
export async function sum(numbers: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(numbers)).reduce((total, number) => total + number, 0);
}
