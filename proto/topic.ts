import type { Topic } from "../room/topic.ts";
import type { TopicInit, TopicMessage } from "./messages.ts";

/** Converts a topic for the wire. */
export function toWireTopic({ lockedBy, ...rest }: Topic): TopicInit {
  return { ...rest, locked_by: lockedBy };
}

/** Converts a topic from the wire. */
export function fromWireTopic({ locked_by, ...rest }: TopicMessage): Topic {
  return { ...rest, lockedBy: locked_by };
}
