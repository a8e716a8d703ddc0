import type { Random } from "../../support/random.ts";
import { serveArgs, startServer } from "../../support/program.ts";
import {
  RestartableServer,
  type RestartableServerOptions,
} from "../../support/restartable_server.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import type { StartOptions } from "../../support/program.ts";
import { type LogFile, readLogFile } from "../check/read_log_file.ts";
import { Crowd } from "../people/crowd.ts";
import type { Recorder } from "../people/recorder.ts";
import type { Talker, TalkerHabits } from "../people/talker.ts";
import { Link } from "./link.ts";
import { hasMachine, Machine } from "./machine.ts";

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
  /** How much they talk. Default: as people who type fast. */
  readonly habits?: TalkerHabits | undefined;
  /** Starts the server. Default: the program as it is. */
  readonly launch?: StageLaunch | undefined;
}

const LINKS = 3;
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
  readonly crowd: Crowd;
  readonly recorder: Recorder;
  readonly numbers: Random;
  /** Whether Deno itself may end the server. */
  mayPanic = false;
  /** The number of times that it did. */
  panics = 0;
  readonly #data: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    { recorder, numbers, launch = startServer }: StageOptions,
    { folder, crowd, machine, stack }: {
      folder: string;
      crowd: Crowd;
      machine: Machine | undefined;
      stack: AsyncDisposableStack;
    },
  ) {
    [this.recorder, this.numbers, this.machine, this.crowd] = [recorder, numbers, machine, crowd];
    this.#data = `${folder}/data/chat.db`;
    const options: StartOptions = machine ? { env: { ...machine.env } } : {};
    const fail = (error: Error) => {
      if (this.mayPanic && error.message.includes(PANIC)) this.panics++;
      else recorder.fail(error);
      recorder.wake();
    };
    const args = [...ARGS, "--operators", `${folder}/operators`];
    this.server = new RestartableServer(this.#data, fail, args, {
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
    const { path: folder } = stack.use(await temporaryFolder());
    await Deno.mkdir(`${folder}/data`);
    const machine = await hasMachine()
      ? stack.use(await Machine.build(folder, `${folder}/data`))
      : undefined;
    const crowd = await Crowd.make({ ...options, maxTalkers: MAX_TALKERS });
    await Deno.writeTextFile(`${folder}/operators`, crowd.operator.fingerprint);
    const stage = new Stage(options, { folder, crowd, machine, stack: stack.move() });
    try {
      await stage.server.start();
      // The first one by the first link, which all faults of links meet.
      for (let i = 0; i < options.people; i++) await stage.enter(stage.links[i]);
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lets one more person enter one to three rooms over one connection. */
  enter(link: Link = this.numbers.pick(this.links)): Promise<readonly Talker[]> {
    return this.crowd.enter([link.address]);
  }

  /** Lets one more person in, unless there are many. */
  enterLate(): Promise<void> {
    return this.crowd.enterLate([this.numbers.pick(this.links).address]);
  }

  /** Keeps a link until the end. */
  keep(link: Link): void {
    this.#resources.use(link);
  }

  /**
   * Ends the play: everybody rests, gets all answers and all notes, and leaves. Then the server is
   * killed and restarted, and everybody reads everything once more. Reads the file at last.
   */
  async finish(): Promise<LogFile["damage"]> {
    const { recorder, crowd, server } = this;
    const heads = await crowd.finish();
    await server.kill();
    await server.start();
    await crowd.audit(server.address, heads);
    await recorder.orFail(server.stop(), "stopping the server");
    const { events, damage } = readLogFile(this.#data);
    for (const event of events) recorder.add(event);
    return damage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.machine?.set("stalled", 0);
    this.machine?.set("full", 0);
    await this.crowd[Symbol.asyncDispose]();
    await this.#resources.disposeAsync();
  }
}
