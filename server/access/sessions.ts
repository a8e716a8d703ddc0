import type { SanctionInit } from "../../proto/mod.ts";
import type { ChatError } from "../../room/errors.ts";
import { guestName, isSameName } from "../../room/note.ts";
import { parsePrincipal, type Principal, principalId } from "../../room/principal.ts";
import type { EventSubject } from "../events/event.ts";
import type { Authentication } from "./gate.ts";

/** An open session, or an open `ChatStream` call, as the rest of the server sees it. */
export interface OpenSession extends Principal, Authentication {
  /** The name; empty if it has none. */
  readonly name: string;
  /** The room that it is in. */
  readonly room: string;
  /** Its address without a port; the same text for all on Unix sockets. */
  readonly address: string;
  /** The next note to send to it, and the number of notes that are due. */
  readonly progress: () => { readonly next: number; readonly behind: number };
  /** Sends it the news that an operator has muted or unmuted it. */
  readonly sendMute: (mute: SanctionInit) => void;
  /** Disconnects it. */
  readonly end: (reason: ChatError) => void;
}

/** Returns a session as the subject of events. */
export function toSubject({ name, room, key, address }: OpenSession): EventSubject {
  return { name, room, key, address };
}

/** The sessions that are open on a server. */
export class Sessions implements Iterable<OpenSession> {
  readonly #open = new Set<OpenSession>();

  /** The number of open sessions. */
  get size(): number {
    return this.#open.size;
  }

  /** The number of sessions with notes that have not been sent. */
  get behind(): number {
    let count = 0;
    for (const session of this.#open) if (session.progress().behind > 0) count++;
    return count;
  }

  [Symbol.iterator](): Iterator<OpenSession> {
    return this.#open.values();
  }

  /** Adds a session, and removes it when the result is disposed. */
  add(session: OpenSession): Disposable {
    this.#open.add(session);
    return { [Symbol.dispose]: () => void this.#open.delete(session) };
  }

  /** Returns the sessions of a key, a network, or a name, which may be written `~guest`. */
  find(text: string): OpenSession[] {
    const exact = parsePrincipal(text);
    const isMeant = exact !== undefined
      ? (session: OpenSession) => principalId(session) === exact
      : ({ name, key }: OpenSession) =>
        isSameName(text, name) || key === undefined && isSameName(text, guestName(name));
    return [...this.#open].filter(isMeant);
  }

  /** Sends news of a mute to the sessions of a principal, which is given by its id. */
  sendMute(principal: string, mute: SanctionInit): void {
    for (const session of this.#open) {
      if (principalId(session) === principal) session.sendMute(mute);
    }
  }

  /** Ends the sessions for which `matches` is true. */
  end(reason: ChatError, matches: (session: OpenSession) => boolean): void {
    for (const session of this.#open) if (matches(session)) session.end(reason);
  }
}
