import { type ChaosClientOptions, nextTick } from "../support/client.ts";
import { summarize } from "../support/compare.ts";
import { type Random, random } from "../support/random.ts";
import { ChaosClients, type ChaosResult } from "./clients.ts";

/** The options of {@linkcode Crowd}. */
export interface CrowdOptions {
  /** The addresses of all servers. */
  readonly addresses: readonly string[];
  readonly numbers: Random;
  /** Called at each acknowledgement. */
  readonly onAck: () => void;
  /** The longest wait for an event, in milliseconds. Default: none. */
  readonly patienceMs?: number | undefined;
}

const ROOMS = ["lobby", "tea", "Café 3"];
/** The most clients that join a room to talk. */
const MAX_CLIENTS = 8;
/** The most acknowledgements in a room between two faults. */
const MAX_ACKS = 100;
/** The most turns of the event loop between the last of them and the fault. */
const MAX_TURNS = 10;
/** The most posts that a client keeps unanswered. */
const MAX_WINDOW = 20;
/** The longest pause of a client before it posts again, so that the log does not grow too long. */
const MAX_PAUSE_MS = 1_000;
/** The most notes that a late client starts with, unless with all or none. */
const MAX_LAST = 1_000;
/** The bounds of the silence of a server before a client asks for a sign of life. */
const KEEPALIVE_MS = { min: 1_000, max: 10_000 };
/** The number of acknowledgements that show that a room has gone on. */
const PROGRESS = 20;

/** Clients in several rooms, who know all servers of the chat. */
export class Crowd implements AsyncDisposable {
  readonly #rooms: readonly ChaosClients[];
  readonly #addresses: readonly string[];
  readonly #numbers: Random;

  /** Creates one without clients. */
  constructor({ addresses, numbers, ...options }: CrowdOptions) {
    this.#rooms = ROOMS.map((room) => new ChaosClients({ room, ...options }));
    this.#addresses = addresses;
    this.#numbers = numbers;
  }

  /** Makes every wait fail: it is pointless to go on. */
  readonly fail = (error: Error): void => this.#rooms.forEach((room) => room.fail(error));

  /** Lets clients enter each room, who begin with different servers, and receive all notes. */
  enter(clients: number): void {
    for (let i = 0; i < clients; i++) {
      for (const room of this.#rooms) this.#add(room, { first: i, last: Infinity });
    }
  }

  /** Lets another client enter any room, unless it is full, by the server of this number. */
  enterLate(first: number): void {
    const { pick, below } = this.#numbers;
    const [room, last] = [pick(this.#rooms), pick([Infinity, 0, 1 + below(MAX_LAST)])];
    if (room.size < MAX_CLIENTS) this.#add(room, { first, last });
  }

  #add(room: ChaosClients, { first, last }: { first: number; last: number }): void {
    const all = this.#addresses;
    const addresses = all.map((_, i) => all[(first + i) % all.length]!);
    room.add(this.#habits({ addresses, last, window: 1 + this.#numbers.below(MAX_WINDOW) }));
  }

  #habits(own: Pick<ChaosClientOptions, "addresses" | "last" | "window">): typeof own & Habits {
    const { below } = this.#numbers;
    return {
      ...own,
      keepaliveMs: KEEPALIVE_MS.min + below(KEEPALIVE_MS.max - KEEPALIVE_MS.min),
      random: random(below(2 ** 32)).next,
      maxPauseMs: MAX_PAUSE_MS,
      isShared: true,
    };
  }

  /** Waits until some of the clients in each room are connected, and have talked for a while. */
  async gather(): Promise<void> {
    const { next, below } = this.#numbers;
    await this.#all(async (room) => {
      const quorum = 1 + below(room.size);
      const count = 1 + Math.floor(MAX_ACKS * next() ** 3);
      await room.until(() => room.here >= quorum);
      await acks(room, count);
    });
    // The answers have arrived; some turns later, the next posts are under way.
    for (let turns = below(MAX_TURNS); turns > 0; turns--) await nextTick();
  }

  /** Waits until further notes were acknowledged in all rooms. */
  progress(): Promise<void> {
    return this.#all((room) => acks(room, PROGRESS));
  }

  /** Stops all talk, and waits until everybody has all answers and all notes. */
  rest(): Promise<void> {
    return this.#all((room) => room.rest());
  }

  /** Lets a client say one note in each room, by one of these servers, and waits for the answers. */
  visit(addresses: readonly string[]): Promise<void> {
    return this.#all((room) => {
      const said = acks(room, 1);
      room.add(this.#habits({ addresses, last: 0, window: 0 }));
      return said;
    });
  }

  /** Waits until everybody has all answers and all notes. */
  caughtUp(): Promise<void> {
    return this.#all((room) => room.caughtUp());
  }

  /** Lets everybody talk again. */
  goOn(): void {
    for (const room of this.#rooms) room.goOn();
  }

  /** Lets every client reconnect, post one last note, receive all notes, and leave. */
  finish(): Promise<void> {
    return this.#all((room) => room.finish());
  }

  /** Compares all that was posted and received with the logs of all servers. */
  async audit(): Promise<ChaosResult> {
    const [addresses, { next }] = [this.#addresses, this.#numbers];
    return add(
      await Promise.all(this.#rooms.map((room) => room.audit({ addresses, random: next }))),
    );
  }

  /** Who is there, for a person. */
  describe(): string {
    const count = (of: (room: ChaosClients) => number) => sum(this.#rooms, of);
    const [here, size, acked] = [count((r) => r.here), count((r) => r.size), count((r) => r.acked)];
    return `${here} of ${size} were there, ${acked} notes acknowledged`;
  }

  async #all(act: (room: ChaosClients) => Promise<void>): Promise<void> {
    await Promise.all(this.#rooms.map(act));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all((room) => room[Symbol.asyncDispose]());
  }
}

type Habits = Pick<ChaosClientOptions, "keepaliveMs" | "random" | "maxPauseMs" | "isShared">;

/** Waits for so many further acknowledgements. */
function acks(room: ChaosClients, count: number): Promise<void> {
  const moment = room.acked + count;
  return room.until(() => room.acked >= moment);
}

/** Adds up the results of rooms. */
function add(results: readonly ChaosResult[]): ChaosResult {
  return {
    problems: summarize(results.flatMap(({ problems }) => problems)),
    said: sum(results, ({ said }) => said),
    acked: sum(results, ({ acked }) => acked),
    refused: sum(results, ({ refused }) => refused),
    reasons: results.flatMap(({ reasons }) => reasons),
    logged: sum(results, ({ logged }) => logged),
    lostConnections: sum(results, ({ lostConnections }) => lostConnections),
    unanswered: sum(results, ({ unanswered }) => unanswered),
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
