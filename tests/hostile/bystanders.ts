/**
 * Two members who talk all the time, and notice any fault that affects them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Process, startServer } from "../support/program.ts";
import { TestCa, writePair } from "../support/test_ca.ts";
import { Peer, type RawSession } from "../support/wire/grpc_peer.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** The number of exchanges before memory is measured, so that it has reached its normal size. */
const WARM_UP = 5_000;

/** The transport of a server. */
export type Transport = "plaintext" | "TLS";

/** The most additional memory that a server may ever use after its warm-up, in bytes. */
export const MAX_GROWTH = 64 * 2 ** 20;

/** Plaintext and TLS. */
export const TRANSPORTS: readonly Transport[] = ["plaintext", "TLS"];

/** A server, and the signer of its certificate, in PEM, if it has one. */
export type AttackedServer = Process & { readonly address: string; readonly ca?: string };

/** Starts a server that never forgets an attack: the honest members must cope with all of them. */
export async function startAttackedServer(transport: Transport): Promise<AttackedServer> {
  const bounds = ["--quiet", "--join-timeout", "1", "--keep", "1000"];
  if (transport === "plaintext") return await startAttacked(bounds);
  await using folder = await temporaryFolder();
  const authority = new TestCa("authority");
  const pair = authority.issue(["localhost", "127.0.0.1"]);
  const flags = await writePair(folder.path, pair, { cert: "--tls-cert", key: "--tls-key" });
  const server = await startAttacked([...bounds, "--tls", ...flags]);
  return Object.assign(server, { ca: authority.cert });
}

function startAttacked(args: string[]): Promise<Process & { address: string }> {
  return startServer(args, {
    // A small young generation: the measurement is about retained memory, not uncollected garbage.
    env: {
      MALLOC_PERTURB_: "165",
      DENO_V8_FLAGS: "--max-semi-space-size=1,--heap-growing-percent=20",
    },
  });
}

/** Two members who talk all the time. Each waits for the other before it posts again. */
export class Bystanders implements AsyncDisposable {
  readonly #server: AttackedServer;
  readonly #peers: readonly [Peer, Peer];
  readonly #sessions: readonly [RawSession, RawSession];
  readonly #talking: Promise<void>;
  #said = 0;
  #over = false;
  #turn = Promise.withResolvers<void>();
  /**
   * The time of each note until both had received it and its author had the acknowledgement, in
   * milliseconds.
   */
  #notesMs: number[] = [];
  /** The server's memory after they had talked for a while. */
  #memoryAtStart = 0;

  private constructor(
    server: AttackedServer,
    peers: readonly [Peer, Peer],
    sessions: readonly [RawSession, RawSession],
  ) {
    this.#server = server;
    this.#peers = peers;
    this.#sessions = sessions;
    this.#talking = this.#talk();
    this.#talking.catch((error) => this.#turn.reject(error)); // The waiting callers get the error.
    this.#turn.promise.catch(() => {});
  }

  /** Lets two members join `server` and talk for a while. */
  static async join(server: AttackedServer): Promise<Bystanders> {
    const { address, ca } = server;
    const peers = [new Peer(address, ca), new Peer(address, ca)] as const;
    const [ann, bob] = peers;
    const room = "honest"; // An empty room: notes of others in the lobby may be legitimate.
    const sessions = [
      await ann.join({ name: "ann", room }),
      await bob.join({ name: "bob", room }),
    ] as const;
    const pair = new Bystanders(server, peers, sessions);
    await pair.turns(WARM_UP);
    pair.#memoryAtStart = await mostMemory(server);
    pair.#notesMs = [];
    return pair;
  }

  /** The growth of the server's memory since the warm-up, in bytes. */
  async growth(): Promise<number> {
    return await mostMemory(this.#server) - this.#memoryAtStart;
  }

  /** The 99th percentile of the notes' times since the warm-up, in milliseconds. */
  p99(): number {
    const sorted = this.#notesMs.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }

  /** Waits for this many more exchanges. */
  async turns(count = 1): Promise<void> {
    for (let i = 0; i < count; i++) await this.#turn.promise;
  }

  async #talk(): Promise<void> {
    const [ann, bob] = this.#sessions;
    while (!this.#over) {
      for (const [speaker, listener] of [[ann, bob], [bob, ann]] as const) {
        const id = `${++this.#said}`;
        const heard = (seen: RawSession["seen"]) => seen.notes.at(-1)?.message === id;
        const saidAt = performance.now();
        speaker.post([id, id]);
        await Promise.all([listener.until(heard), speaker.until(heard)]);
        await speaker.until(({ acks }) => acks.has(id));
        this.#notesMs.push(performance.now() - saidAt);
      }
      // Without this they would collect every note.
      for (const { seen } of this.#sessions) {
        assertEquals(seen.notes.map(({ message }) => Number(message)), [
          this.#said - 1,
          this.#said,
        ]);
        assertEquals([seen.lost, seen.refusals, seen.goodbye], [[], [], undefined]);
        seen.notes.length = 0;
        seen.acks.clear();
      }
      const turn = this.#turn;
      this.#turn = Promise.withResolvers();
      this.#turn.promise.catch(() => {});
      turn.resolve();
    }
  }

  /** Leaves. Throws if there was any fault. */
  async leave(): Promise<void> {
    this.#over = true;
    await this.#talking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave().catch(() => {}); // Callers that waited for a turn have got the error.
    for (const peer of this.#peers) peer[Symbol.dispose]();
  }
}

/** The peak memory of a process, in bytes. */
async function mostMemory({ pid }: Process): Promise<number> {
  // Through a program: Deno itself needs all permissions to read there.
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(new TextDecoder().decode(stdout)) ?? [];
  return Number(kilobytes) * 1_024;
}
