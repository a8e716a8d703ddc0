import { join, SharedConnections } from "../../../client.ts";
import { Identity } from "../../../client/profile/identity.ts";
import { type Random, random } from "../../support/random.ts";
import type { Recorder } from "./recorder.ts";
import {
  recordSearch,
  searchWord,
  Talker,
  type TalkerHabits,
  type TalkerOptions,
  USUAL_HABITS,
} from "./talker.ts";

/** The options of {@linkcode Crowd}. */
export interface CrowdOptions {
  readonly recorder: Recorder;
  readonly numbers: Random;
  /** Whether people know several servers of one chat. Default false. */
  readonly isShared?: boolean;
  /** How much they talk. Default: {@linkcode USUAL_HABITS}. */
  readonly habits?: TalkerHabits | undefined;
  /** The bounds of the silence of a server before a client asks for a sign of life. */
  readonly keepaliveMs?: { readonly min: number; readonly max: number };
  /** The most talkers in all rooms. */
  readonly maxTalkers: number;
}

const ROOMS = ["lobby", "tea", "café 3"];
const KEEPALIVE_MS = { min: 500, max: 2_000 };
/** The most notes that a late talker starts with, unless with all or none. */
const MAX_LAST = 300;
/** The number of people who are in all rooms, from the first note on. */
const HOSTS = 2;

/** The heads of rooms: the positions up to which everybody should have everything. */
export type Heads = ReadonlyMap<string, number>;

/** People in several rooms, with their keys and transcripts. The first one is an operator. */
export class Crowd implements AsyncDisposable {
  /** The key of the first person. */
  readonly operator: Identity;
  readonly #options: CrowdOptions;
  readonly #talkers = new Set<Talker>();
  readonly #identities = new Map<string, Identity>();
  readonly #background: Promise<void>[] = [];
  #people = 0;

  private constructor(options: CrowdOptions, operator: Identity) {
    this.#options = options;
    this.operator = operator;
    this.#identities.set("p1", operator);
  }

  /** Makes one without people. */
  static async make(options: CrowdOptions): Promise<Crowd> {
    return new Crowd(options, await Identity.generate());
  }

