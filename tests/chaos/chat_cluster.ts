/**
 * Three servers of one chat on three nodes of an engine, and everything that can break them.
 *
 * @module
 */

import { RestartableServer, type RestartableServerOptions } from "../support/restartable_server.ts";
import { Nats } from "../support/nats/nats.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { Proxy } from "../support/wire/proxy.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { type Judge, MessageProxy, type Sender } from "./message_proxy.ts";
import type { Frame } from "./nats_frames.ts";
import type { Crowd } from "./people/crowd.ts";

/** The number of servers. */
const SERVERS = 3;
/** The server whose connections to the nodes pass through a proxy that understands them. */
const FED_BY_PROXY = 0;
/** The server whose replica is in a file, and survives it. */
const WITH_FILE = 1;
/** The name of the chat in the engine, and of the stream with its notes. */
const NAME = "chaos";

/** The number of acknowledgements that show that a room has gone on. */
const PROGRESS = 20;
/** The number of times that a server is started before that counts as a problem. */
const MAX_STARTS = 3;

/** The options of {@linkcode ChatCluster}. */
export interface ChatClusterOptions {
  /** Called if a server ends by itself. */
  readonly fail: (error: Error) => void;
  /** Starts a server. Default: the program as it is. */
  readonly launch?: Launch | undefined;
}

/** Starts a server with these arguments, and waits until it listens. */
export type Launch = NonNullable<RestartableServerOptions["launch"]>;

/** Servers, nodes and the proxies between them. */
export class ChatCluster implements AsyncDisposable {
  readonly #nats: Nats;
  readonly #feeds: readonly MessageProxy[];
  readonly #servers: readonly RestartableServer[];
  /** The proxies of the servers, for clients. */
  readonly #fronts: readonly Proxy[];
  #resources!: AsyncDisposableStack; // Set by start().

