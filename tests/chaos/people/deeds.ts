import type { Random } from "../../support/random.ts";
import type { Crowd } from "./crowd.ts";
import type { Recorder } from "./recorder.ts";
import type { Talker } from "./talker.ts";

/** What people do besides talking. */
const DEEDS = ["rename", "search", "topic", "lock", "mute"] as const;

/** The deeds whose effect every server knows at once, although others may be behind. */
const SHARED_DEEDS = ["rename", "search", "topic"] as const;

type Deed = (typeof DEEDS)[number];

/** The most deeds at once. */
const MAX_DEEDS = 2;
/** The number of acknowledgements for which a mute or a lock lasts. */
const LASTS = 20;

/** The wait before something is asked again that was not answered, in milliseconds. */
const RETRY_MS = 50;

/** What the deeds need. */
export interface DeedsOptions {
  readonly crowd: Crowd;
  readonly recorder: Recorder;
  readonly numbers: Random;
  /** Whether people know several servers of one chat. Default false. */
  readonly isShared?: boolean;
}

/** Lets people take other names, search, set topics, and the operator lock topics and mute people. */
export class Deeds {
  readonly #options: DeedsOptions;
  /** The rooms whose topics are locked, and the people who are muted. */
  readonly #busy = new Set<string>();
  /** The kinds that come before any comes again. */
  #deck: Deed[] = [];

  constructor(options: DeedsOptions) {
    this.#options = options;
  }

  /** Begins some deeds, which go on beside the faults. */
  begin(): void {
    const { crowd, numbers: { below, pick }, isShared } = this.#options;
    for (let count = 1 + below(MAX_DEEDS); count > 0; count--) {
      const present = crowd.talkers.filter(({ isHere }) => isHere);
      if (present.length === 0) return;
      if (this.#deck.length === 0) this.#deck = isShared ? [...SHARED_DEEDS] : [...DEEDS];
      const [deed] = this.#deck.splice(below(this.#deck.length), 1);
      crowd.background(this.#do(deed!, pick(present))); // There is one left.
    }
  }

  async #do(deed: Deed, talker: Talker): Promise<void> {
    const { person, name } = talker;
    if (deed === "rename") await talker.rename(name === person ? `${person}b` : person);
    if (deed === "search") await talker.search();
    if (deed === "topic") await this.#setTopic(talker);
    if (deed === "lock") await this.#once(`room ${talker.room}`, () => this.#lock(talker));
    if (deed === "mute") {
      const { crowd, numbers: { pick } } = this.#options;
      const others = crowd.talkers.filter((one) => one.person !== "p1" && one.hasName);
      const other = others.length > 0 ? pick(others) : undefined;
      if (other) await this.#once(`person ${other.person}`, () => this.#mute(other));
    }
  }

  async #once(what: string, act: () => Promise<void>): Promise<void> {
    if (this.#busy.has(what)) return;
    this.#busy.add(what);
    await act();
    this.#busy.delete(what);
  }

  /** Lets the operator lock the topic of a room, others try to set it, and the operator unlock it. */
  async #lock({ room }: Talker): Promise<void> {
    const { crowd, recorder, numbers: { pick } } = this.#options;
    const person = "p1";
    if (await this.#order(room, { action: "lock", name: "" })) {
      recorder.add({ type: "topic locked", person, room });
      const others = crowd.in(room).filter((one) => one.person !== person);
      if (others.length > 0) await this.#setTopic(pick(others));
      await this.#while();
    }
    recorder.add({ type: "unlocking topic", person, room });
    await this.#order(room, { action: "unlock", name: "" });
  }

  /** Lets the operator mute a person for a while, in which a post of theirs is answered. */
  async #mute(talker: Talker): Promise<void> {
    const { crowd, recorder } = this.#options;
    const { person, name, room } = talker;
    if (await this.#order(room, { action: "mute", name })) {
      recorder.add({ type: "muted", person });
      const due = talker.answered + talker.unanswered + 1;
      const isOver = () => recorder.isResting || !crowd.talkers.includes(talker);
      await recorder.until(() => talker.answered >= due || isOver());
      await this.#while();
    }
    recorder.add({ type: "unmuting", person });
    await this.#order(room, { action: "unmute", name });
  }

  async #while(): Promise<void> {
    const { recorder } = this.#options;
    const moment = recorder.accepted + LASTS;
    await recorder.until(() => recorder.accepted >= moment || recorder.isResting);
  }

  /** Lets somebody set a topic, each time another one, as the one before may be set later. */
  async #setTopic(talker: Talker): Promise<void> {
    const { crowd } = this.#options;
    await this.#insist(
      () => crowd.talkers.find((one) => one === talker),
      () => talker.setTopic(),
    );
  }

  /** Lets the operator give an order. Returns whether it was executed, by the last answer. */
  #order(room: string, command: Parameters<Talker["order"]>[0]): Promise<boolean> {
    const operator = () => this.#options.crowd.in(room).find(({ person }) => person === "p1");
    return this.#insist(operator, (talker) => talker.order(command));
  }

  /**
   * Asks again and again, until the server has answered or the asker is gone: most faults lose what
   * is asked when they come. Returns whether it was fulfilled.
   */
  async #insist(
    find: () => Talker | undefined,
    ask: (asker: Talker) => Promise<boolean | undefined>,
  ): Promise<boolean> {
    const { recorder } = this.#options;
    while (true) {
      // It may be gone while it is waited for.
      if (!await recorder.until(() => find()?.isHere ?? true)) return false;
      const asker = find();
      if (!asker) return false;
      const isFulfilled = await ask(asker);
      if (isFulfilled !== undefined) return isFulfilled;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
