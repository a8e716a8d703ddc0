/**
 * What several servers of one chat share: journals, which keep order, and messages, which do not.
 * An engine provides both; nothing outside its own module knows which one.
 *
 * @module
 */

import type { ChatError } from "../../room/errors.ts";

/** An entry of a journal. */
export interface Entry {
  /** Its position: an integer of at least 1 that grows, with gaps where entries were deleted. */
  readonly seq: number;
  /** The key that it is stored under. */
  readonly key: string;
  readonly data: Uint8Array;
  /** The time at which the engine stored it, in milliseconds since the Unix epoch. */
  readonly time: number;
}

/** The conditions of an append. */
export interface AppendOptions {
  /**
   * Appends only if the newest entry of the scope has this position; 0 if there is none. The scope
   * is the whole journal, or the entries of the same key. Deleted entries count for the journal, so
   * that `last` is its `seen`, but not for a key. Default: appends in any case.
   */
  readonly expected?: { readonly last: number; readonly scope: "key" | "journal" } | undefined;
  /** The time after which the entry is deleted, in milliseconds, at least 1,000. Default: never. */
  readonly ttlMs?: number | undefined;
}

/**
 * A sequence of entries that all servers see in the same order.
 *
 * At first `seen` is the position of the newest stored entry. A reader that needs all entries, each
 * once, first listens and keeps what arrives; then it reads until `read()` returns fewer than
 * `most`, which has everything up to `seen`; then it goes on with what it kept, without the
 * positions that it has read.
 */
export interface Journal {
  /** The position up to which all entries have been passed to this server's listeners. */
  readonly seen: number;
  /**
   * Appends an entry and returns its position. Listeners receive it like those of other servers,
   * before or after this resolves.
   *
   * @param key Letters, digits, `-`, `_` and `.`; at most 1,000 characters.
   * @throws {Conflict} if `expected` does not hold; then it is not stored.
   * @throws {UnknownOutcome} if the engine did not answer: it may be stored, now or a little later.
   * @throws {ChatError} `unavailable`, if the engine refused it; `lost`, if it has lost entries.
   */
  append(key: string, data: Uint8Array, options?: AppendOptions): Promise<number>;
  /**
   * Reads stored entries from the position `from` on, oldest first, at most `most` of them. It has
   * all that are not newer than `seen` at the call. It may miss newer ones: the answer may come from
   * a node that does not have them yet.
   *
   * @param key Reads entries of this key only. Default: of all.
   * @throws {ChatError} `unavailable`, if the engine does not answer; `lost`, if it has lost entries.
   */
  read(from: number, most: number, key?: string): Promise<Entry[]>;
  /**
   * Returns the position of the newest entry of a key, or 0 if there is none. Unlike `read()`, it
   * never misses one whose append had resolved before the call.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer; `lost`, if it has lost entries.
   */
  newest(key: string): Promise<number>;
  /**
   * Returns the position of the newest entry that the journal ever had, as reliably as `newest()`.
   * Callers at the same time share one question.
   *
   * @throws {ChatError} as `newest()`.
   */
  last(): Promise<number>;
  /**
   * Calls `onEntry` for each entry after `seen`, in order, each once. Entries are missing that were
   * deleted before this server received them, because it was not connected.
   *
   * @param key Only for entries of this key. Default: of all.
   */
  listen(onEntry: (entry: Entry) => void, key?: string): Disposable;
  /**
   * Waits until this server has `seen` the position `seq`.
   *
   * @throws the reason of `signal`, once it is aborted.
   */
  reach(seq: number, signal?: AbortSignal): Promise<void>;
  /**
   * Checks that the journal still has an entry that this server had before its start, unless it was
   * deleted. Otherwise the engine has lost entries, which is reported, too.
   *
   * @param isSame Whether the entry at that position is the one that this server had.
   * @throws {ChatError} `lost`, if it does not have it; `unavailable`, if the engine does not answer.
   */
  confirm(seq: number, isSame: (entry: Entry) => boolean): Promise<void>;
  /**
   * Deletes the entries of a key before the position `before`; none is an error.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer.
   */
  purge(key: string, before: number): Promise<void>;
}

/** The journals of a chat. */
export interface Journals {
  /** The notes of all rooms; a key for each room. */
  readonly notes: Journal;
  /** The newest entry of each key: rooms, owned names, sanctions. */
  readonly state: Journal;
  /**
   * Joins and leaves of sessions: all entries, until they are purged. Their positions have no gaps
   * besides purged entries, so that a reader notices if it has missed any.
   */
  readonly presence: Journal;
}

/** The figures of an engine, for operators. */
export interface EngineFigures {
  /** The number of entries that the engine has and this server has not seen. */
  readonly behind: number;
  /** The number of appends that were refused because of newer entries. */
  readonly conflicts: number;
  /** The number of times that missed entries were read again. */
  readonly repairs: number;
  /** The engine's time minus this machine's, in milliseconds; undefined until it is known. */
  readonly clockOffsetMs: number | undefined;
}

/** Connects a server with the other servers of its chat. */
export interface Engine extends AsyncDisposable {
  readonly journals: Journals;
  /** The name of the chat, under which there may be another chat later. */
  readonly name: string;
  /** The most bytes of one entry. */
  readonly maxEntryBytes: number;
  /** The number of nodes that store each entry. */
  readonly replicas: number;
  /** What operators see of it, as of now. */
  readonly figures: EngineFigures;
  /** Whether it is connected now. */
  readonly isConnected: boolean;
  /**
   * The time since it last showed that it serves appends, in milliseconds: that a node leads each
   * journal. It is asked once a second.
   */
  readonly silentMs: number;
  /** Calls `onChange` when the connection is lost and when it is back. */
  onConnection(onChange: (isConnected: boolean) => void): Disposable;
  /**
   * Calls `onLoss` with an error `lost` once the engine turns out to have lost entries that it had acknowledged. Nothing
   * may be appended from then on: new entries would get the positions of lost ones.
   */
  onLoss(onLoss: (error: ChatError) => void): Disposable;
  /** Reports a loss that its user has found out, and returns the error that says why. */
  lose(reason: string): ChatError;
  /**
   * Sends a message to the listeners of a topic on all servers, this one included. It is lost where
   * a server is not connected.
   *
   * @param topic Letters, digits, `-` and `_`.
   */
  send(topic: string, data: Uint8Array): void;
  /** Calls `onMessage` for each message of a topic. */
  listen(topic: string, onMessage: (data: Uint8Array) => void): Disposable;
}

/** An append came too late: the scope has newer entries than expected. */
export class Conflict extends Error {
  override readonly name = "Conflict";

  /** @param newest The position of the newest entry of the scope, if the engine has said so. */
  constructor(message: string, readonly newest?: number) {
    super(message);
  }
}

/** The engine did not answer an append, which may be stored or not. */
export class UnknownOutcome extends Error {
  override readonly name = "UnknownOutcome";
}
