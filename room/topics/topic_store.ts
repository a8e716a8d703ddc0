import type { Topic } from "../topic.ts";

/** A topic that has changed, or that is gone with its room. */
export interface TopicChange {
  /** The folded name of the room. */
  readonly room: string;
  /** Undefined if the room was removed. */
  readonly topic: Topic | undefined;
}

/** The storage for the topics of rooms. A room that has one is stored, even without notes. */
export interface TopicStore {
  /** Returns all topics by the folded names of their rooms. */
  topics(): Promise<ReadonlyMap<string, Topic>>;
  /**
   * Stores the topic of `room`, a folded name, which must be open. `LogStore.remove()` removes it
   * with the room.
   *
   * @param change Returns the new topic. It is called right before, once listeners know everything
   * that other servers have stored; it may throw to prevent it.
   * @throws {ChatError} `unavailable`, if it cannot be stored.
   */
  saveTopic(room: string, change: () => Topic): Promise<void>;
  /**
   * Calls `onChange` for each change from now on, by this server or others, in the same order on
   * all of them. Missing if only this server uses the store.
   */
  followTopics?(onChange: (change: TopicChange) => void): Disposable;
}
