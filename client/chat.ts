import type { ModerationCommand, Stat } from "../room/moderation.ts";
import type { Note, NoteKind } from "../room/note.ts";
import type { OwnedName } from "../room/owned_name.ts";
import type { Person } from "../room/person.ts";
import type { RoomList } from "../room/room_list.ts";
import type { ReportedSanction } from "../room/sanctions.ts";

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
  /** The name of the sequence. Positions of different sequences cannot be compared. */
  readonly history: string;
  /** The position; 0 is before the first note. */
  readonly seq: number;
}

/** Notes of a room that are about to arrive. */
export interface Pending {
  /** The position of the first one. */
  readonly from: number;
  /** Their number, without private notes between others. */
  readonly count: number;
}

/** An event of a chat. Events come in the order in which to show them. */
export type ChatEvent =
  /** The server is connected, for the first time or again. */
  | {
    readonly type: "connected";
    /** The address of the server. */
    readonly address: string;
    /** The room and the name as the server spells them. */
    readonly room: string;
    readonly name: string;
    /**
     * The contract that the server speaks. The original one has one room, no members, and notes
     * without positions, times and kinds.
     */
    readonly contract: "session" | "original";
    /** Everybody in the room; empty if the server does not say. */
    readonly members: readonly Person[];
    /** The newest note of the room; missing if the server does not say. */
    readonly head?: Position;
    /** The notes up to the head that are about to arrive; missing if the server does not say. */
    readonly pending?: Pending;
    /** True if the room does not exist yet, and the chat waits for it. */
    readonly awaited?: boolean;
    /** Whether we are an operator of the server; missing if the server does not say. */
    readonly operator?: boolean;
  }
  /** Notes of everybody, one's own included: each once, and in the order of the room. */
  | { readonly type: "notes"; readonly notes: readonly ShownNote[] }
  /**
   * Notes are missing at this point, because the server has dropped them. With `earlier` they are
   * the oldest ones of a room that we have just joined, so that we have not missed them.
   */
  | { readonly type: "lost"; readonly count: number; readonly earlier?: boolean }
  /** Somebody joined, left, or changed their name. */
  | { readonly type: "joined" } & Person
  | { readonly type: "left"; readonly reason: string } & Person
  | { readonly type: "renamed"; readonly was: string } & Person
  /** The number of somebody's sessions changed. */
  | { readonly type: "sessions" } & Person
  /** Everybody in the room; replaces the previous list. */
  | { readonly type: "members"; readonly members: readonly Person[] }
  /**
   * An operator has muted us, for `spanMs` milliseconds if the mute ends, or has lifted the mute.
   * Older servers do not say so. The operator's name is empty if it is unknown.
   */
  | {
    readonly type: "muted";
    readonly by: string;
    readonly reason: string;
    readonly spanMs?: number;
  }
  | { readonly type: "unmuted"; readonly by: string }
  /**
   * The server at `address` is not reachable; the next attempt starts in `retryMs` milliseconds, at
   * the address `next`.
   */
  | {
    readonly type: "disconnected";
    readonly address: string;
    readonly reason: string;
    readonly retryMs: number;
    readonly next: string;
  };

/** The options of {@linkcode Chat.say}. */
export interface SayOptions {
  /** The kind of the note. Default `said`. */
  readonly kind?: NoteKind | undefined;
  /** The recipient of a private note. */
  readonly to?: string | undefined;
}

/** The options of {@linkcode Chat.move}. By default, nothing changes. */
export interface MoveOptions {
  /** The name to speak under. */
  readonly name?: string | undefined;
  /** The room. */
  readonly room?: string | undefined;
  /** The number of the room's newest notes to start with. */
  readonly last?: number | undefined;
  /**
   * The note to start after, in the same room and without `last`. Default: the last one read, or the
   * one before the first to read.
   */
  readonly after?: Position | undefined;
  /** Leaves the new chat when aborted. */
  readonly signal: AbortSignal;
}

