import { join, SharedConnections } from "../../../client.ts";
import { Identity } from "../../../client/profile/identity.ts";
import { type Random, random } from "../../support/random.ts";
import { serveArgs, startServer } from "../../support/program.ts";
import {
  RestartableServer,
  type RestartableServerOptions,
} from "../../support/restartable_server.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import type { StartOptions } from "../../support/program.ts";
import { type LogFile, readLogFile } from "../check/read_log_file.ts";
import { Link } from "./link.ts";
import { hasMachine, Machine } from "./machine.ts";
import type { Recorder } from "./recorder.ts";
import { Talker } from "./talker.ts";

/** Starts a server with these arguments, and waits until it listens. */
export type StageLaunch = (
  args: string[],
  options: StartOptions,
) => ReturnType<NonNullable<RestartableServerOptions["launch"]>>;

/** The options of {@linkcode Stage}. */
export interface StageOptions {
  readonly recorder: Recorder;
  readonly numbers: Random;
  /** The number of people from the start; each is in one to three rooms. */
  readonly people: number;
  /** Starts the server. Default: the program as it is. */
  readonly launch?: StageLaunch | undefined;
  /** Further flags of the server. */
  readonly args?: readonly string[];
}

const ROOMS = ["lobby", "tea", "café 3"];
const LINKS = 3;
/** The bounds of the silence of a server before a client asks for a sign of life. */
const KEEPALIVE_MS = { min: 500, max: 2_000 };
/** The most notes that a late talker starts with, unless with all or none. */
const MAX_LAST = 300;
/** The most talkers in all rooms: each fault brings one more until then. */
const MAX_TALKERS = 16;
/** What Deno prints when it ends because of a fault of its own. */
const PANIC = "Deno has panicked";
/** Flags by which no bound ends what a test has to see. */
const ARGS = ["--new-names", "0", "--new-rooms", "0", "--join-burst", "0", "--grace", "0.5"];

/** One server, the machine and the links around it, and people in several rooms. */
export class Stage implements AsyncDisposable {
  readonly server: RestartableServer;
  /** The machine under the server; undefined where none can be built. */
  readonly machine: Machine | undefined;
  readonly links: readonly Link[];
  readonly recorder: Recorder;
  readonly numbers: Random;
  /** Whether Deno itself may end the server. */
  mayPanic = false;
  /** The number of times that it did. */
  panics = 0;
  readonly #data: string;
  readonly #talkers = new Set<Talker>();
  readonly #identities = new Map<string, Identity>();
  readonly #resources: AsyncDisposableStack;
  readonly #background: Promise<void>[] = [];
  #people = 0;

