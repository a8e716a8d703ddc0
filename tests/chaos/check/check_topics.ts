import type { TopicAnswered, TopicAsked, TopicLock, TopicLogged, TopicSeen } from "./history.ts";
import { broken, type Violation } from "./violation.ts";

/** What happens to the topics of rooms. */
export type TopicEvent = TopicAsked | TopicAnswered | TopicLock | TopicLogged | TopicSeen;

/** A change of a topic, with the places of its events; without an answer, it may come at any time. */
interface Change {
  readonly asked: TopicAsked;
  readonly askedAt: number;
  answer?: TopicAnswered;
  answeredAt: number;
}

/**
 * Checks the topic of one room: what anybody sees was set; nobody sees a topic again that another
 * has replaced; the last one that was acknowledged is the one that stays; and nobody but the
 * operator sets a locked topic.
 */
export function* checkTopics(events: readonly TopicEvent[]): Generator<Violation> {
  const changes = new Map<string, Change>();
  let lock: TopicLock | undefined;
  const locks = new Map<Change, TopicLock>();
  for (const [at, event] of events.entries()) {
    if (event.type === "topic asked") {
      const change = { asked: event, askedAt: at, answeredAt: Infinity };
      changes.set(event.text, change);
      if (lock && lock.person !== event.person) locks.set(change, lock);
    } else if (event.type === "topic set" || event.type === "topic refused") {
      const change = changes.get(event.text);
      if (change) [change.answer, change.answeredAt] = [event, at];
    } else if (event.type === "topic locked") lock = event;
    else if (event.type === "unlocking topic") {
      lock = undefined;
      // It may have been unlocked by the time at which they were asked for.
      for (const change of changes.values()) if (!change.answer) locks.delete(change);
    }
  }
  for (const [{ asked, answer }, locked] of locks) {
    if (answer?.type !== "topic set") continue;
    yield broken(9, "false", "a locked topic was set", [locked, asked, answer]);
  }
  const seen = new Map<string, Change>();
  for (const event of events) {
    if (event.type === "topic seen") yield* checkSeen(event, changes, seen);
    if (event.type === "topic logged" || event.type === "topic seen" && event.isLast) {
      yield* checkLast(event, changes);
    }
  }
}

/** @param seen The newest change that each reader has seen. */
function* checkSeen(
  event: TopicSeen,
  changes: ReadonlyMap<string, Change>,
  seen: Map<string, Change>,
): Generator<Violation> {
  if (event.text === "") return; // Nobody removes a topic: checkLast() sees what is lost.
  const change = changes.get(event.text);
  if (!change) {
    yield broken(9, "false", "nobody has set this topic", [event]);
    return;
  }
  const { asked, answer } = change;
  if (answer?.type === "topic refused") {
    yield broken(9, "false", "a topic was refused, and is there", [asked, answer, event]);
  }
  const before = seen.get(event.reader);
  if (before && replaces(before, change)) {
    const words = `${event.reader} saw a topic again that had been replaced`;
    yield broken(9, "repeated", words, [change.answer!, before.asked, event]);
  }
  seen.set(event.reader, change);
}

/** The topic at the end: any that no other one is sure to have replaced. */
function* checkLast(
  event: TopicSeen | TopicLogged,
  changes: ReadonlyMap<string, Change>,
): Generator<Violation> {
  const set = [...changes.values()].filter(({ answer }) => answer?.type === "topic set");
  const change = changes.get(event.text);
  const newer = event.text === "" ? set.at(-1) : change && set.find((one) => replaces(one, change));
  if (!newer) return;
  const words = `the topic of ${event.room} was set, and is another one`;
  yield broken(9, "lost", words, [newer.asked, newer.answer!, event]);
}

/** Whether a change is sure to have come after another one. */
function replaces(newer: Change, older: Change): boolean {
  return older.answeredAt < newer.askedAt;
}
