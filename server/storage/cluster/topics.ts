import type { TopicChange } from "../../../room/topics/topic_store.ts";
import { isSameTopic, type Topic } from "../../../room/topic.ts";
import { ROOM_PREFIX, type RoomRecord } from "./room_record.ts";
import type { SharedState, StateChange } from "./state.ts";

/** The topics of the rooms that several servers share: each is a part of its room's record. */
export class SharedTopics {
  readonly #state: SharedState;

  constructor(state: SharedState) {
    this.#state = state;
  }

  /** Returns all topics by the folded names of their rooms. */
  all(): Map<string, Topic> {
    const records = [...this.#state.values(ROOM_PREFIX)] as RoomRecord[];
    return new Map(records.flatMap(({ room, topic }) => topic ? [[room, topic]] : []));
  }

  /** Calls `onChange` for each change from now on. */
  follow(onChange: (change: TopicChange) => void): Disposable {
    return this.#state.listen(ROOM_PREFIX, (change) => {
      const changed = toTopicChange(change);
      if (changed) onChange(changed);
    });
  }
}

/** Returns how the topic of a room has changed; undefined if it has not. */
function toTopicChange({ value, before }: StateChange): TopicChange | undefined {
  const record = value as RoomRecord | undefined;
  if (!record) return undefined; // Records are never deleted.
  const { room, topic } = record;
  const earlier = (before?.value as RoomRecord | undefined)?.topic;
  const isSame = topic && earlier ? isSameTopic(topic, earlier) : topic === earlier;
  return isSame ? undefined : { room, topic };
}
