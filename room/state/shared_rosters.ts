import type { Roster, RosterSession } from "./roster.ts";

/** A session that is about to enter a room. */
export interface EnteringSession extends RosterSession {
  /** Whether it only uses its name, and is in no roster. */
  readonly unlisted: boolean;
}

/** A session that has entered a room. */
export interface EnteredSession {
  /** The session of the same client that it has replaced; undefined if there is none. */
  readonly replaced: { readonly name: string } | undefined;
  /**
   * Leaves the room, with the reason. Returns false, without effect, if another session has replaced
   * this one.
   */
  leave(reason: string): boolean;
}

/** The roster of a room that is open on this server. */
export interface OpenRoster extends Disposable {
  readonly roster: Roster;
}

/** A room with sessions on any server. */
export interface OccupiedRoom {
  /** Its name, as the first of the sessions wrote it. */
  readonly name: string;
  /** The number of people in it. */
  readonly people: number;
}

/** Receives which rooms have sessions on any server. */
export interface OccupancyListener {
  /** Called when the first session has entered a room. */
  readonly onOccupied: (key: string, name: string) => void;
  /** Called when the last session has left a room. */
  readonly onEmptied: (key: string) => void;
}

/**
 * The rosters of rooms that several servers share. They are the same on all servers, as each applies
 * the same joins and leaves in the same order. Rooms are given by their folded names.
 */
export interface SharedRosters {
  /** Opens the roster of a room, and calls `onChange` after each change until that is disposed. */
  open(key: string, onChange: () => void): OpenRoster;
  /**
   * Enters a room, once this server has applied all joins and leaves before it.
   *
   * @throws {ChatError} as {@linkcode Roster.join}; `unavailable`, if the servers cannot be reached.
   * @throws the reason of `signal`, once it is aborted.
   */
  join(room: string, session: EnteringSession, signal: AbortSignal): Promise<EnteredSession>;
  /** Returns the rooms with sessions on any server, by their folded names. */
  occupied(): ReadonlyMap<string, OccupiedRoom>;
  /** Listens, and calls `onOccupied` for the rooms that have sessions already. */
  listen(listener: OccupancyListener): Disposable;
}

/** The names in use on the other servers of a chat. */
export interface NamesElsewhere {
  /** Returns a name that looks like `name`, or is the same, and that a guest uses elsewhere. */
  findGuest(name: string): string | undefined;
  /** Whether a key uses a name elsewhere. */
  isUsedBy(key: string, name: string): boolean;
}
