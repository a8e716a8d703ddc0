import { ChatError } from "../../room/errors.ts";
import { isSameName } from "../../room/note.ts";
import { type Principal, principalId } from "../../room/principal.ts";
import type { Gate } from "./gate.ts";
import type { OpenSession, Sessions } from "./sessions.ts";

/** Asks the other servers of a chat, and answers them. */
export interface Requests {
  /** Answers requests of a type with what `handler` returns, as JSON. */
  handle(type: string, handler: (content: unknown) => unknown): void;
  /** Asks all other servers, and returns the answers of those that have answered in time. */
  ask(type: string, content: unknown): Promise<unknown[]>;
}

/** A session on any server, as moderation needs it. */
export interface FoundSession extends Principal {
  /** The name in use. */
  readonly name: string;
  readonly room: string;
}

/** Which sessions to end, and why. */
interface Kick {
  /** A key, a network or a name. */
  readonly text: string;
  readonly room: string;
  /** The reason, in words. */
  readonly words: string;
}

/** The most sessions in one answer, since the size of a message is limited. */
const MAX_FOUND = 1_000;

/** The sessions of the other servers of a chat, for moderation. Each server answers for its own. */
export class OtherServers {
  readonly #requests: Requests;

  /** Answers the other servers' requests from now on. */
  constructor(
    requests: Requests,
    { sessions, gate }: { readonly sessions: Sessions; readonly gate: Gate },
  ) {
    this.#requests = requests;
    requests.handle(
      "find",
      (text) => sessions.find(text as string).slice(0, MAX_FOUND).map(toFound),
    );
    requests.handle("kick", (kick) => endSessions(kick as Kick, sessions, gate));
  }

  /** Returns the sessions of a key, a network or a name, as {@linkcode Sessions.find}. */
  async find(text: string): Promise<FoundSession[]> {
    const answers = await this.#requests.ask("find", text) as (FoundSession[] | null)[];
    return answers.flatMap((sessions) => sessions ?? []);
  }

  /**
   * Ends the sessions of a key, a network or a name in a room, but not those of operators. Returns
   * how many.
   */
  async kick(text: string, room: string, { message: words }: ChatError): Promise<number> {
    const answers = await this.#requests.ask("kick", { text, room, words } satisfies Kick);
    return answers.reduce((sum: number, count) => sum + Number(count), 0);
  }
}

function toFound({ name, room, key, network }: OpenSession): FoundSession {
  return { name, room, key, network };
}

/** Returns the number of sessions that it has ended. */
function endSessions({ text, room, words }: Kick, sessions: Sessions, gate: Gate): number {
  const found = sessions.find(text).filter((session) =>
    isSameName(session.room, room) && !gate.isOperator(principalId(session))
  );
  for (const { end } of found) end(new ChatError("forbidden", words));
  return found.length;
}
