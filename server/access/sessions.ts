import type { ChatError } from "../../room/errors.ts";
import { isFingerprint } from "../../room/identity.ts";
import { toNetwork } from "../../room/network.ts";
import { isSameName } from "../../room/note.ts";
import { type Principal, sanctionKey } from "../../room/sanctions.ts";
import { parseIp } from "../../text/ip.ts";
import type { Authentication } from "./gate.ts";

/** An open session, or an open `ChatStream` call, as the rest of the server sees it. */
export interface OpenSession extends Principal, Authentication {
  /** The name; empty if it has none. */
  readonly name: string;
  /** The room that it is in. */
  readonly room: string;
  /** Its address without a port; the same text for all on Unix sockets. */
  readonly address: string;
  /** The next note that it gets, and how many there are for it that it has not been sent. */
  readonly progress: () => { readonly next: number; readonly behind: number };
  /** Disconnects it. */
  readonly end: (reason: ChatError) => void;
}

/** The sessions that are open on a server. */
export class Sessions implements Iterable<OpenSession> {
  readonly #open = new Set<OpenSession>();

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** How many have not been sent all notes that there are for them. */
  get behind(): number {
    let count = 0;
    for (const session of this.#open) if (session.progress().behind > 0) count++;
    return count;
  }

  [Symbol.iterator](): Iterator<OpenSession> {
    return this.#open.values();
  }

  /** Adds a session, until that is disposed. */
  add(session: OpenSession): Disposable {
    this.#open.add(session);
    return { [Symbol.dispose]: () => void this.#open.delete(session) };
  }

  /** The sessions of a key, of a network, or of a name, which may be as it is shown: `~guest`. */
  find(text: string): OpenSession[] {
    const exact = exactTarget(text);
    const isMeant = exact !== undefined
      ? (session: OpenSession) => sanctionKey(session) === exact
      : ({ name, key }: OpenSession) =>
        isSameName(text, name) || key === undefined && isSameName(text, `~${name}`);
    return [...this.#open].filter(isMeant);
  }

  /** Ends the sessions for which `matches` is true. */
  end(reason: ChatError, matches: (session: OpenSession) => boolean): void {
    for (const session of this.#open) if (matches(session)) session.end(reason);
  }
}

/** The key or the network that a text is by its form, whatever names there are. */
export function exactTarget(text: string): string | undefined {
  if (isFingerprint(text)) return text;
  return parseIp(text) && toNetwork(text);
}
