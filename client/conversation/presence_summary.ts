import { foldName, nameInSentence } from "../../room/note.ts";
import type { Person } from "../../room/person.ts";
import { escapeText } from "../../text/escape.ts";
import { formatNumber } from "../../text/number.ts";
import type { ChatEvent } from "../chat.ts";

/** A person joined, left, or changed their name. */
export type PresenceEvent = Extract<ChatEvent, { type: "joined" | "left" | "renamed" }>;

/** The net change of one person. */
interface Change {
  /** The person before the events; missing if they were not in the room. */
  readonly before?: Person;
  /** The person now; missing if they are gone. */
  now?: Person | undefined;
  /** The reason why they last left. */
  reason: string;
}

/** The number of names, new names or reasons that are shown before the rest is only counted. */
const MAX_NAMED = 3;

/**
 * Summarizes events in words: `ann, bob and 14 others joined; eve left`. People whose presence did
 * not change are omitted; returns "" if nobody's did.
 */
export function summarizePresence(events: readonly PresenceEvent[]): string {
  const changes = collapse(events);
  const joined = changes.filter(({ before, now }) => before === undefined && now !== undefined);
  const left = changes.filter(({ before, now }) => before !== undefined && now === undefined);
  const renamed = changes.filter(({ before, now }) => before && now && now.name !== before.name);
  return [
    ...joined.length > 0 ? [`${several(joined.map(({ now }) => now!))} joined`] : [],
    ...summarize(
      renamed,
      ({ before, now }) => `${nameInSentence(before!)} is now ${nameInSentence(now!)}`,
      ({ length }) => `${others(length)} took new names`,
    ),
    ...summarize(
      [...Map.groupBy(left, ({ reason }) => reason)],
      ([reason, who]) => `${several(who.map(({ before }) => before!))} left${leaveReason(reason)}`,
      (rest) => `${others(rest.reduce((sum, [, who]) => sum + who.length, 0))} left`,
    ),
  ].join("; ");
}

/** Formats the reason why somebody left, unless they simply left. */
function leaveReason(reason: string): string {
  return reason === "left" || reason === "" ? "" : ` (${escapeText(reason)})`;
}

/** Describes each item, or the first two of many and the number of the others. */
function summarize<T>(
  all: readonly T[],
  describe: (one: T) => string,
  describeOthers: (others: readonly T[]) => string,
): string[] {
  if (all.length <= MAX_NAMED) return all.map(describe);
  const first = all.slice(0, MAX_NAMED - 1);
  return [...first.map(describe), describeOthers(all.slice(first.length))];
}

function collapse(events: readonly PresenceEvent[]): Change[] {
  const changes: Change[] = [];
  const present = new Map<string, Change>();
  const gone = new Map<string, Change>();
  const add = (change: Change) => {
    changes.push(change);
    return change;
  };
  for (const event of events) {
    const key = foldName(event.name);
    if (event.type === "joined") {
      const change = gone.get(key) ?? add({ reason: "" });
      gone.delete(key);
      change.now = event;
      present.set(key, change);
    } else if (event.type === "left") {
      const change = present.get(key) ?? add({ before: event, reason: "" });
      present.delete(key);
      change.now = undefined;
      change.reason = event.reason;
      if (change.before !== undefined) gone.set(foldName(change.before.name), change);
    } else {
      const was = foldName(event.was);
      const change = present.get(was) ?? add({ before: { ...event, name: event.was }, reason: "" });
      present.delete(was);
      change.now = event;
      present.set(key, change);
    }
  }
  return changes;
}

/** Lists people: `ann`, `ann and bob`, `ann, bob and cy`, `ann, bob and 14 others`. */
function several(people: readonly Person[]): string {
  const named = people.length > MAX_NAMED ? people.slice(0, MAX_NAMED - 1) : people.slice(0, -1);
  const last = people.length > MAX_NAMED
    ? others(people.length - named.length)
    : nameInSentence(people.at(-1)!);
  return named.length === 0 ? last : `${named.map(nameInSentence).join(", ")} and ${last}`;
}

function others(number: number): string {
  return `${formatNumber(number)} others`;
}
