import { toWireAction } from "../../proto/enums.ts";
import type { ClientFrameInit, OutcomeMessage, ServerFrame } from "../../proto/messages.ts";
import { fromWireSanction } from "../../proto/sanction.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { isOwnAction, type ModerationCommand } from "../../room/moderation.ts";
import type { RoomList } from "../../room/room_list.ts";
import type { ModerationResult } from "../chat.ts";
import { PendingAnswers } from "./pending_answers.ts";

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

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Whether the server has answered everything. */
  get isEmpty(): boolean {
    return this.#rooms.isEmpty && this.#outcomes.isEmpty;
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
  settle({ rooms, outcomes }: ServerFrame): void {
    if (rooms) this.#rooms.answer(rooms);
    for (const outcome of outcomes) this.#outcomes.answer(outcome);
  }

  /** Rejects all requests with `reason`, as there will be no more answers. */
  close(reason: Error): void {
    this.#rooms.close(reason);
    this.#outcomes.close(reason);
  }
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
