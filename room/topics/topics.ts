import { loadAndFollow } from "../load_and_follow.ts";
import { NO_TOPIC, type Topic } from "../topic.ts";
import type { TopicChange, TopicStore } from "./topic_store.ts";

/** The topics of all rooms, by their folded names. */
export class Topics {
  readonly #store: TopicStore;
  readonly #onChange: (room: string) => void;
  readonly #topics = new Map<string, Topic>();
  /** Settles when the changes so far are stored; undefined if they are. */
  #changing: Promise<void> | undefined;

  private constructor(store: TopicStore, onChange: (room: string) => void) {
    this.#store = store;
    this.#onChange = onChange;
  }

  /**
   * Loads the topics of `store`, and follows them if other servers use it, too.
   *
   * @param onChange Called after each change, with the folded name of the room.
   */
  static async open(store: TopicStore, onChange: (room: string) => void): Promise<Topics> {
    const topics = new Topics(store, onChange);
    await loadAndFollow<TopicChange>({
      follow: store.followTopics?.bind(store),
      load: async () => {
        for (const [room, topic] of await store.topics()) topics.#topics.set(room, topic);
      },
      onChange: (change) => topics.#apply(change),
    });
    return topics;
  }

  /** Returns the topic of a room. It is the same object until it changes. */
  get(room: string): Topic {
    return this.#topics.get(room) ?? NO_TOPIC;
  }

  /**
   * Changes the topic of an open room. Once the promise resolves, the change is stored, and
   * everybody in the room sees it.
   *
   * @param change Computes the new topic. It may be called again, if other servers change anything
   * meanwhile, and may throw to give up.
   * @throws what `change` throws; {@linkcode ChatError} `unavailable`, if it cannot be stored.
   */
  async change(room: string, change: (current: Topic) => Topic): Promise<void> {
    const changed = this.#changeAfter(this.#changing, room, change);
    const changing = this.#changing = changed.catch(() => {});
    try {
      await changed;
    } finally {
      if (this.#changing === changing) this.#changing = undefined;
    }
  }

  /** Changes a topic after the changes before, on which it depends. */
  async #changeAfter(
    before: Promise<void> | undefined,
    room: string,
    change: (current: Topic) => Topic,
  ): Promise<void> {
    await before;
    let topic = NO_TOPIC;
    await this.#store.saveTopic(room, () => topic = change(this.get(room)));
    if (!this.#store.followTopics) this.#apply({ room, topic });
  }

  /** Returns when all changes so far are stored, or have failed; undefined if there are none. */
  settle(): Promise<void> | undefined {
    return this.#changing;
  }

  /** Forgets the topic of a room that was removed. */
  forget(room: string): void {
    this.#topics.delete(room);
  }

  /** Applies what this server or another one has stored. */
  #apply({ room, topic }: TopicChange): void {
    if (topic) this.#topics.set(room, topic);
    else this.#topics.delete(room);
    this.#onChange(room);
  }
}
