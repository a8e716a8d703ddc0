import { toWireAction } from "../../proto/enums.ts";
import type { ClientFrameInit, OutcomeMessage, ServerFrame } from "../../proto/messages.ts";
import { fromWireSanction } from "../../proto/sanction.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
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
   * Sends a command of an operator.
   *
   * @throws {ChatError} when the server refuses it.
   */
  async order(
    { action, name, spanMs = 0, reason = "" }: ModerationCommand,
  ): Promise<ModerationResult> {
    const order = { action: toWireAction(action), name, span_ms: spanMs, reason };
    const { words, sanctions, figures, names } = await this.#execute({ orders: [order] });
    return { words, sanctions: sanctions.map(fromWireSanction), stats: figures, names };
  }

  /**
   * Sets the topic.
   *
   * @throws {ChatError} when the server refuses it.
   */
  async setTopic(text: string): Promise<void> {
    await this.#execute({ orders: [{ action: toWireAction("topic"), text }] });
  }

  async #execute(request: ClientFrameInit): Promise<OutcomeMessage> {
    const outcome = await this.#ask(this.#outcomes, request);
    const { code, words } = outcome;
    if (code !== 0) throw new ChatError(fromStatus(code) ?? "unavailable", words);
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
