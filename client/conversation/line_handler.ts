import { ChatError } from "../../room/errors.ts";
import { escapeName } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";
import { remark } from "../render/render.ts";
import { line } from "../render/row.ts";
import { parseLine } from "./commands/parse_line.ts";
import type { CommandContext } from "./commands/slash_command.ts";
import type { Conversation } from "./conversation.ts";
import type { Display } from "./display.ts";

/** The chat in which lines are typed. */
interface TypingContext extends CommandContext {
  readonly openRooms: readonly Conversation[];
  readonly current: Conversation;
}

/** Handles the lines that a person types: says each, or runs the command in it. */
export class LineHandler {
  readonly #context: TypingContext;
  readonly #display: Pick<Display, "restore" | "show">;
  /** Lines that are being handled. */
  readonly #handling = new Set<Promise<void>>();
  readonly #unanswered: string[] = [];
  #leaving = false;

  /** Handles none yet. Refused texts go back to `display`. */
  constructor(context: TypingContext, display: Pick<Display, "restore" | "show">) {
    this.#context = context;
    this.#display = display;
  }

  /** Whether lines wait for the server. */
  get isWaiting(): boolean {
    return this.#handling.size > 0;
  }

  /** The person leaves: texts that are refused from now on are unanswered. */
  leave(): void {
    this.#leaving = true;
  }

  /** Waits until all lines so far are handled; returns those that were unanswered then. */
  async settle(): Promise<readonly string[]> {
    await Promise.all(this.#handling);
    return this.#unanswered;
  }

  /** Handles a line that the person has typed, until it is answered. */
  handle(typed: string): Promise<void> {
    const handled = this.#handle(typed).finally(() => this.#handling.delete(handled));
    this.#handling.add(handled);
    return handled;
  }

  async #handle(typed: string): Promise<void> {
    if (typed.trim() === "") return;
    const context = this.#context;
    const { current: room, queried } = context;
    const parsed = parseLine(typed);
    if (parsed.type === "error") return context.print(remark(parsed.message));
    try {
      await (parsed.type === "say" ? context.sayHere(parsed.text) : parsed.run(context));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (parsed.type === "command" && !parsed.command.args.isMessage) {
        context.print(remark(`/${parsed.command.name}: ${escapeText(error.message)}`));
      } else if (this.#leaving) this.#unanswered.push(typed);
      else this.#giveBack(typed, room, error, room.correspondence.queried === queried);
    }
  }

  /**
   * Puts a refused text back to where it was typed, unless the person has typed something there, or
   * it would go to others now.
   */
  #giveBack(
    typed: string,
    room: Conversation,
    { message }: ChatError,
    isSameRecipient: boolean,
  ): void {
    const { openRooms, current } = this.#context;
    const isFit = isSameRecipient && openRooms.includes(room);
    const text = isFit && this.#display.restore(typed, room) ? "" : `: ${escapeText(typed)}`;
    const where = room === current ? "" : ` in ${escapeName(room.room)}`;
    this.#display.show([line(remark(`not sent${where}: ${escapeText(message)}${text}`))]);
  }
}
