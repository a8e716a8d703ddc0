import type { OutcomeInit } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import type { NameUse } from "../../room/state/name_use.ts";
import { checkTopic } from "../../room/topic.ts";
import { type OpenSession, toSubject } from "../access/sessions.ts";
import type { ChatServices } from "./services.ts";

/** The session that sets the topic of its room. */
export interface TopicSetter {
  readonly session: OpenSession;
  /** Whether it is not a member of the room. */
  readonly unlisted: boolean;
  /** The name in use; undefined for a session that reserves none. */
  readonly name: NameUse | undefined;
}

/**
 * Sets the topic of the room of a session, or removes it if `text` is empty. Resolves once that is
 * stored.
 *
 * @throws {ChatError} `forbidden`, if the session may not set it; `invalid`, if the text breaks a
 * rule; `limited`, if topics change too fast; `missing`, if there is none to remove; `unavailable`,
 * if it cannot be stored.
 */
export async function setTopic(
  text: string,
  { session, unlisted, name }: TopicSetter,
  services: ChatServices,
): Promise<OutcomeInit> {
  const { gate, sanctions, rateLimits, rooms, report } = services;
  if (unlisted) throw new ChatError("forbidden", "Only people in the room may set its topic");
  if (session.key === undefined) {
    throw new ChatError("forbidden", "Only people with a key may set the topic");
  }
  checkTopic(text);
  sanctions.check("mute", session);
  const isOperator = gate.isOperator(session.key);
  if (!isOperator) rateLimits.consumeTopic(session);
  await name?.markSpoken(); // The topic shows it.
  await rooms.changeTopic(session.room, (current) => {
    if (current.locked && !isOperator) {
      throw new ChatError("forbidden", "The topic is locked: only operators may set it");
    }
    if (text === "" && current.text === "") {
      throw new ChatError("missing", "There is no topic to remove");
    }
    return { ...current, text, by: session.name, time: Date.now() };
  });
  const change = text === "" ? "removed" : "set";
  report({ type: "topic", ...toSubject(session), change });
  return { code: 0, words: `${change} the topic` };
}
