import { fileURLToPath } from "node:url";
import { DENO_RUN } from "../../build/project.ts";
import {
  findPython,
  type LogKind,
  type MeasuredServer,
  startOurs,
  startPinned,
  startPython,
} from "../support/server.ts";
import { postgresqlCommand } from "./postgresql.ts";
import type { Program, Programs } from "./programs.ts";
import { startOnPort } from "./started.ts";

const BARE = fileURLToPath(new URL("../support/bare.ts", import.meta.url));

/** A way to start a server with nothing in it, or why there is none. */
export type Found = { start(): Promise<MeasuredServer> } | { readonly missing: string };

/** The flags for as many sessions and rooms from one address as any comparison has. */
const BOUNDS = [
  ...["--max-members", "6000", "--max-per-address", "6000", "--max-connections", "6000"],
  ...["--new-rooms", "100"],
];

/** The servers of the comparison. All of them listen on the loopback address and nowhere else. */
export class Servers {
  readonly #programs: Programs;

  /** Starts the given programs. */
  constructor(programs: Programs) {
    this.#programs = programs;
  }

  /** This chat. */
  ours(log: LogKind): Found {
    return { start: () => startOurs(log, BOUNDS) };
  }

  /** The small Python chat on grpcio. */
  async python(): Promise<Found> {
    const python = await findPython();
    return python === undefined
      ? { missing: "CHAT_TEST_PYTHON names no Python with grpcio-tools" }
      : { start: () => startPython(python) };
  }

  /** The smallest server of the original contract on grpc-js. */
  bareGrpcJs(): Found {
    return { start: () => startPinned([...DENO_RUN, "-A", BARE]) };
  }

  /** Fan-out in grpc-go, with a channel for each subscriber. */
  async grpcGo(): Promise<Found> {
    return found(await this.#programs.own("grpc_fanout"), (path) => startPinned([path]));
  }

  /** Fan-out of plain TCP. */
  async tcp(): Promise<Found> {
    return found(await this.#programs.own("tcp_fanout"), (path) => startPinned([path]));
  }

  /** A core nats-server. Slow readers may lag as far behind as those of other servers. */
  async nats(): Promise<Found> {
    return await this.#nats(() => `max_pending: 256MB`);
  }

  /** A nats-server with JetStream, which is on disk before it answers. */
  async jetStream(): Promise<Found> {
    return await this.#nats((folder) =>
      `jetstream { store_dir: "${folder}/data", sync_interval: always }`
    );
  }

  async #nats(settings: (folder: string) => string): Promise<Found> {
    return found(await this.#programs.built("nats-server"), (path) =>
      startOnPort({
        command: async (folder, port) => {
          const config = `listen: "127.0.0.1:${port}"\n${settings(folder)}\n`;
          return [path, "--config", await write(`${folder}/nats.conf`, config)];
        },
      }));
  }

  /** ngIRCd, without the delays and bounds that protect it from floods. */
  async ngircd(): Promise<Found> {
    return found(await this.#programs.installed("ngircd", "--version"), (path) =>
      startOnPort({
        command: async (folder, port) => [
          ...[path, "--nodaemon", "--config"],
          await write(`${folder}/ngircd.conf`, ngircdConfig(port)),
        ],
      }));
  }

  /** Redis, which is on disk before it answers. */
  async redis(): Promise<Found> {
    return found(
      await this.#programs.installed("redis-server", "--version"),
      (path) =>
        startOnPort({
          command: (folder, port) => [
            ...[path, "--bind", "127.0.0.1", "--port", `${port}`, "--dir", folder],
            ...["--appendonly", "yes", "--appendfsync", "always", "--save", ""],
          ],
        }),
    );
  }

  /** PostgreSQL as it is by default, which is on disk before it answers. */
  async postgresql(): Promise<Found> {
    const command = await postgresqlCommand(this.#programs);
    return typeof command === "function"
      ? { start: () => startOnPort({ command, endBy: "SIGINT", readyWords: "ready to accept" }) }
      : command;
  }
}

function found(program: Program, start: (path: string) => Promise<MeasuredServer>): Found {
  return "missing" in program ? program : { start: () => start(program.path) };
}

async function write(path: string, text: string): Promise<string> {
  await Deno.writeTextFile(path, text);
  return path;
}

const ngircdConfig = (port: number) =>
  `[Global]
Name = irc.bench
Listen = 127.0.0.1
Ports = ${port}
ServerUID = nobody
ServerGID = nogroup
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
`;