  private constructor(nats: Nats, folder: string, { fail, launch }: ChatClusterOptions) {
    this.#nats = nats;
    this.#feeds = nats.nodes.map(({ address }) => new MessageProxy(address));
    this.#servers = Array.from({ length: SERVERS }, (_, index) => {
      const feeds = index === FED_BY_PROXY ? this.#feeds : undefined;
      const urls = feeds?.map(({ address }) => `nats://${address}`) ?? nats.urls;
      const data = index === WITH_FILE ? `${folder}/replica.db` : ":memory:";
      const args = ["--cluster", urls.join(","), "--cluster-name", NAME];
      return new RestartableServer(data, fail, args, { launch, mayComplain: true });
    });
    this.#fronts = this.#servers.map(({ address }) => new Proxy(address));
  }

  /** Starts the nodes, and then all servers at the same time. */
  static async start(options: ChatClusterOptions): Promise<ChatCluster> {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await Nats.start({ nodes: 3 }));
    await nats.ready();
    const { path } = stack.use(await temporaryFolder());
    const cluster = new ChatCluster(nats, path, options);
    stack.defer(() => cluster.#close());
    await Promise.all(cluster.#servers.map((server) => server.start()));
    cluster.#resources = stack.move();
    return cluster;
  }

  /** What there is to break. */
  get targets(): { readonly servers: number; readonly nodes: number } {
    return { servers: this.#servers.length, nodes: this.#nats.nodes.length };
  }

  /** The addresses of the servers, for clients. */
  get addresses(): readonly string[] {
    return this.#fronts.map(({ address }) => address);
  }

  /** What the servers have reported, for a person who looks for the reason of a problem. */
  get reports(): string {
    return this.#servers.map(({ stderr }, i) => `server ${i + 1}:\n${stderr}`).join("\n");
  }

  /** Makes a fault, and returns when everything works again, or will by itself. */
  async strike(fault: Fault, crowd: Crowd): Promise<void> {
    await STRIKES[fault.kind](this, fault, crowd);
  }

  /**
   * Kills a server by SIGKILL, and starts it again, as a service manager does: it ends by itself if
   * the engine needs too long to replace a node.
   */
  async restartServer(index: number): Promise<void> {
    const server = this.#servers[index]!;
    await server[Symbol.asyncDispose]();
    for (let starts = 1; true; starts++) {
      try {
        return await server.start();
      } catch (error) {
        if (starts === MAX_STARTS) throw error;
      }
    }
  }

  /** Stops a server by SIGSTOP for a while. */
  async stopServer(index: number, ms: number): Promise<void> {
    this.#servers[index]!.signal("SIGSTOP");
    await sleep(ms);
    this.#servers[index]!.signal("SIGCONT");
  }

  /** Kills nodes by SIGKILL, and starts them again. */
  async restartNodes(...indexes: readonly number[]): Promise<void> {
    const nodes = indexes.map((index) => this.#nats.nodes[index]!);
    await Promise.all(nodes.map((node) => node.kill()));
    await Promise.all(nodes.map((node) => node.start()));
  }

  /** Stops a node by SIGSTOP for a while. */
  async stopNode(index: number, ms: number): Promise<void> {
    const node = this.#nats.nodes[index]!;
    node.pause();
    await sleep(ms);
    node.resume();
  }

  /** Stops the routes of a node with the others for a while, and then cuts them. */
  async isolateNode(index: number, ms: number): Promise<void> {
    this.#nats.isolate(index);
    await sleep(ms);
    this.#nats.heal();
  }

  /** The node that orders the notes. */
  leader(): Promise<number> {
    return this.#nats.leader(NAME);
  }

  /** Another node than the leader. */
  async follower({ afterLeader }: Fault): Promise<number> {
    return (await this.leader() + afterLeader) % this.#nats.nodes.length;
  }

  /**
   * Delays the notes on their way to one server for a while. Meanwhile, once the others have gone
   * on, clients come to it from another one.
   */
  async delayFeed(ms: number, crowd: Crowd): Promise<void> {
    this.#judgeBy((frame, from) =>
      isFeed(frame, from) || isQuestion(frame, from) ? "hold" : "pass"
    );
    const over = sleep(ms);
    await Promise.race([crowd.progress(PROGRESS), over]);
    // The clients of the last server try the first one next.
    this.#fronts.at(FED_BY_PROXY - 1)!.cut();
    await over;
    this.#release();
  }

  /**
   * Loses the last notes on their way to one server, and answers from a node that does not have them
   * either when the server asks for them at first.
   */
  async loseFeed(crowd: Crowd): Promise<void> {
    await crowd.rest();
    const answered = Promise.race(this.#feeds.map((feed) => feed.answered()));
    this.#judgeBy((frame, from) =>
      isFeed(frame, from) ? "lose" : isRead(frame, from) ? "not found" : "pass"
    );
    const others = this.addresses.filter((_, server) => server !== FED_BY_PROXY);
    const heads = await crowd.visit(others);
    await answered;
    this.#release();
    await crowd.caughtUp(heads);
    crowd.goOn();
  }

  #judgeBy(judge: Judge): void {
    for (const feed of this.#feeds) feed.judgeBy(judge);
  }

  #release(): void {
    for (const feed of this.#feeds) feed.release();
  }

  async #close(): Promise<void> {
    const parts = [...this.#fronts, ...this.#servers, ...this.#feeds];
    await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** Makes one kind of fault. */
type Strike = (cluster: ChatCluster, fault: Fault, crowd: Crowd) => Promise<void>;

const STRIKES: Readonly<Record<FaultKind, Strike>> = {
  "kill a server": (cluster, { server }) => cluster.restartServer(server),
  "stop a server": (cluster, { server, holdMs }) => cluster.stopServer(server, holdMs),
  "kill a node": async (cluster, fault) => cluster.restartNodes(await cluster.follower(fault)),
  "stop a node": async (cluster, fault) =>
    cluster.stopNode(await cluster.follower(fault), fault.holdMs),
  "isolate a node": async (cluster, fault) =>
    cluster.isolateNode(await cluster.follower(fault), fault.holdMs),
  "kill the leader": async (cluster) => cluster.restartNodes(await cluster.leader()),
  "stop the leader": async (cluster, { holdMs }) =>
    cluster.stopNode(await cluster.leader(), holdMs),
  "isolate the leader": async (cluster, { holdMs }) =>
    cluster.isolateNode(await cluster.leader(), holdMs),
  "kill a server and the leader": async (cluster, { server }) => {
    const leader = await cluster.leader();
    await Promise.all([cluster.restartServer(server), cluster.restartNodes(leader)]);
  },
  "kill all nodes": (cluster) =>
    cluster.restartNodes(...Array.from({ length: cluster.targets.nodes }, (_, node) => node)),
  "delay a server's feed": (cluster, { holdMs }, crowd) => cluster.delayFeed(holdMs, crowd),
  "lose a server's feed": (cluster, _, crowd) => cluster.loseFeed(crowd),
};

/** Whether a frame is a new note. */
function isFeed({ verb, words }: Frame, from: Sender): boolean {
  return from === "node" && verb.endsWith("MSG") && words[0]!.startsWith(`${NAME}.live.notes.`);
}

/** Whether a frame asks any node for notes. */
function isRead({ verb, words }: Frame, from: Sender): boolean {
  return from === "server" && verb.endsWith("PUB") && words[0] === `$JS.API.DIRECT.GET.${NAME}`;
}

/** Whether a frame asks for notes, or whether there are any. */
function isQuestion(frame: Frame, from: Sender): boolean {
  const subjects = ["STREAM.INFO", "STREAM.MSG.GET"].map((call) => `$JS.API.${call}.${NAME}`);
  return isRead(frame, from) || from === "server" && subjects.includes(frame.words[0] ?? "");
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
