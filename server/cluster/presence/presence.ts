import { createHmac } from "node:crypto";
import type { ChatError } from "../../../room/errors.ts";
import { foldName } from "../../../room/note.ts";
import type {
  EnteredSession,
  EnteringSession,
  NamesElsewhere,
  OccupancyListener,
  OccupiedRoom,
  OpenRoster,
  SharedRosters,
} from "../../../room/state/shared_rosters.ts";
import { Attempts } from "../attempts.ts";
import { type Engine, EngineFull, UnknownOutcome } from "../engine.ts";
import { Heartbeats, type HeartbeatsOptions } from "../heartbeats.ts";
import { EventStore } from "./event_store.ts";
import { OwnSession } from "./own_session.ts";
import { idOf, type Member, PresenceState, type Verdict } from "./presence_state.ts";
import type { PresenceEvent, SessionJoin } from "./presence_event.ts";
import { PresenceJournal } from "./presence_journal.ts";

const RETRY_MS = 100;

/** The longest wait for a join by default, in milliseconds. */
const JOIN_MS = 10_000;

/** The dependencies and bounds of presence. */
export interface PresenceOptions {
  readonly engine: Engine;
  /** The most members of a room, on all servers together. */
  readonly maxMembers: number;
  /** The key for hashes of the clients' secrets: the same on all servers of a chat. */
  readonly hashKey: Uint8Array;
  /** See {@linkcode HeartbeatsOptions.onChange}. */
  readonly onServer?: HeartbeatsOptions["onChange"];
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
  /** The longest wait for a join, in milliseconds. Default: 10,000. */
  readonly joinMs?: number | undefined;
  /** The longest wait until leaves are stored when the server stops. Default: 1,000. */
  readonly closeMs?: number | undefined;
  /** The pause before a failed append or read is repeated, in milliseconds. Default: 100 at first. */
  readonly retryMs?: number | undefined;
  /** The number of entries that a snapshot replaces. Default: 1,000. */
  readonly snapshotEvery?: number | undefined;
  /** Called when an entry cannot be stored or read. */
  readonly onError: (error: unknown) => void;
}

/**
 * The sessions on all servers of a chat. A server appends the join of a session to a journal and
 * waits until the entry comes back: by then it has applied everything before, like all others.
 */
export class Presence implements SharedRosters, NamesElsewhere, AsyncDisposable {
  readonly heartbeats: Heartbeats;
  readonly #options: PresenceOptions;
  readonly #state: PresenceState;
  #journal!: PresenceJournal;
  readonly #events: EventStore;
  /** The ids that this server has or had. The last one is in use. */
  readonly #ids = new Set<string>();
  #id = "";
  #sessions = 0;
  /** The sessions of this server, by the ids of their newest joins. */
  readonly #own = new Map<string, OwnSession>();
  /** Leaves on their way into the journal. */
  readonly #leaving = new Set<Promise<void>>();
  #isClosing = false;
  /** Aborted when nothing more is stored. */
  readonly #closing = new AbortController();

