import type { ModerationCommand, Stat } from "../room/moderation.ts";
import type { Note, NoteKind } from "../room/note.ts";
import type { OwnedName } from "../room/owned_name.ts";
import type { RoomList } from "../room/room_list.ts";
import type { Sanction } from "../room/sanctions.ts";

/** A note as a chat shows it. A field is missing if the server does not report it. */
export interface ShownNote
  extends Omit<Note, "seq" | "time" | "author" | "reader">, Partial<Pick<Note, "seq" | "time">> {
  /**
   * Whether a private note went to the key that owned the recipient's name; missing if the server
   * does not report it.
   */
  readonly toVerified?: boolean;
}

/** A position in a room, and the sequence of positions that it belongs to. */
export interface Position {
  /** Names the sequence: positions of another one mean something else. */
  readonly history: string;
  /** The position; 0 is before the first note. */
  readonly seq: number;
}

/** Notes of a room that are to come. */
export interface Pending {
  /** The position that they begin at. */
  readonly from: number;
  /** How many there are; whispers between others are not among them. */
  readonly count: number;
}

/** Somebody who is in a room. */
export interface Person {
  /** The name that they speak under. */
  readonly name: string;
  /** Whether they have proven that the name is theirs; missing where the server does not tell. */
  readonly verified?: boolean;
  /** How many sessions they have in the room. Default 1. */
  readonly sessions?: number;
}

/** What happens in a chat, in the order in which to show it. */
export type ChatEvent =
  /** The server is there, for the first time or again. */
  | {
    readonly type: "connected";
    /** The room and the name as the server took them. */
    readonly room: string;
    readonly name: string;
    /**
     * The contract that the server speaks. The original one knows one room, notes without
     * position, time or kind, and no members.
     */
    readonly contract: "session" | "original";
    /** All who are in the room; none where the server does not tell. */
    readonly members: readonly Person[];
    /** The newest note of the room; missing where the server does not tell. */
    readonly head?: Position;
    /** The notes up to the head that are to come; missing where the server does not tell. */
    readonly pending?: Pending;
  }
  /** Notes, each once and in the order of the room: those of others, and one's own. */
  | { readonly type: "notes"; readonly notes: readonly ShownNote[] }
  /** So many notes in this place are gone: the server no longer had them. */
  | { readonly type: "lost"; readonly count: number }
  /** Somebody joined, left, or took another name. */
  | { readonly type: "joined" } & Person
  | { readonly type: "left"; readonly reason: string } & Person
  | { readonly type: "renamed"; readonly was: string } & Person
  /** Somebody who is here has another number of sessions. */
  | { readonly type: "sessions" } & Person
  /** Everybody who is in the room; replaces what was known. */
  | { readonly type: "members"; readonly members: readonly Person[] }
  /** The server is gone or not reachable; the next attempt comes in `retryMs` milliseconds. */
  | { readonly type: "disconnected"; readonly reason: string; readonly retryMs: number };

/** How something is said. */
export interface SayOptions {
  /** How it is meant. Default `said`. */
  readonly kind?: NoteKind;
  /** To whom, if it is a whisper. */
  readonly to?: string;
}

/** Where to go on from a chat; what is left out stays as it is. */
export interface MoveOptions {
  /** The name to speak under. */
  readonly name?: string;
  /** The room. */
  readonly room?: string;
  /** With how many of the room's newest notes to start. */
  readonly last?: number;
  /** Behind which note to start, in the same room and without `last`. Default: where the other chat stands. */
  readonly after?: Position;
  /** Leaves the new chat when aborted. */
  readonly signal: AbortSignal;
}

/** What became of an order. */
export interface ModerationResult {
  /** What was done. */
  readonly words: string;
  /** All sanctions that hold, if the order was to list them. */
  readonly sanctions: readonly Sanction[];
  /** How the server is, if the order was to tell that. */
  readonly figures: readonly Stat[];
  /** The names that belong to somebody, if the order was to list them. */
  readonly names: readonly OwnedName[];
}

/** A place in a chat: what a front end shows and where it says things. */
export interface Chat {
  /**
   * Connects, and yields what happens until the chat is left. Call it once, and keep
   * reading: the connection lives by that.
   *
   * @throws {ChatError} when the server was never reached, or will not have us; `replaced`
   * once another chat has taken this one's place.
   */
  events(): AsyncIterable<ChatEvent>;

  /**
   * Says something, and resolves with its position once the server has accepted it; with
   * nothing where the server does not tell. What is said is accepted in the order of the calls.
   *
   * @throws {ChatError} when it was not: the words say why, and the text is the caller's to keep.
   */
  say(message: string, manner?: SayOptions): Promise<number | undefined>;

  /**
   * Asks which rooms there are.
   *
   * @throws {ChatError} `unavailable` without a connection, `unsupported` if the server cannot tell.
   */
  rooms(): Promise<RoomList>;

  /**
   * Has the server send somebody away, keep them out or quiet, or let them be again; or tell
   * whom that holds for, or how it is itself. It does so for those whom it knows as its operators.
   *
   * @throws {ChatError} `forbidden` for all others; `missing`, if there is nobody whom it
   * concerns; `unavailable` without a connection; `unsupported`, if the server cannot do that.
   */
  order(command: ModerationCommand): Promise<ModerationResult>;

  /**
   * Makes a chat of the same person that takes the place of this one once it connects: under
   * another name, in another room, or further back. Until then this one goes on; it is for the
   * caller to leave it, once nothing that was said there waits for its answer.
   *
   * @throws {ChatError} `invalid`, if a name is; `unsupported`, if the server cannot do that.
   */
  move(to: MoveOptions): Chat;
}
