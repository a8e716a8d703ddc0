import type { FoundInit, SearchMessage } from "../../proto/mod.ts";
import { toWireNote } from "../../proto/note.ts";
import { checkName, type Note } from "../../room/note.ts";
import type { Principal } from "../../room/principal.ts";
import { NoteQuery } from "../../room/search/note_query.ts";
import {
  checkSearchLimit,
  checkSearchWords,
  SEARCH_LIMIT,
} from "../../room/search/search_words.ts";
import type { Room } from "../../room/state/room.ts";
import { type OpenSession, toSubject } from "../access/sessions.ts";
import { refuse } from "../events/refusal.ts";
import type { Peer } from "../peer.ts";
import type { Answers } from "./answers.ts";
import type { ChatServices } from "./services.ts";
import { sincePosition } from "./start_position.ts";

/** The parts of a session that its searches need. */
export interface SearchesOptions {
  readonly peer: Peer;
  readonly room: Room;
  readonly session: OpenSession;
  readonly principal: Principal;
  /** The identity whose private notes the peer reads; undefined for a guest who is in no roster. */
  readonly identity: string | undefined;
  readonly answers: Answers;
  /** Aborted at the end of the session. */
  readonly signal: AbortSignal;
  /** Ends the session. */
  readonly onError: (error: unknown) => void;
}

/** The characters of messages that are sent together. */
const MAX_CHARS = 128 * 1024;

/** The searches of a session, one after another, while the session goes on. */
export class Searches {
  readonly #options: SearchesOptions;
  readonly #services: ChatServices;
  /** Settles when the searches so far are answered. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: SearchesOptions, services: ChatServices) {
    this.#options = options;
    this.#services = services;
  }

  /**
   * Adds a search, which is counted as one of the answers to expect. One that is refused is not
   * kept, since it may be as large as a frame, and wait for long.
   */
  add(search: SearchMessage): void {
    const refusal = this.#check(search);
    if (refusal) this.#addRefusal(refusal);
    else this.#then(() => this.#answer(search));
  }

  /** Not in `add()`, whose functions all keep the search as long as one of them is kept. */
  #addRefusal(refusal: FoundInit): void {
    this.#then(() => this.#options.answers.addFound(refusal, this.#options.signal));
  }

  #then(task: () => Promise<void>): void {
    this.#last = this.#last.then(task).catch(this.#options.onError);
  }

  /** Checks a search, and charges for it. Returns the answer if it is refused. */
  #check({ words, name, limit }: SearchMessage): FoundInit | undefined {
    try {
      checkSearchWords(words);
      if (limit !== 0) checkSearchLimit(limit);
      if (name !== "") checkName(name);
      this.#services.rateLimits.consumeSearch(this.#options.principal);
      return undefined;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #refuse(error: unknown): FoundInit {
    const { peer, session } = this.#options;
    peer.refused("search");
    const { code, details, retryMs } = refuse(error, toSubject(session), this.#services.report);
    return { last: true, code, reason: details, retry_ms: Math.ceil(retryMs ?? 0) };
  }

  async #answer(search: SearchMessage): Promise<void> {
    const { answers, signal } = this.#options;
    signal.throwIfAborted();
    try {
      await this.#run(search);
    } catch (error) {
      signal.throwIfAborted();
      await answers.addFound(this.#refuse(error), signal);
    }
  }

  /** Searches, and answers with what is found, as soon as it is found. */
  async #run(search: SearchMessage): Promise<void> {
    const { principal, room, identity, answers, signal } = this.#options;
    const { searchTurns, delivered } = this.#services;
    const { words, name } = search;
    const limit = search.limit === 0 ? SEARCH_LIMIT.fallback : search.limit;
    const query = new NoteQuery({ words, name: name === "" ? undefined : name });
    const from = await sincePosition(search, room);
    const before = search.before === 0 ? Infinity : search.before;
    let searched = 0;
    let count = 0;
    let chars = 0;
    let notes: Note[] = [];
    const send = async (end?: { readonly last: true; readonly more: boolean }) => {
      // How far it has come may be the position of a private note that has the words.
      const shown = end ? searched : notes.at(-1)!.seq;
      const found = { notes: notes.map(toWireNote), searched: shown, ...end };
      delivered(notes.length);
      [notes, chars] = [[], 0];
      await answers.addFound(found, signal);
    };
    const turns = {
      get isOver() {
        return searchTurns.isOver;
      },
      next: async () => {
        if (notes.length > 0) await send();
        await searchTurns.next(principal.network);
        signal.throwIfAborted();
      },
    };
    const onProgress = (seq: number) => searched = seq;
    for await (const note of room.search(query, identity, { from, before, turns, onProgress })) {
      if (chars >= MAX_CHARS) await send();
      notes.push(note);
      chars += note.message.length;
      if (++count === limit) break;
    }
    await send({ last: true, more: count === limit });
  }
}