  private constructor(options: PresenceOptions) {
    this.#options = options;
    this.#takeNewId();
    this.#events = new EventStore({
      engine: options.engine,
      append: (event) => this.#journal.append(event),
      retryMs: options.retryMs ?? RETRY_MS,
      onError: options.onError,
      signal: this.#closing.signal,
    });
    this.#state = new PresenceState({ onEnd: ({ join }, reason) => this.#end(join, reason) });
    this.heartbeats = new Heartbeats({
      ...{ engine: options.engine, now: options.now, onError: options.onError },
      id: () => this.#id,
      onChange: options.onServer,
      isGone: (server) => this.#state.isGone(server),
      onDead: (server) => this.#reportDead(server),
    });
  }

  /**
   * Reads which sessions are on the other servers, and follows them.
   *
   * @throws {ChatError} `unavailable`, if that fails as long as `attempts` allows.
   */
  static async open(options: PresenceOptions, attempts = new Attempts({})): Promise<Presence> {
    const presence = new Presence(options);
    const { engine, retryMs = RETRY_MS, snapshotEvery = 1_000 } = options;
    const opening = PresenceJournal.open({
      journal: engine.journals.presence,
      state: presence.#state,
      maxEntryBytes: () => engine.maxEntryBytes,
      ...{ retryMs, snapshotEvery },
      onApplied: (event, verdict) => presence.#onApplied(event, verdict),
      onRead: () => presence.#onRead(),
      onError: options.onError,
      signal: presence.#closing.signal,
    }, attempts);
    presence.#journal = await opening.catch((error) => {
      presence.heartbeats[Symbol.dispose]();
      presence.#closing.abort();
      throw error;
    });
    return presence;
  }

  /** The id of this server. It changes if the others took it for dead. */
  get id(): string {
    return this.#id;
  }

  open(key: string, onChange: () => void): OpenRoster {
    return this.#state.open(key, onChange);
  }

  async join(room: string, session: EnteringSession, signal: AbortSignal): Promise<EnteredSession> {
    const own = new OwnSession(room, session);
    this.#publish(own);
    try {
      const replaced = await own.waitToEnter(signal, this.#options.joinMs ?? JOIN_MS);
      return { replaced, leave: (reason) => this.#leave(own, reason) };
    } catch (error) {
      this.#leave(own, "left");
      throw error;
    }
  }

  occupied(): ReadonlyMap<string, OccupiedRoom> {
    return this.#state.occupied();
  }

  listen(listener: OccupancyListener): Disposable {
    return this.#state.listen(listener);
  }

  findGuest(name: string): string | undefined {
    const isGuest = ({ key, join }: Member) => key === undefined && !this.#ids.has(join.server);
    return this.#state.alike(name).find(({ holder }) => [...holder].some(isGuest))?.name;
  }

  isUsedBy(key: string, name: string): boolean {
    const isOther = (member: Member) => member.key === key && !this.#ids.has(member.join.server);
    return this.#state.alike(name).some((entry) =>
      foldName(entry.name) === foldName(name) && [...entry.holder].some(isOther)
    );
  }

  /** Waits until the leaves of all sessions are stored, but not for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.heartbeats[Symbol.dispose]();
    const { closeMs = 1_000 } = this.#options;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closeMs);
    const leave = async () => {
      await Promise.all(this.#leaving);
      await this.#events.store({ type: "gone", server: this.#id });
    };
    await Promise.race([leave(), late]);
    clearTimeout(timer);
    this.#closing.abort();
  }

  /** Appends the join of a session, under the id that this server has now. */
  #publish(own: OwnSession): void {
    const { room, session: { name, key, guest, client, attempt, unlisted } } = own;
    const { hashKey, maxMembers } = this.#options;
    const join: SessionJoin = {
      ...{ type: "join", server: this.#id, session: ++this.#sessions, room, name, key, guest },
      // The secret itself would let every server's operator take over the session.
      client: createHmac("sha256", hashKey).update(client).digest("base64url"),
      ...{ attempt, unlisted, maxMembers },
    };
    own.join = join;
    this.#own.set(idOf(join), own);
    own.storing = this.#events.store(join, (error) => {
      // Members stay. Rosters are incomplete until the engine has space again.
      if (error instanceof EngineFull && !own.hasEntered) this.#end(join, error);
      return own.join === join;
    });
  }

  /** Returns false if another session has replaced this one, or it was refused. */
  #leave(own: OwnSession, reason: string): boolean {
    const { join } = own;
    if (!join || !this.#own.delete(idOf(join))) return false;
    own.join = undefined;
    this.#publishLeave(join, reason, own.storing);
    if (this.#own.size === 0 && this.#events.isFailing) this.#leaveTogether();
    return true;
  }

  /** Lets the sessions leave by one event, instead of one for each. */
  #leaveTogether(): void {
    void this.#events.store({ type: "gone", server: this.#id });
    this.#takeNewId();
  }

  #publishLeave({ server, session }: SessionJoin, reason: string, after?: Promise<void>): void {
    const leave = async () => {
      await after; // Otherwise it could be stored before the join.
      // The sessions of an id that is not in use any more leave together.
      await this.#events.store(
        { type: "leave", server, session, reason },
        () => server === this.#id,
      );
    };
    const leaving = leave().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #onApplied(event: PresenceEvent, verdict: Verdict | undefined): void {
    if (event.type === "lost") return this.#joinAgain();
    if (event.type === "gone") return this.#onGone(event.server);
    if (!this.#ids.has(event.server)) return this.heartbeats.expect(event.server);
    if (event.type === "join" && verdict) this.#onVerdict(event, verdict);
    void this.#journal?.compact();
  }

  #onVerdict(join: SessionJoin, verdict: Verdict): void {
    const own = this.#own.get(idOf(join));
    if ("refused" in verdict) {
      this.#end(join, verdict.refused);
      // A server of another version may have let it in, by other rules for names that look alike.
      this.#publishLeave(join, "left");
    } else if (own) own.accept(verdict.replaced);
    // It has left meanwhile, or its join was stored twice, and refused once.
    else if (join.server === this.#id) this.#publishLeave(join, "left");
  }

  /** Ends a session of this server that is no longer in the room, or was refused. */
  #end(join: SessionJoin, reason: ChatError): void {
    const own = this.#own.get(idOf(join));
    if (!own) return;
    this.#own.delete(idOf(join));
    own.join = undefined;
    own.end(reason);
  }

  /**
   * Lets the sessions of a dead server leave. It is tried once: if it is not stored, the server
   * counts as dead again only after another time of silence, in which it could have been heard.
   */
  #reportDead(server: string): void {
    this.#journal.append({ type: "gone", server }).catch((error) => {
      if (!(error instanceof UnknownOutcome)) this.#options.onError(error);
    });
  }

  #onGone(server: string): void {
    this.heartbeats.forget(server);
    if (server === this.#id) this.#joinAgain();
  }

  /** Joins again with all sessions, which the others have dropped. */
  #joinAgain(): void {
    if (this.#isClosing) return;
    this.#takeNewId();
    const all = [...this.#own.values()];
    this.#own.clear();
    for (const own of all) this.#publish(own);
  }

  #onRead(): void {
    // The verdicts on its own joins may be among the entries that this server has missed.
    if (this.#journal && !this.#isClosing) {
      void this.#events.store({ type: "gone", server: this.#id });
      this.#joinAgain();
    }
    for (const server of this.#state.servers()) {
      if (!this.#ids.has(server)) this.heartbeats.expect(server);
    }
  }

  #takeNewId(): void {
    this.#id = crypto.randomUUID();
    this.#ids.add(this.#id);
  }
}
