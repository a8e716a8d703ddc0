import { toWireAction } from "../../proto/enums.ts";
import type {
  ClientFrameInit,
  OutcomeMessage,
  SearchInit,
  ServerFrame,
} from "../../proto/messages.ts";
import { fromWireSanction } from "../../proto/sanction.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { isOwnAction, type ModerationCommand } from "../../room/moderation.ts";
import type { RoomList } from "../../room/room_list.ts";
import type { ModerationResult, SearchEnd, ShownNote } from "../chat.ts";
import { PendingAnswers } from "./pending_answers.ts";
import type { OwnNotes } from "./own_notes.ts";
import { PendingSearch } from "./pending_search.ts";

/** The most entries of a list in an answer that are taken: no server has reason to send more. */
const MAX_LISTED = 1_000;

/** The dependencies of requests. */
export interface RequestsOptions {
  /** Sends a request. Throws if there is no session. */
  readonly send: (request: ClientFrameInit) => void;
  /** Called once an answer is awaited. */
  readonly onAwaited: () => void;
}

/** The requests on a session that the server has not answered. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #rooms = new PendingAnswers<RoomList>();
  readonly #outcomes = new PendingAnswers<OutcomeMessage>();
  /** The searches that the server has not answered to the end, in order. */
  #searches: PendingSearch[] = [];

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Whether the server has answered everything. */
  get isEmpty(): boolean {
    const isSearching = this.#searches.some(({ isAwaited }) => isAwaited);
    return this.#rooms.isEmpty && this.#outcomes.isEmpty && !isSearching;
  }

  /** Requests the list of rooms. */
  rooms(): Promise<RoomList> {
    return this.#ask(this.#rooms, { list_rooms: true });
  }

  /**
   * Sends a command.
   *
   * @throws {ChatError} when the server refuses it.
   */
  async order(
    { action, name, spanMs = 0, reason = "" }: ModerationCommand,
  ): Promise<ModerationResult> {
    const order = { action: toWireAction(action), name, span_ms: spanMs, reason };
    const { words, sanctions, figures, names } = await this.#execute(order, action);
    return { words, sanctions: sanctions.map(fromWireSanction), stats: figures, names };
  }

  /**
   * Sends a search, and yields what is found; notes that `own` has are marked.
   *
   * @throws {ChatError} when the server refuses it.
   */
  async *search(
    search: SearchInit & { readonly limit: number },
    own: OwnNotes,
  ): AsyncGenerator<ShownNote, SearchEnd, void> {
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
    await this.#execute({ action: toWireAction("topic"), text });
  }

  async #execute(
    order: NonNullable<ClientFrameInit["orders"]>[number],
    action?: ModerationCommand["action"],
  ): Promise<OutcomeMessage> {
    const outcome = await this.#ask(this.#outcomes, { orders: [order] });
    const { code, words } = outcome;
    if (code !== 0) throw toOrderError(action, fromStatus(code) ?? "unavailable", words);
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
  code: ChatErrorCode,
  words: string,
): ChatError {
  const isUnknown = isOwnAction(action) && (code === "forbidden" || code === "unsupported");
  return isUnknown ? ownNamesUnsupported(words) : new ChatError(code, words);
}

/** The error for a server of an older version, which does not list names or take them back. */
export function ownNamesUnsupported(cause?: string): ChatError {
  const words = "This server is too old to list your names or take one back";
  return new ChatError("unsupported", words, { cause });
}
