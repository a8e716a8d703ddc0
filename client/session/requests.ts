import { toWireAction } from "../../proto/enums.ts";
import type {
  ClientFrameInit,
  OutcomeMessage,
  ServerFrame,
  WelcomeMessage,
} from "../../proto/messages.ts";
import { fromWireSanction } from "../../proto/sanction.ts";
import { ChatError } from "../../room/errors.ts";
import { isOwnAction, type ModerationCommand } from "../../room/moderation.ts";
import type { RoomList } from "../../room/room_list.ts";
import { checkTopic } from "../../room/topic.ts";
import { checkNumber } from "../../text/check_number.ts";
import type { ModerationResult, SearchEnd, SearchOptions, ShownNote } from "../chat.ts";
import { POSITION_BOUNDS } from "./number_bounds.ts";
import type { OwnNotes } from "./own_notes.ts";
import { PendingSearch } from "./pending_search.ts";
import { toSearch } from "./search.ts";
import { toRefusal } from "./server_frame.ts";

/** The most entries of a list in an answer that are taken: no server has reason to send more. */
const MAX_LISTED = 1_000;

/** The dependencies of requests. */
export interface RequestsOptions {
  /** Sends a request. Throws if there is no session. */
  readonly send: (request: ClientFrameInit) => void;
  /** Called once an answer is awaited. */
  readonly onAwaited: () => void;
}

/** The fields of a welcome that say what the server can do. */
type Abilities = Pick<WelcomeMessage, "orders" | "searches" | "topic">;

/**
 * The requests on a session that the server has not answered. A request that the server does not
 * know is refused with {@linkcode ChatError} `unsupported`.
 */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #rooms = new PendingAnswers<RoomList>();
  readonly #outcomes = new PendingAnswers<OutcomeMessage>();
  /** The searches that the server has not answered to the end, in order. */
  #searches: PendingSearch[] = [];
  /** What the server can do; undefined without a session. */
  #server: Abilities | undefined;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Whether the server has answered everything. */
  get isEmpty(): boolean {
    const isSearching = this.#searches.some(({ isAwaited }) => isAwaited);
    return this.#rooms.isEmpty && this.#outcomes.isEmpty && !isSearching;
  }

  /** Begins a session with its welcome. */
  begin(welcome: Abilities): void {
    this.#server = welcome;
  }

  /** Requests the list of rooms. */
  rooms(): Promise<RoomList> {
    return this.#ask(this.#rooms, { list_rooms: true });
  }

  /**
   * Sends a command.
   *
   * @throws {ChatError} when the server refuses it.
   * @throws {RangeError} if `spanMs` is out of its bounds.
   */
  async order(
    { action, name, spanMs = 0, reason = "" }: ModerationCommand,
  ): Promise<ModerationResult> {
    checkNumber("spanMs", spanMs, POSITION_BOUNDS);
    if (this.#server?.orders === false) {
      throw olderServer(isOwnAction(action) ? NO_OWN_NAMES : "it knows no operators");
    }
    if (action === "lock" || action === "unlock") this.#checkTopics();
    const order = { action: toWireAction(action), name, span_ms: spanMs, reason };
    const { words, sanctions, figures, names } = await this.#execute(order, action);
    return { words, sanctions: sanctions.map(fromWireSanction), stats: figures, names };
  }

  /**
   * Sends a search, and yields what is found; notes that `own` has are marked.
   *
   * @throws {ChatError} when the server refuses it.
   * @throws {RangeError} if a number is out of its bounds.
   */
  async *search(
    options: SearchOptions,
    own: OwnNotes,
  ): AsyncGenerator<ShownNote, SearchEnd, void> {
    const search = toSearch(options);
    if (this.#server?.searches === false) throw olderServer("it cannot search");
    this.#options.send({ searches: [search] });
    const pending = new PendingSearch(search.limit, own);
    this.#searches.push(pending);
    this.#options.onAwaited();
    return yield* pending.read();
  }

  /**
   * Sets the topic.
   *
   * @throws {ChatError} when the server refuses it.
   */
  async setTopic(text: string): Promise<void> {
    checkTopic(text);
    this.#checkTopics();
    await this.#execute({ action: toWireAction("topic"), text });
  }

  #checkTopics(): void {
    if (this.#server?.topic === null) throw olderServer("it keeps no topics");
  }

  async #execute(
    order: NonNullable<ClientFrameInit["orders"]>[number],
    action?: ModerationCommand["action"],
  ): Promise<OutcomeMessage> {
    const outcome = await this.#ask(this.#outcomes, { orders: [order] });
    if (outcome.code !== 0) throw toOrderError(action, outcome);
    return outcome;
  }

  #ask<Answer>(answers: PendingAnswers<Answer>, request: ClientFrameInit): Promise<Answer> {
    this.#options.send(request);
    const answer = answers.ask();
    this.#options.onAwaited();
    return answer;
  }

  /** Passes on the answers in a frame. */
  settle({ rooms, outcomes, found }: ServerFrame): void {
    if (rooms) this.#rooms.answer(boundRooms(rooms));
    for (const outcome of outcomes) this.#outcomes.answer(boundLists(outcome));
    for (const part of found) {
      this.#searches[0]?.add(part);
      if (part.last) this.#searches.shift();
    }
  }

  /** Rejects all requests with `reason`, as there will be no more answers. */
  close(reason: Error): void {
    this.#server = undefined;
    this.#rooms.close(reason);
    this.#outcomes.close(reason);
    for (const search of this.#searches) search.fail(reason);
    this.#searches = [];
  }
}

/** Leaves out the rooms that are too many, and counts them. */
function boundRooms({ rooms, more }: RoomList): RoomList {
  const kept = rooms.slice(0, MAX_LISTED);
  return { rooms: kept, more: more + rooms.length - kept.length };
}

/** Leaves out what is too much. */
function boundLists(outcome: OutcomeMessage): OutcomeMessage {
  const { sanctions, figures, names } = outcome;
  return {
    ...outcome,
    sanctions: sanctions.slice(0, MAX_LISTED),
    figures: figures.slice(0, MAX_LISTED),
    names: names.slice(0, MAX_LISTED),
  };
}

/**
 * The error for a refused command. A server that does not know a command about one's own names
 * takes it for one of an operator.
 */
function toOrderError(
  action: ModerationCommand["action"] | undefined,
  { code, words, retry_ms }: Pick<OutcomeMessage, "code" | "words" | "retry_ms">,
): ChatError {
  const error = toRefusal({ code, reason: words, retry_ms });
  const isUnknown = error.code === "forbidden" || error.code === "unsupported";
  return isOwnAction(action) && isUnknown ? olderServer(NO_OWN_NAMES, words) : error;
}

const NO_OWN_NAMES = "it cannot list your names or take one back";

/** The error for a request that a server of an older version does not know. */
function olderServer(why: string, cause?: string): ChatError {
  return new ChatError("unsupported", `This server is of an older version: ${why}`, { cause });
}

/** Questions to a peer that answers all of them in order. */
class PendingAnswers<Answer> {
  #waiting: PromiseWithResolvers<Answer>[] = [];

  /** Whether the peer has answered everything. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Waits for the answer to a question that was just sent. */
  ask(): Promise<Answer> {
    const question = Promise.withResolvers<Answer>();
    this.#waiting.push(question);
    return question.promise;
  }

  /** Resolves the oldest question. */
  answer(answer: Answer): void {
    this.#waiting.shift()?.resolve(answer);
  }

  /** Rejects all questions with `reason`, as there will be no more answers. */
  close(reason: Error): void {
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting = [];
  }
}