/** The notes that a search looks for. */
export interface SearchOptions {
  /**
   * Words and phrases that the message must contain, all of them: as whole words or parts of them,
   * in any case and compatible spelling. At most 16, of up to 200 characters. Default: any message.
   */
  readonly words?: readonly string[] | undefined;
  /** The author's name, in any case. Default: any. */
  readonly name?: string | undefined;
  /**
   * The oldest note to look at, by its position; by the time, in milliseconds since the Unix epoch;
   * or by how many milliseconds ago it was said, by the clock of the server. Default: the oldest.
   */
  readonly since?:
    | { readonly seq: number }
    | { readonly time: number }
    | { readonly agoMs: number }
    | undefined;
  /** Looks only at notes before this position. Default: at all of them. */
  readonly before?: number | undefined;
  /** The most notes to find, 1 to 1,000. Default 50. */
  readonly limit?: number | undefined;
}

/** The end of a search. */
export interface SearchEnd {
  /** The oldest position that was looked at; with `before`, a later search goes on there. */
  readonly searched: number;
  /** Whether the search ended at its limit, so that older notes may match too. */
  readonly more: boolean;
}

/** The server's answer to a command for operators. */
export interface ModerationResult {
  /** The effect, in words. */
  readonly words: string;
  /** All sanctions, if the command lists them. */
  readonly sanctions: readonly ReportedSanction[];
  /** The stats of the server, if the command asks for them. */
  readonly stats: readonly Stat[];
  /** The names that have owners, if the command lists them. */
  readonly names: readonly OwnedName[];
}

/**
 * A chat in one room under one name. It was connected when it was made, and reconnects until it is
 * left.
 */
export interface Chat {
  /**
   * Yields the events until the chat is left, from `connected` on. Call it once. Breaking off the
   * loop over them leaves the chat.
   *
   * The loop may await the server's answers, as in `await chat.say("hello")`. The chat receives up
   * to 10,000 notes, or 8 Mi characters, ahead of its reader, and then flow control stops the
   * server. If an answer is awaited, the chat continues to receive, but drops further events. Once
   * half of the others are read, it connects again (`disconnected`, `connected`) and requests the
   * dropped notes. So memory is bounded, and every note arrives that the server still has. Only
   * `muted` and `unmuted` may be missing then.
   *
   * @throws {ChatError} when the server does not admit us any more; `replaced`, when another chat
   *   has replaced this one.
   */
  events(): AsyncIterable<ChatEvent>;

  /**
   * Says something. Resolves once the server has accepted it: with its position, or with
   * undefined if the server does not say. Texts are accepted in the order of the calls.
   *
   * @throws {ChatError} when it was not accepted, with the reason. Keeping the text is up to the
   * caller.
   */
  say(message: string, options?: SayOptions): Promise<number | undefined>;

  /**
   * Lists the rooms of the server.
   *
   * @throws {ChatError} `unavailable` without a connection; `unsupported`, if the server has no list.
   */
  rooms(): Promise<RoomList>;

  /**
   * Has the server execute a command for operators: kick, ban, mute, list, remove and so on.
   *
   * @throws {ChatError} `forbidden`, if we are not an operator; `missing`, if the target does not
   * exist; `unavailable` without a connection; `unsupported`, if the server does not know it.
   */
  order(command: ModerationCommand): Promise<ModerationResult>;

  /**
   * Searches the notes of the room that we may see. Yields those that are found, newest first, as the
   * server finds them, and returns how far it has searched. The search begins with the first read,
   * and the loop over it may be broken off. Searches are answered in order.
   *
   * @throws {ChatError} `invalid`, if there are too many words, or one is too long; `limited`, with
   * `retryMs`, after too many searches; `unavailable` without a connection; `unsupported`, if the
   * server cannot search.
   * @throws {RangeError} if a number is out of its bounds.
   */
  search(options: SearchOptions): AsyncGenerator<ShownNote, SearchEnd, void>;

  /**
   * Moves to another name, another room, or further back in the history. Resolves with the chat
   * that replaces this one, once that is connected. Until then this one continues. The caller
   * leaves it after the server has answered everything said in it.
   *
   * @throws {ChatError} when the server refuses it, or cannot be reached in time. This chat
   *   continues then.
   * @throws the reason of `signal`, once it is aborted.
   */
  move(to: MoveOptions): Promise<Chat>;
}
