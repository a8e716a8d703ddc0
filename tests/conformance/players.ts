/**
 * Clients in other languages that play calls: a test says on their standard input which calls to
 * make and which bytes to send, and they print what arrives. So each call and what is expected of it
 * stands once, and all gRPC libraries play the same.
 *
 * A command is a line of JSON: `{"id": 1, "path": "/grpc.ChatServer/Session", …}` opens a call, with
 * `metadata` as names and values, `binary` metadata in base64, `timeoutNs` in nanoseconds, and `gzip`
 * to compress. `{"id": 1, "send": "…"}` sends a message, in base64; `{"id": 1, "end": true}`
 * half-closes, `{"id": 1, "cancel": true}` cancels.
 *
 * An event is a line of JSON: `{"id": 1, "message": "…"}` or `{"id": 1, "code": 0, "details": "…"}`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { hasModules, hasTool, PYTHON } from "../support/tools.ts";

const SOURCES = fileURLToPath(new URL("players/", import.meta.url));

/** The folder into which `players/install.sh` has built the players. */
const BUILT = Deno.env.get("CHAT_TEST_PLAYERS") ??
  fileURLToPath(new URL("../../.ci/players", import.meta.url));

/** How a player is started. */
interface Kind {
  readonly command: readonly [program: string, ...words: string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly isInstalled: () => Promise<boolean>;
}

/** Whether `install.sh` has run to its end. */
async function isBuilt(): Promise<boolean> {
  return await Deno.stat(`${BUILT}/complete`).then(() => true, () => false);
}

/** All players, by the names of their gRPC libraries. */
export const PLAYERS: Readonly<Record<string, Kind>> = {
  "grpcio (Python)": {
    command: [PYTHON, `${SOURCES}player.py`],
    isInstalled: () => hasModules("grpc"),
  },
  "grpc-go": { command: [`${BUILT}/player-go`], isInstalled: isBuilt },
  "grpc-js (Node)": {
    command: ["node", `${SOURCES}player.cjs`],
    env: { NODE_PATH: `${BUILT}/node/node_modules` },
    isInstalled: async () => await hasTool("node", "--version") && await isBuilt(),
  },
  "grpc-java": {
    command: ["java", "-XX:TieredStopAtLevel=1", "-cp", `${BUILT}/java/*:${BUILT}/java`, "Player"],
    isInstalled: async () => await hasTool("java") && await isBuilt(),
  },
};

const installed = await Promise.all(
  Object.entries(PLAYERS).map(async ([name, { isInstalled }]) => await isInstalled() ? [] : name),
);

/** Players that are missing, whose tests are ignored. */
export const MISSING: readonly string[] = installed.flat();

/** The end of the name of a test that is ignored because these programs are missing, if any are. */
export function whyIgnored(missing: readonly string[]): string {
  if (missing.length === 0) return "";
  return ` (ignored: no ${missing.join(", ")}; see tests/conformance/README.md)`;
}

/** Starts all players, which connect as {@linkcode Player} says, and plays with each at once. */
export async function playWithAll(
  address: string,
  play: (player: Player, kind: string) => Promise<void>,
  caFile?: string,
): Promise<void> {
  await Promise.all(
    Object.keys(PLAYERS).map(async (kind) => {
      await using player = new Player(kind, address, caFile);
      await play(player, kind);
    }),
  );
}

/** The options of a call. */
export interface CallOptions {
  /** Metadata: names and values. */
  readonly metadata?: readonly (readonly [name: string, value: string])[];
  /** Binary metadata, whose names end in `-bin`. */
  readonly binary?: Readonly<Record<string, Uint8Array>>;
  /** The time until the deadline, in nanoseconds. Default: no deadline. */
  readonly timeoutNs?: bigint;
  /** Whether to compress messages. */
  readonly gzip?: boolean;
}

/** The end of a call. */
export interface CallEnd {
  /** The status code. */
  readonly code: number;
  /** The status message. */
  readonly details: string;
}

/** A line that a player prints. */
type PlayerEvent = { readonly id: number } & (CallEnd | { readonly message: string });

/** A running player. */
export class Player implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #calls = new Map<number, PlayedCall>();

  /** Starts a player that connects to `address`; `caFile` vouches for a server with TLS. */
  constructor(kind: string, address: string, caFile?: string) {
    const { command: [program, ...words], env = {} } = PLAYERS[kind]!;
    const args = [...words, address, ...(caFile === undefined ? [] : [caFile])];
    const pipes = { stdin: "piped", stdout: "piped" } as const;
    this.#process = new Deno.Command(program, { args, env, ...pipes }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Opens a call. */
  open(path: string, { binary = {}, timeoutNs, ...options }: CallOptions = {}): PlayedCall {
    const id = this.#calls.size + 1;
    const call = new PlayedCall((command) => void this.#write({ id, ...command }));
    this.#calls.set(id, call);
    const encoded = Object.entries(binary).map(([name, value]) => [name, value.toBase64()]);
    void this.#write({
      id,
      path,
      ...options,
      binary: Object.fromEntries(encoded),
      ...(timeoutNs !== undefined && { timeoutNs: `${timeoutNs}` }),
    });
    return call;
  }

  /** Makes a call with one message, and returns how it ends. */
  async call(path: string, message: Uint8Array, options: CallOptions = {}): Promise<CallEnd> {
    const call = this.open(path, options);
    call.send(message);
    call.end();
    return await call.ended;
  }

  async #write(command: object): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const event: PlayerEvent = JSON.parse(line);
        this.#calls.get(event.id)!.handle(event);
      }
    }
  }

  /** Ends the player, which must not have failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close();
    await this.#reading;
    const { code } = await this.#process.status;
    if (code !== 0) throw new Error(`the player ended with code ${code}`);
  }
}

/** A call that a player makes. */
export class PlayedCall {
  readonly #command: (command: object) => void;
  readonly #end = Promise.withResolvers<CallEnd>();
  readonly #messages: Uint8Array[] = [];
  #isOver = false;
  #wake: () => void = () => {};

  /** A call whose commands are carried out by `command`. */
  constructor(command: (command: object) => void) {
    this.#command = command;
  }

  /** How it has ended. */
  get ended(): Promise<CallEnd> {
    return this.#end.promise;
  }

  /** Sends a message. */
  send(message: Uint8Array): void {
    this.#command({ send: message.toBase64() });
  }

  /** Half-closes it. */
  end(): void {
    this.#command({ end: true });
  }

  /** Cancels it. */
  cancel(): void {
    this.#command({ cancel: true });
  }

  /** Yields all messages, until it ends. */
  async *received(): AsyncGenerator<Uint8Array, void> {
    for (let count = 0;; count++) {
      while (this.#messages.length === count && !this.#isOver) {
        await new Promise<void>((wake) => this.#wake = wake);
      }
      if (this.#messages.length === count) return;
      yield this.#messages[count]!;
    }
  }

  /** Handles an event of this call. */
  handle(event: PlayerEvent): void {
    if ("message" in event) this.#messages.push(Uint8Array.fromBase64(event.message));
    else {
      const { code, details = "" } = event;
      this.#isOver = true;
      this.#end.resolve({ code, details });
    }
    this.#wake();
  }
}
