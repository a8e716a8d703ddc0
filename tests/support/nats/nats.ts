/**
 * Starts nats-servers with JetStream in a temporary folder, on free ports of the loopback address.
 *
 * @module
 */

import { hasTool } from "../tools.ts";
import { Proxy } from "../wire/proxy.ts";
import { freePort, NatsNode } from "./node.ts";

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

  /** Separates a node from the other nodes. Its clients stay connected. */
  isolate(node: number): void {
    for (const [ends, proxy] of this.#routes) {
      if (!ends.split("-").includes(String(node))) continue;
      proxy.answerBy((connection) => Promise.resolve(connection.close()));
      proxy.cut();
    }
  }

  /** Lets all nodes reach each other again. */
  heal(): void {
    for (const proxy of this.#routes.values()) proxy.answerBy();
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
  return `cluster {
    name: test
    listen: "127.0.0.1:${port}"
    no_advertise: true
    advertise: "127.0.0.1:1" # Nothing: nodes reach each other by the routes below only.
    ping_interval: "1s"
    routes: [${urls.join(", ")}]
  }\n`;
}
