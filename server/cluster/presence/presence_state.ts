import { type IndexedName, NameIndex } from "../../../room/confusable.ts";
import { ChatError } from "../../../room/errors.ts";
import { foldName } from "../../../room/note.ts";
import type { OccupancyListener, OccupiedRoom } from "../../../room/state/shared_rosters.ts";
import { Roster, type RosterSession } from "../../../room/state/roster.ts";
import { isText, listOf, objectOf } from "../shape.ts";
import {
  isJoin,
  type PresenceEvent,
  type ServerGone,
  type SessionJoin,
  type SessionLeave,
} from "./presence_event.ts";

/** A session that has entered, on any server. */
export interface Member extends RosterSession {
  readonly join: SessionJoin;
}

/** The result of a join: whether it has entered, and which session it has replaced. */
export type Verdict = { readonly replaced?: Member | undefined } | { readonly refused: ChatError };

/** A room with sessions, or one that is open on this server. */
interface SharedRoom {
  /** As the first of its sessions wrote it. */
  name: string;
  readonly roster: Roster;
  readonly members: Set<Member>;
  readonly listeners: Set<() => void>;
}

/** Everything that the journal has led to, for servers that begin to read after it. */
export interface PresenceSnapshot {
  readonly gone: readonly string[];
  readonly rooms: readonly {
    readonly name: string;
    /** The people in the order of the roster. */
    readonly people: readonly { readonly name: string; readonly joins: readonly SessionJoin[] }[];
    readonly unlisted: readonly SessionJoin[];
  }[];
}

const isPerson = objectOf({ name: isText, joins: listOf(isJoin) });

/** Whether a value is a snapshot. */
export const isSnapshot = objectOf({
  gone: listOf(isText),
  rooms: listOf(objectOf({ name: isText, people: listOf(isPerson), unlisted: listOf(isJoin) })),
});

/** The snapshot of a state without sessions. */
export const EMPTY: PresenceSnapshot = { gone: [], rooms: [] };

/** The dependencies of the state. */
export interface PresenceStateOptions {
  /** Called when a session is replaced by another one of the same client. */
  readonly onEnd: (member: Member, reason: ChatError) => void;
}

/** The reason why the people of a server that does not answer have left. */
const UNREACHABLE = "server unreachable";

/** The most servers that are remembered as gone: their last entries may arrive late. */
const MAX_GONE = 1_000;

/** The sessions on all servers. It depends on nothing but the journal's entries and their order. */
export class PresenceState {
  readonly #options: PresenceStateOptions;
  readonly #rooms = new Map<string, SharedRoom>();
  readonly #members = new Map<string, Member>();
  readonly #byServer = new Map<string, Set<Member>>();
  readonly #byName = new NameIndex<Set<Member>>();
  readonly #gone = new Set<string>();
  readonly #listeners = new Set<OccupancyListener>();

  constructor(options: PresenceStateOptions) {
    this.#options = options;
  }

  /** Applies an entry, and returns the verdict on a join. */
  apply(event: PresenceEvent): Verdict | undefined {
    switch (event.type) {
      case "join":
        return this.#join(event);
      case "leave":
        return this.#leave(event);
      case "gone":
        return this.#end(event);
      case "lost":
        this.restore(EMPTY);
        return undefined;
    }
  }

  /** The number of sessions. */
  get size(): number {
    return this.#members.size;
  }

  /** Whether a server is gone. */
  isGone(server: string): boolean {
    return this.#gone.has(server);
  }

  /** The servers that have sessions. */
  servers(): Iterable<string> {
    return this.#byServer.keys();
  }