  private constructor(
    { recorder, numbers, launch = startServer, args = [] }: StageOptions,
    { folder, machine, stack }: {
      folder: string;
      machine: Machine | undefined;
      stack: AsyncDisposableStack;
    },
  ) {
    [this.recorder, this.numbers, this.machine] = [recorder, numbers, machine];
    this.#data = `${folder}/data/chat.db`;
    const options: StartOptions = machine ? { env: { ...machine.env } } : {};
    const fail = (error: Error) => {
      if (this.mayPanic && error.message.includes(PANIC)) this.panics++;
      else recorder.fail(error);
      recorder.wake();
    };
    this.server = new RestartableServer(this.#data, fail, [...ARGS, ...args], {
      launch: (words) => launch(serveArgs(words), options),
      mayComplain: true, // Of a full disk, for example.
    });
    stack.use(this.server);
    this.links = Array.from({ length: LINKS }, () => stack.use(new Link(this.server.address)));
    this.#resources = stack;
  }

  /** Starts the server, and lets people in. */
  static async open(options: StageOptions): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder());
    await Deno.mkdir(`${path}/data`);
    const machine = await hasMachine()
      ? stack.use(await Machine.build(path, `${path}/data`))
      : undefined;
    const stage = new Stage(options, { folder: path, machine, stack: stack.move() });
    try {
      await stage.server.start();
      for (let i = 0; i < options.people; i++) await stage.enter();
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The talkers that have not vanished, and whose chats have not ended. */
  get talkers(): readonly Talker[] {
    return [...this.#talkers].filter(({ isGone }) => !isGone);
  }

  /** Lets one more person enter one to three rooms over one connection. */
  async enter(link: Link = this.numbers.pick(this.links)): Promise<readonly Talker[]> {
    const { below, pick } = this.numbers;
    const person = `p${++this.#people}`;
    const identity = await this.#identify(person);
    for (const name of [person, `${person}b`]) this.recorder.add({ type: "named", person, name });
    const connections = new SharedConnections({ sessions: ROOMS.length });
    const keepaliveMs = KEEPALIVE_MS.min + below(KEEPALIVE_MS.max - KEEPALIVE_MS.min);
    const isFirst = this.#people <= 2;
    const last = isFirst ? undefined : pick([undefined, 0, 1 + below(MAX_LAST)]);
    const rooms = isFirst ? ROOMS : ROOMS.slice(below(ROOMS.length));
    const talkers = rooms.map((room) =>
      new Talker({
        ...{ person, identity, room, address: link.address, connections, keepaliveMs, last },
        numbers: random(below(2 ** 32)),
        friends: () => this.talkers.filter((one) => one.room === room && one.person !== person),
      }, this.recorder)
    );
    for (const talker of talkers) this.#talkers.add(talker);
    return talkers;
  }

  /** Lets one more person in, unless there are many. */
  async enterLate(): Promise<void> {
    if (this.#talkers.size < MAX_TALKERS) await this.enter();
  }

  async #identify(person: string): Promise<Identity> {
    const identity = this.#identities.get(person) ?? await Identity.generate();
    this.#identities.set(person, identity);
    return identity;
  }

  /** Keeps a link until the end. */
  keep(link: Link): void {
    this.#resources.use(link);
  }

  /** Lets something go on beside the faults; {@linkcode finish} waits for it. */
  background(work: Promise<void>): void {
    this.#background.push(work);
  }

  /** Forgets talkers who have vanished, once they are gone. */
  async forget(talkers: readonly Talker[]): Promise<void> {
    for (const talker of talkers) this.#talkers.delete(talker);
    await Promise.all(talkers.map((talker) => talker[Symbol.asyncDispose]()));
  }

  /** Waits until all rooms have gone on for a while. Fails once patience is over. */
  async gather(count: number): Promise<void> {
    const { recorder } = this;
    const moment = recorder.accepted + count;
    const isBack = () =>
      this.talkers.filter(({ isHere }) => isHere).length * 2 > this.talkers.length;
    if (await recorder.until(() => isBack() && recorder.accepted >= moment)) return;
    throw new Error(`nobody goes on:\n${this.describe()}\n${this.server.stderr}`);
  }

  /** Who is there, for a person. */
  describe(): string {
    const here = this.talkers.filter(({ isHere }) => isHere).length;
    return `${here} of ${this.talkers.length} were there, ${this.recorder.accepted} notes acknowledged`;
  }

  /**
   * Ends the play: everybody rests, gets all answers and all notes, and leaves. Then the server is
   * killed and restarted, and everybody reads everything once more. Reads the file at last.
   */
  async finish(): Promise<LogFile["damage"]> {
    const { recorder, talkers } = this;
    recorder.isResting = true;
    for (const talker of talkers) talker.rest();
    await recorder.orFail(Promise.all(this.#background), "new names");
    await recorder.until(() => talkers.every(({ isSettled }) => isSettled));
    const heads = await this.#sayLastWords();
    await recorder.until(() => talkers.every(({ room, at }) => at >= heads.get(room)!));
    for (const talker of talkers) talker.finish(heads.get(talker.room)!);
    await this.forget([...this.#talkers]);
    await this.server.kill();
    await this.server.start();
    await this.#audit(heads);
    await recorder.orFail(this.server.stop(), "stopping the server");
    const { events, damage } = readLogFile(this.#data);
    for (const event of events) recorder.add(event);
    return damage;
  }

  /** Lets one talker in each room say a last note to all, and returns their positions. */
  async #sayLastWords(): Promise<Map<string, number>> {
    const heads = new Map<string, number>();
    for (const room of new Set(this.talkers.map(({ room }) => room))) {
      const closer = this.talkers.find((talker) => talker.room === room)!;
      const isAccepted = () => {
        const { history } = this.recorder;
        return history.findLast((event) =>
          event.type === "accepted" && event.room === room && event.person === closer.person
        );
      };
      for (let event; event === undefined;) {
        const before = isAccepted();
        await this.recorder.orFail(closer.say(false), `the last words in ${room}`);
        event = isAccepted();
        if (event === before) event = undefined;
        if (event?.type === "accepted") heads.set(room, event.seq);
      }
    }
    return heads;
  }

  /** Lets somebody unknown and every person read every room from its first note to its head. */
  async #audit(heads: ReadonlyMap<string, number>): Promise<void> {
    for (const [room, head] of heads) {
      await this.#readAll(room, head);
      for (const person of this.#identities.keys()) await this.#readAll(room, head, person);
    }
  }

  async #readAll(room: string, head: number, person?: string): Promise<void> {
    const { recorder } = this;
    const reader = recorder.open({ room, person, after: 0 });
    const who = person === undefined
      ? {}
      : { name: person, identity: this.#identities.get(person)! };
    const read = async () => {
      await using chat = await join({
        ...who,
        ...{ room, address: this.server.address, unlisted: true, untilNow: true },
      });
      for await (const event of chat.events()) {
        if (event.type === "lost") recorder.add({ type: "told lost", reader, count: event.count });
        if (event.type === "connected" && event.pending && event.head) {
          recorder.add({ type: "announced", reader, ...event.pending, head: event.head.seq });
        }
        if (event.type !== "notes") continue;
        for (const { seq = NaN, name, message: text, to, time = NaN } of event.notes) {
          recorder.add({ type: "received", reader, room, seq, name, text, to, time });
        }
      }
    };
    await recorder.orFail(read(), `reading ${room} for ${person ?? "somebody"}`);
    recorder.add({ type: "closed", reader, head });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.machine?.set("stalled", 0);
    this.machine?.set("full", 0);
    await this.forget([...this.#talkers]);
    await this.#resources.disposeAsync();
  }
}
