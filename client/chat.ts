import type { ModerationCommand, Stat } from "../room/moderation.ts";
import type { NoteKind } from "../room/note.ts";
import type { OwnedName } from "../room/owned_name.ts";
import type { RoomList } from "../room/room_list.ts";
import type { ReportedSanction } from "../room/sanctions.ts";
import type { Since } from "../text/since.ts";
import type { ChatEvent, Position, ShownNote } from "./chat_event.ts";

export type * from "./chat_event.ts";

/** The options of {@linkcode Chat.say}. */
export interface SayOptions {
  /** The kind of the note. Default: `whisper` with a recipient, which it needs, and else `said`. */
  readonly kind?: NoteKind | undefined;
  /** The recipient of a private note: a name, or `~` and the name of a person without a key. */
  readonly to?: string | undefined;
}

/** The options of {@linkcode Chat.leave}. */
export interface LeaveOptions {
  /** The longest wait for the answers to what was said, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
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

/** The options of {@linkcode Chat.open}. */
export interface OpenOptions {
  /** The room. It is created if it does not exist. */
  readonly room: string;
  /** The number of the room's newest notes to start with. Default: all of them. */
  readonly last?: number | undefined;
  /**
   * The note to start after, as an event of an earlier chat in the same room had it. If it is given,
   * `last` is ignored, so a first run may have another start. Default: none.
   */
  readonly after?: Position | undefined;
  /** Leaves the new chat when aborted. Default: it is left by {@linkcode Chat.leave} alone. */
  readonly signal?: AbortSignal | undefined;
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
  /** The oldest note to look at. Default: the oldest of the room. */
  readonly since?: Since | undefined;
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

/** The server's answer to a command. */
export interface ModerationResult {
  /** The effect, in words. */
  readonly words: string;
  /** All sanctions, if the command lists them. */
  readonly sanctions: readonly ReportedSanction[];
  /** The stats of the server, if the command asks for them. */
  readonly stats: readonly Stat[];
  /** The names that have owners, or our own, if the command lists them. */
  readonly names: readonly OwnedName[];
}

/**
 * A chat in one room under one name. It was connected when it was made, and reconnects until it is
 * left: by {@linkcode Chat.leave}, by disposing of it, or by the signal with which it was joined.
 */
export interface Chat extends AsyncDisposable {
  /**
   * Yields the events until the chat is left, from `connected` on. Call it once. Breaking off the
   * loop over them leaves the chat, as {@linkcode Chat.leave} does.
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
   * undefined if the server does not say. Texts are accepted in the order of the calls, which need
   * not be awaited. Up to 10,000 texts, or 64 Mi characters, may be unanswered.
   *
   * When the server limits the rate, the chat waits, and says the text again before all later ones;
   * see `pace` of {@linkcode JoinOptions}.
   *
   * @throws {ChatError} when it was not accepted, with the reason: `too_large`, `forbidden` for
   *   somebody who is muted, `missing` for an unknown recipient, `unavailable` if too much is
   *   unanswered or the chat is left, and so on. Without `pace`, `limited`, with the wait `retryMs`.
   *   Keeping the text is up to the caller.
   */
  say(message: string, options?: SayOptions): Promise<number | undefined>;

  /**
   * Leaves the chat gently: ends the events at once, refuses further texts, waits until the server
   * has answered everything said, and disconnects. Resolves once the chat is left; never throws.
   * Texts without an answer by then are rejected. Events that were not read are dropped; a chat that
   * joins `after` the last position read gets their notes.
   *
   * Aborting the signal with which the chat was joined leaves it too, but waits for answers for one
   * second, and not at all without a connection. The events end after those that were received.
   */
  leave(options?: LeaveOptions): Promise<void>;

  /** Leaves the chat: `await using chat = await join(…)` calls {@linkcode Chat.leave} at its end. */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * Lists the rooms of the server.
   *
   * @throws {ChatError} `unavailable` without a connection; `unsupported`, if the server has no list.
   */
  rooms(): Promise<RoomList>;

  /**
   * Sets the topic of the room, or removes it if `text` is empty. Resolves once the server has stored
   * it. Operators lock it by {@linkcode Chat.order}.
   *
   * @param text One line of up to 300 characters.
   * @throws {ChatError} `invalid`, if it breaks that rule; `forbidden`, if we have no key, are not a
   * member of the room, are muted, or the topic is locked; `missing`, if there is none to remove;
   * `limited`, with `retryMs`, if topics change too fast; `unavailable` without a connection;
   * `unsupported`, if the server keeps no topics.
   */
  setTopic(text: string): Promise<void>;

  /**
   * Has the server execute a command: for operators kick, ban, mute, list, remove, lock and so on;
   * for everybody with a key `own`, which lists the names of the key, and `drop`, which gives one
   * back.
   *
   * @throws {ChatError} `forbidden`, if we are not an operator; `missing`, if the target does not
   * exist, or the name is not ours; `taken`, if we use the name; `limited`, with `retryMs`, after too
   * many commands; `unavailable` without a connection; `unsupported`, if the server does not know it.
   */
  order(command: ModerationCommand): Promise<ModerationResult>;

  /**
   * Searches the notes of the room that we may see. Yields those that are found, newest first, as the
   * server finds them, and returns how far it has searched. The search begins with the first read,
   * and the loop over it may be broken off. Searches are answered in order. The notes have the
   * mark `own`, and never `backlog`.
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

  /**
   * Joins another room of the server, as the same person, with the options of this chat and over its
   * connection. Resolves with the chat there once that is connected. Each chat has its own events,
   * and leaving one does not leave the other.
   *
   * @throws {ChatError} when the server refuses it, or cannot be reached in time; `unsupported`, if
   * it has one room.
   * @throws the reason of `signal`, once it is aborted.
   */
  open(options: OpenOptions): Promise<Chat>;
}
