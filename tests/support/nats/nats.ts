/**
 * Starts nats-servers with JetStream in a temporary folder, on free ports of the loopback address.
 *
 * @module
 */

import { hasTool } from "../tools.ts";
import { Proxy } from "../wire/proxy.ts";
import { freePort } from "../program.ts";
import { leaderIn } from "./leader.ts";
import { NatsNode } from "./node.ts";

/** Whether nats-server is installed; the tests that need it are ignored without it. */
export function hasNats(): Promise<boolean> {
  return hasTool("nats-server", "--version");
}

/** The settings of all nodes. */
export interface NatsSettings {
  /** The number of nodes. Default: 1. */
  readonly nodes?: 1 | 3;
  /** When data is synced to disk: a duration such as `2m`, or `always`. Default: `2m`. */
  readonly syncInterval?: string;
  /** Whether it has JetStream. Default: true. */
  readonly hasJetStream?: boolean;
  /** Further settings in the syntax of the configuration file: users, TLS, bounds. */
  readonly settings?: string;
  /** Files that the settings name as `FOLDER/NAME`, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The nodes of an engine. */
export class Nats implements AsyncDisposable {
  readonly #folder: string;
  readonly #routes: ReadonlyMap<string, Proxy>;
  readonly #stalled = new Set<Proxy>();
  readonly nodes: readonly NatsNode[];

  private constructor(folder: string, nodes: NatsNode[], routes: ReadonlyMap<string, Proxy>) {
    this.#folder = folder;
    this.nodes = nodes;
    this.#routes = routes;
  }

  /** Starts the nodes. A cluster may still elect its leaders when this returns. */
  static async start(settings: NatsSettings = {}): Promise<Nats> {
    const folder = await Deno.makeTempDir();
    for (const [name, text] of Object.entries(settings.files ?? {})) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const count = settings.nodes ?? 1;
    const ports = Array.from({ length: count }, () => freePort());
    const routes = routesBetween(ports);
    const nodes = await Promise.all(ports.map(async (port, i) => {
      const own = `${folder}/n${i}`;
      await Deno.mkdir(own);
      return new NatsNode({
        name: `n${i}`,
        folder: own,
        settings: settingsOf(settings, folder, own) +
          (count > 1 ? clusterOf(port, i, count, routes) : ""),
      });
    }));
    const nats = new Nats(folder, nodes, routes);
    await nats.startAll();
    return nats;
  }

  /** The URLs of all nodes, for `--cluster`. */
  get urls(): string[] {
    return this.nodes.map((node) => `nats://${node.address}`);
  }

  /** Starts the nodes that are not running. */
  async startAll(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  /** Kills all nodes at the same time. */
  async killAll(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }

  /** Waits until all nodes can store. */
  async ready(): Promise<void> {
    for (const node of this.nodes) await poll(() => node.ask("healthz"));
  }

  /** Waits until a stream has a leader, and returns the index of the node. */
  leader(stream: string): Promise<number> {
    return poll(async () => {
      for (const node of this.nodes) {
        const leader = leaderIn(await node.ask("jsz?accounts=true&streams=true"), stream);
        const index = this.nodes.findIndex(({ name }) => name === leader);
        if (index >= 0) return index;
      }
      return undefined;
    });
  }

  /**
   * Separates a node from the other nodes, which notice only that nothing comes. Its clients stay
   * connected.
   */
  isolate(node: number): void {
    for (const proxy of this.#routesOf(node)) {
      proxy.stall();
      this.#stalled.add(proxy);
    }
  }

  #routesOf(node: number): Proxy[] {
    const routes = [...this.#routes].filter(([ends]) => ends.split("-").includes(String(node)));
    return routes.map(([, proxy]) => proxy);
  }

  /** Cuts the connections of isolated nodes, and lets all nodes reach each other again. */
  heal(): void {
    for (const proxy of this.#stalled) {
      proxy.cut();
      proxy.resume();
    }
    this.#stalled.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll();
    for (const proxy of this.#routes.values()) await proxy[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A proxy for the route of each node to each other one, by `FROM-TO`. */
function routesBetween(ports: readonly number[]): Map<string, Proxy> {
  const routes = new Map<string, Proxy>();
  for (const from of ports.keys()) {
    for (const [to, port] of ports.entries()) {
      if (from !== to) routes.set(`${from}-${to}`, new Proxy(`127.0.0.1:${port}`));
    }
  }
  return routes;
}

function settingsOf(settings: NatsSettings, folder: string, own: string): string {
  const { hasJetStream = true, syncInterval = "2m" } = settings;
  const jetStream = `jetstream { store_dir: "${own}/data", sync_interval: "${syncInterval}" }\n`;
  return (hasJetStream ? jetStream : "") +
    `ping_interval: "2s"\nping_max: 2\n` +
    (settings.settings ?? "").replaceAll("FOLDER", folder) + "\n";
}

function clusterOf(
  port: number,
  node: number,
  count: number,
  routes: ReadonlyMap<string, Proxy>,
): string {
  const urls = Array.from({ length: count }, (_, to) => routes.get(`${node}-${to}`))
    .flatMap((proxy) => proxy ? [`"nats-route://${proxy.address}"`] : []);
  // Nodes report their addresses to each other. Nothing listens on the one here, so that they
  // connect only through the proxies.
  return `cluster {
    name: test
    listen: "127.0.0.1:${port}"
    advertise: "127.0.0.1:1"
    no_advertise: true
    advertise: "127.0.0.1:1" # Nothing: nodes reach each other by the routes below only.
    ping_interval: "1s"
    routes: [${urls.join(", ")}]
  }\n`;
}

/** The time between two questions, in milliseconds. */
const POLL_MS = 100;

/** Asks again until there is an answer: nodes report nothing by themselves. */
async function poll<T>(ask: () => Promise<T | undefined>): Promise<T> {
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