  /** The talkers that have not vanished, and whose chats have not ended. */
  get talkers(): readonly Talker[] {
    return [...this.#talkers].filter(({ isGone }) => !isGone);
  }

  /** Lets one more person enter one to three rooms over one connection, and talk. */
  async enter(
    addresses: readonly string[],
    habits: TalkerHabits = this.#options.habits ?? USUAL_HABITS,
  ): Promise<readonly Talker[]> {
    const { recorder, keepaliveMs: { min, max } = KEEPALIVE_MS, isShared = false } = this.#options;
    const { below, pick } = this.#options.numbers;
    const person = `p${++this.#people}`;
    const identity = this.#identities.get(person) ?? await Identity.generate();
    this.#identities.set(person, identity);
    for (const name of [person, `${person}b`]) recorder.add({ type: "named", person, name });
    const connections = new SharedConnections({ sessions: ROOMS.length });
    const isHost = this.#people <= HOSTS;
    const own: Omit<TalkerOptions, "room" | "numbers" | "friends"> = {
      ...{ person, identity, addresses, isShared, connections, habits },
      keepaliveMs: min + below(max - min),
      last: isHost ? undefined : pick([undefined, 0, 1 + below(MAX_LAST)]),
    };
    const rooms = isHost ? ROOMS : ROOMS.slice(below(ROOMS.length));
    const talkers = rooms.map((room) => {
      const friends = () => this.in(room).filter((one) => one.person !== person);
      return new Talker({ ...own, room, friends, numbers: random(below(2 ** 32)) }, recorder);
    });
    for (const talker of talkers) this.#talkers.add(talker);
    return talkers;
  }

  /** Lets one more person in, unless there are many. */
  async enterLate(addresses: readonly string[]): Promise<void> {
    if (this.#talkers.size < this.#options.maxTalkers) await this.enter(addresses);
  }

  /** The talkers in a room. */
  in(room: string): readonly Talker[] {
    return this.talkers.filter((one) => one.room === room);
  }

  /** Lets something go on beside the faults; {@linkcode finish} waits for it. */
  background(work: Promise<void>): void {
    this.#background.push(work);
  }

  /** Forgets talkers who have left, once they are gone. */
  async forget(talkers: readonly Talker[]): Promise<void> {
    for (const talker of talkers) this.#talkers.delete(talker);
    await Promise.all(talkers.map((talker) => talker[Symbol.asyncDispose]()));
  }

  /**
   * Waits until more than half of the talkers are there, and further notes were acknowledged.
   *
   * @throws {Error} once patience is over.
   */
  async gather(count: number): Promise<void> {
    const { recorder } = this.#options;
    const moment = recorder.accepted + count;
    const isBack = () =>
      this.talkers.filter(({ isHere }) => isHere).length * 2 > this.talkers.length;
    await this.#until(() => isBack() && recorder.accepted >= moment);
  }

  /** Waits until further notes were acknowledged in each room. */
  async progress(count: number): Promise<void> {
    const { recorder } = this.#options;
    const due = ROOMS.map((room) => [room, recorder.acceptedIn(room) + count] as const);
    await this.#until(() => due.every(([room, moment]) => recorder.acceptedIn(room) >= moment));
  }

  async #until(is: () => boolean): Promise<void> {
    if (await this.#options.recorder.until(is)) return;
    throw new Error(`nobody goes on: ${this.describe()}`);
  }

  /** Who is there, for a person. */
  describe(): string {
    const here = this.talkers.filter(({ isHere }) => isHere).length;
    const { accepted } = this.#options.recorder;
    return `${here} of ${this.talkers.length} people connected, ${accepted} notes accepted so far`;
  }

  /** Stops all talk, and waits until everybody has all answers and all notes. */
  async rest(): Promise<void> {
    for (const talker of this.talkers) talker.rest();
    await this.#until(() => this.talkers.every(({ isSettled }) => isSettled));
    await this.caughtUp(await this.#sayLastWords());
  }

  /** Lets everybody talk again. */
  goOn(): void {
    for (const talker of this.talkers) talker.goOn();
  }

  /** Lets somebody say a note in each room, by one of these servers. Returns the positions. */
  async visit(addresses: readonly string[]): Promise<Heads> {
    const silent = { maxPauseMs: 0, maxUnanswered: 0, privatePart: 0 };
    const visitors = await this.enter(addresses, silent);
    const heads = new Map<string, number>();
    for (const visitor of visitors) heads.set(visitor.room, await this.#insist(() => [visitor]));
    return heads;
  }

  /**
   * Waits until everybody has the notes up to these.
   *
   * @throws {Error} once patience is over. The history shows who lacks what.
   */
  async caughtUp(heads: Heads): Promise<void> {
    const { recorder } = this.#options;
    const isBehind = ({ room, at }: Talker) => at < (heads.get(room) ?? 0);
    if (await recorder.until(() => !this.talkers.some(isBehind))) return;
    const late = this.talkers.filter(isBehind);
    for (const talker of late) talker.finish(heads.get(talker.room)!);
    throw new Error(`somebody does not get all notes: ${this.describe()}`);
  }

  /**
   * Ends the play: everybody rests, gets all answers and all notes, and leaves. Returns the heads.
   *
   * @throws {Error} once patience is over.
   */
  async finish(): Promise<Heads> {
    const { recorder } = this.#options;
    // While people talk: nothing is known of a mute that nobody posts under.
    await recorder.orFail(Promise.all(this.#background), "what goes on beside the faults");
    recorder.isResting = true;
    for (const talker of this.talkers) talker.rest();
    recorder.wake();
    await this.#until(() => this.talkers.every(({ isSettled }) => isSettled));
    const heads = await this.#sayLastWords();
    await this.caughtUp(heads);
    for (const talker of this.talkers) talker.finish(heads.get(talker.room)!);
    await this.forget([...this.#talkers]);
    return heads;
  }

  /**
   * Waits until the people in each room see exactly each other.
   *
   * @throws {Error} once patience is over.
   */
  async seeEachOther(): Promise<void> {
    const names = (room: string) => this.in(room).map(({ name }) => name).toSorted().join();
    const sees = ({ people }: Talker) => [...people].toSorted().join();
    if (
      await this.#options.recorder.until(() =>
        this.talkers.every((talker) => sees(talker) === names(talker.room))
      )
    ) return;
    const wrong = this.talkers.find((talker) => sees(talker) !== names(talker.room))!;
    const words = `${wrong.name} sees ${sees(wrong)} in ${wrong.room}`;
    throw new Error(`${words}, where ${names(wrong.room)} are`);
  }

  /** Lets somebody in each room say a last note to all, and returns their positions. */
  async #sayLastWords(): Promise<Heads> {
    const heads = new Map<string, number>();
    for (const room of new Set(this.talkers.map(({ room }) => room))) {
      heads.set(room, await this.#insist(() => this.in(room)));
    }
    return heads;
  }

  /** Lets one after another post a note, until one is accepted, and returns its position. */
  async #insist(talkers: () => readonly Talker[]): Promise<number> {
    const { recorder } = this.#options;
    for (let turn = 0;; turn++) {
      const talker = talkers()[turn % talkers().length];
      if (!talker) throw new Error("nobody is there");
      const seq = await recorder.orFail(talker.say(false), `a note in ${talker.room}`);
      if (seq !== undefined) return seq;
    }
  }

  /**
   * Lets somebody unknown and persons read and search every room at a server.
   *
   * @param most The most persons; the first ones. Default: all.
   */
  async audit(address: string, heads: Heads, most = Infinity): Promise<void> {
    for (const [room, head] of heads) {
      for (const person of [undefined, ...[...this.#identities.keys()].slice(0, most)]) {
        await this.#options.recorder.orFail(
          this.#audit({ room, head, address, person }),
          `reading ${room} for ${person ?? "somebody"}`,
        );
      }
    }
  }

  async #audit({ room, head, address, person }: {
    readonly room: string;
    readonly head: number;
    readonly address: string;
    readonly person: string | undefined;
  }): Promise<void> {
    const { recorder, numbers } = this.#options;
    const who = person === undefined
      ? {}
      : { name: person, identity: this.#identities.get(person)! };
    const options = { ...who, room, address, unlisted: true };
    const reader = recorder.open({ room, person, after: 0 });
    await using chat = await join({ ...options, untilNow: true });
    for await (const event of chat.events()) {
      if (event.type === "lost") recorder.add({ type: "told lost", reader, count: event.count });
      if (event.type === "connected" && event.pending && event.head) {
        recorder.add({ type: "announced", reader, ...event.pending, head: event.head.seq });
      }
      if (event.type === "connected" && event.topic) {
        const { text } = event.topic;
        recorder.add({ type: "topic seen", reader, room, text, isLast: true });
      }
      if (event.type !== "notes") continue;
      for (const { seq = NaN, name, message: text, to, time = NaN } of event.notes) {
        recorder.add({ type: "received", reader, room, seq, name, text, to, time });
      }
    }
    recorder.add({ type: "closed", reader, head });
    await using searching = await join({ ...options, last: 0 });
    const word = searchWord(numbers.below(100));
    await recordSearch(searching, { room, person, word, mayLag: false }, recorder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forget([...this.#talkers]);
  }
}
