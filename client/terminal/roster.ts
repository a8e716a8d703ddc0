import { foldName, isSameName } from "../../room/note.ts";
import type { ChatEvent, Person } from "../chat.ts";
import type { PresenceEvent } from "./presence_summary.ts";

/** How many of those who have spoken are remembered. */
const MAX_SPEAKERS = 200;

/** Who is in a room, who has spoken there, and who one is oneself. */
export class Roster {
  #self: string | undefined;
  /** Everybody who is here, by their folded names. */
  #members = new Map<string, Person>();
  /** Who has spoken, by their folded names; the latest is at the end. */
  #speakers = new Map<string, string>();

  /** One's own name; undefined if it is not known. */
  get self(): string | undefined {
    return this.#self;
  }

  /** All who are here. */
  get members(): Person[] {
    return [...this.#members.values()];
  }

  /** Those who have spoken, the latest first, then the others who are here; not oneself. */
  get names(): string[] {
    const members = this.members.map(({ name }) => name);
    const spoken = [...this.#speakers.values()].reverse();
    const names = new Map([...spoken, ...members].map((name) => [foldName(name), name]));
    return [...names.values()].filter((name) => !this.isSelf(name));
  }

  /** The people here without a key, except oneself. */
  get guests(): string[] {
    const guests = this.members.filter(({ verified }) => verified === false);
    return guests.map(({ name }) => name).filter((name) => !this.isSelf(name));
  }

  /** Whether a name is one's own. */
  isSelf(name: string): boolean {
    return isSameName(name, this.#self);
  }

  /** One is `self`, and these are here. */
  reset(self: string, members: readonly Person[]): void {
    this.#self = self;
    this.#members = byFolded(members);
  }

  /** Somebody has spoken. */
  recordSpeaker(name: string): void {
    const key = foldName(name);
    this.#speakers.delete(key); // Setting what is there would leave it in its old place.
    this.#speakers.set(key, name);
    if (this.#speakers.size > MAX_SPEAKERS) {
      this.#speakers.delete(this.#speakers.keys().next().value!);
    }
  }

  /** Takes a change, and gives back as much of it as is news. */
  apply(
    event: PresenceEvent | Extract<ChatEvent, { type: "members" | "sessions" }>,
  ): PresenceEvent[] {
    switch (event.type) {
      case "members":
        return this.#difference(event.members).flatMap((change) => this.apply(change));
      case "sessions":
        this.#members.set(foldName(event.name), toPerson(event));
        return [];
      case "joined":
        this.#members.set(foldName(event.name), toPerson(event));
        break;
      case "left":
        this.#members.delete(foldName(event.name));
        break;
      case "renamed": {
        const known = event.name === this.#self; // As told when we connected.
        if (this.isSelf(event.was)) this.#self = event.name;
        this.#members = renamed(this.#members, event, toPerson(event));
        this.#speakers = renamed(this.#speakers, event, event.name);
        return known ? [] : [event];
      }
    }
    // That we are here, or that another connection of ours is not, is no news.
    return this.isSelf(event.name) ? [] : [event];
  }

  /** The changes that lead from those who are here to `now`. */
  #difference(
    now: readonly Person[],
  ): (PresenceEvent | Extract<ChatEvent, { type: "sessions" }>)[] {
    const is = byFolded(now);
    const stayed = [...is].filter(([key]) => this.#members.has(key));
    const joined = [...is].filter(([key]) => !this.#members.has(key));
    const left = [...this.#members].filter(([key]) => !is.has(key));
    return [
      ...stayed.map(([, person]) => ({ type: "sessions", ...person }) as const),
      ...joined.map(([, person]) => ({ type: "joined", ...person }) as const),
      ...left.map(([, person]) => ({ type: "left", ...person, reason: "" }) as const),
    ];
  }
}

function toPerson({ name, verified, sessions }: Person): Person {
  return {
    name,
    ...(verified !== undefined && { verified }),
    ...(sessions !== undefined && { sessions }),
  };
}

/** People by their folded names, in their order. */
function byFolded(people: readonly Person[]): Map<string, Person> {
  return new Map(people.map((person) => [foldName(person.name), person]));
}

/** The same names, of which one has become another in its place. */
function renamed<T>(
  names: ReadonlyMap<string, T>,
  { was, name }: { was: string; name: string },
  value: T,
): Map<string, T> {
  const [before, now] = [foldName(was), foldName(name)];
  const others = [...names].filter(([key]) => key === before || key !== now);
  return new Map(others.map((entry) => entry[0] === before ? [now, value] : entry));
}
