import type { NoteKind } from "../room/note.ts";

/** A note as a chat shows it. Position and time are unknown where the server does not tell. */
export interface ShownNote {
  /** The name of who said it. */
  readonly name: string;
  /** What was said. */
  readonly message: string;
  /** How it was meant. */
  readonly kind: NoteKind;
  /** The position in the room. */
  readonly seq?: number;
  /** When the server took it, in milliseconds since the Unix epoch. */
  readonly time?: number;
}

/** What happens in a chat, in the order in which to show it. */
export type ChatEvent =
  /**
   * The server is there, for the first time or again. `members` are the names of all who
   * are in the room; it is missing where the server does not tell.
   */
  | { readonly type: "connected"; readonly room: string; readonly members?: readonly string[] }
  /** Notes, each once and in the order of the room: those of others, and one's own. */
  | { readonly type: "notes"; readonly notes: readonly ShownNote[] }
  /** So many notes in this place are gone: the server no longer had them. */
  | { readonly type: "lost"; readonly count: number }
  /** Somebody joined or left. */
  | { readonly type: "joined"; readonly name: string }
  | { readonly type: "left"; readonly name: string; readonly reason: string }
  /** Everybody who is in the room; replaces what was known. */
  | { readonly type: "members"; readonly members: readonly string[] }
  /** The server is gone or not reachable; the next attempt comes in `retryMs` milliseconds. */
  | { readonly type: "disconnected"; readonly reason: string; readonly retryMs: number };

/** A place in a chat: what a front end shows and where it says things. */
export interface Chat {
  /**
   * Connects, and yields what happens until the chat is left. Call it once, and keep
   * reading: the connection lives by that.
   *
   * @throws {ChatError} when the server was never reached, or will not have us.
   */
  events(): AsyncIterable<ChatEvent>;

  /**
   * Says something, and resolves once the server has accepted it. What is said is accepted
   * in the order of the calls.
   *
   * @throws {ChatError} when it was not: the words say why, and the text is the caller's to keep.
   */
  say(message: string, kind?: NoteKind): Promise<void>;
}