  /** Returns the sessions whose name looks like `name`, or is the same. */
  alike(name: string): IndexedName<ReadonlySet<Member>>[] {
    return [...this.#byName.confusables(name)];
  }

  /** Returns the rooms with sessions. */
  occupied(): Map<string, OccupiedRoom> {
    const rooms = [...this.#rooms].filter(([, { members }]) => members.size > 0);
    return new Map(rooms.map(([key, { name, roster }]) => [key, { name, people: roster.size }]));
  }

  /** Listens to which rooms have sessions. */
  listen(listener: OccupancyListener): Disposable {
    this.#listeners.add(listener);
    for (const [key, { name }] of this.occupied()) listener.onOccupied(key, name);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Opens the roster of a room, which calls `onChange` after each change. */
  open(key: string, onChange: () => void): Disposable & { readonly roster: Roster } {
    const room = this.#room(key);
    const listener = () => onChange(); // A function of its own for each caller.
    room.listeners.add(listener);
    return {
      roster: room.roster,
      [Symbol.dispose]: () => {
        room.listeners.delete(listener);
        this.#close(key, room);
      },
    };
  }

  /** Returns everything that {@linkcode restore} needs. */
  snapshot(): PresenceSnapshot {
    const rooms = Array.from(this.#rooms.values().filter(({ members }) => members.size > 0));
    return {
      gone: [...this.#gone],
      rooms: rooms.map(({ name, roster, members }) => ({
        name,
        people: roster.entries().map(({ name, sessions }) => ({
          name,
          joins: sessions.map((session) => (session as Member).join),
        })),
        unlisted: Array.from(members, ({ join }) => join).filter((join) => join.unlisted),
      })),
    };
  }

  /** Replaces everything by a snapshot. */
  restore({ gone, rooms }: PresenceSnapshot): void {
    for (const member of [...this.#members.values()]) this.#forget(member);
    this.#gone.clear();
    for (const server of gone) this.#gone.add(server);
    for (const { name, people, unlisted } of rooms) {
      const room = this.#room(name);
      room.name = name;
      const entries = people.map(({ name, joins }) => ({
        name,
        sessions: joins.map((join) => this.#remember(room, join)),
      }));
      for (const join of unlisted) this.#remember(room, join);
      room.roster.restore(entries);
    }
    for (const [key, room] of this.#rooms) {
      if (room.members.size === 0) room.roster.restore([]);
      this.#close(key, room);
    }
  }

  #join(join: SessionJoin): Verdict | undefined {
    // An entry of a server that was only stopped may be late, and one may have been stored twice.
    if (this.#gone.has(join.server) || this.#members.has(idOf(join))) return undefined;
    const room = this.#room(join.room);
    const member = this.#toMember(join);
    try {
      const replaced = join.unlisted ? undefined : room.roster.join(member, join.maxMembers);
      if (room.members.size === 0) room.name = join.room;
      this.#remember(room, join, member);
      if (replaced) this.#forget(replaced as Member);
      return { replaced: replaced as Member | undefined };
    } catch (error) {
      this.#close(foldName(join.room), room);
      if (!(error instanceof ChatError)) throw error;
      return { refused: error };
    }
  }

  #leave(leave: SessionLeave): undefined {
    const member = this.#members.get(idOf(leave));
    if (member) this.#remove(member, leave.reason);
  }

  #end({ server }: ServerGone): undefined {
    this.#gone.add(server);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= MAX_GONE) break;
      this.#gone.delete(oldest);
    }
    for (const member of [...this.#byServer.get(server) ?? []]) this.#remove(member, UNREACHABLE);
  }

  #remove(member: Member, reason: string): void {
    const room = this.#room(member.join.room);
    if (!member.join.unlisted) room.roster.leave(member, reason);
    this.#forget(member);
  }

  #toMember(join: SessionJoin): Member {
    const { name, key, guest, client, attempt } = join;
    const end = (reason: ChatError) => this.#options.onEnd(member, reason);
    const member: Member = { name, key, guest, client, attempt, end, join };
    return member;
  }

  /** Adds a session to all indexes, but not to the roster. */
  #remember(room: SharedRoom, join: SessionJoin, member = this.#toMember(join)): Member {
    const { server, name } = join;
    this.#members.set(idOf(join), member);
    this.#byServer.set(server, (this.#byServer.get(server) ?? new Set()).add(member));
    (this.#byName.get(name) ?? this.#byName.add(name, new Set())).holder.add(member);
    if (room.members.add(member).size > 1) return member;
    for (const { onOccupied } of this.#listeners) onOccupied(foldName(room.name), room.name);
    return member;
  }

  /** Removes a session from all indexes, but not from the roster. */
  #forget(member: Member): void {
    const { server, name, room } = member.join;
    this.#members.delete(idOf(member.join));
    deleteFrom(this.#byServer, server, member);
    const alike = this.#byName.get(name)!.holder;
    alike.delete(member);
    if (alike.size === 0) this.#byName.delete(name);
    const key = foldName(room);
    const shared = this.#rooms.get(key)!;
    shared.members.delete(member);
    if (shared.members.size > 0) return;
    for (const { onEmptied } of this.#listeners) onEmptied(key);
    this.#close(key, shared);
  }

  #room(name: string): SharedRoom {
    const key = foldName(name);
    const existing = this.#rooms.get(key);
    if (existing) return existing;
    const listeners = new Set<() => void>();
    const roster = new Roster(Infinity, () => {
      for (const listener of listeners) listener();
    });
    const room = { name, roster, members: new Set<Member>(), listeners };
    this.#rooms.set(key, room);
    return room;
  }

  /** Forgets a room without sessions that is not open. */
  #close(key: string, room: SharedRoom): void {
    if (room.members.size > 0 || room.listeners.size > 0) return;
    if (this.#rooms.get(key) === room) this.#rooms.delete(key);
  }
}

/** Identifies a session on all servers. */
export function idOf({ server, session }: Pick<SessionJoin, "server" | "session">): string {
  return `${server}/${session}`;
}

function deleteFrom<T>(sets: Map<string, Set<T>>, key: string, item: T): void {
  const set = sets.get(key);
  set?.delete(item);
  if (set?.size === 0) sets.delete(key);
}
