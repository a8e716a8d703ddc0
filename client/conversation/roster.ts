import { foldName, isSameName } from "../../room/note.ts";
import type { Person } from "../../room/person.ts";
import type { ChatEvent } from "../chat.ts";
import type { NamedPerson } from "./commands/slash_command.ts";
import type { PresenceEvent } from "./presence_summary.ts";

/** Identifies the stay of a person in a room, from joining to leaving, under all of their names. */
export type Stay = symbol;

/** The number of speakers that are remembered. */
const MAX_SPEAKERS = 200;

/** The people in a room and its recent speakers, as one of them sees them. */
export class Roster {
  #self: string | undefined;
  /** Everybody in the room, by folded name. */
  #members = new Map<string, Person>();
  /** Their stays. They begin anew when changes may have been missed. */
  #stays = new Map<string, Stay>();
  /** Recent speakers by folded name, the latest last. */
  #speakers = new Map<string, NamedPerson>();

  /** One's own name; undefined if it is unknown. */
  get self(): string | undefined {
    return this.#self;
  }

  /** Everybody in the room. */
  get members(): Person[] {
    return [...this.#members.values()];
  }

  /** Recent speakers, the latest first, then everybody else in the room, except oneself. */
  get names(): string[] {
    const members = this.members.map(({ name }) => name);
    const spoken = Array.from(this.#speakers.values(), ({ name }) => name).reverse();
    const names = new Map([...spoken, ...members].map((name) => [foldName(name), name]));
    return [...names.values()].filter((name) => !this.isSelf(name));
  }

  /** The people in the room without a key, except oneself. */
  get guests(): string[] {
    const guests = this.members.filter(({ verified }) => verified === false);
    return guests.map(({ name }) => name).filter((name) => !this.isSelf(name));
  }

  /** Finds a person in the room, or else a recent speaker. */
  find(name: string): NamedPerson | undefined {
    const key = foldName(name);
    return this.#members.get(key) ?? this.#speakers.get(key);
  }

  /** Returns the stay of the person who has a name in the room. */
  stayOf(name: string): Stay | undefined {
    return this.#stays.get(foldName(name));
  }

  /** Finds the person of a stay, unless it is over. */
  at(stay: Stay): Person | undefined {
    const key = [...this.#stays].find(([, other]) => other === stay)?.[0];
    return key === undefined ? undefined : this.#members.get(key);
  }

  /** Returns whether a name is one's own. */
  isSelf(name: string): boolean {
    return isSameName(name, this.#self);
  }

  /** Starts over with one's own name and everybody in the room. */
  reset(self: string, members: readonly Person[]): void {
    this.#self = self;
    this.#members = byFolded(members);
    this.#beginStays();
  }

  /** Records that somebody has spoken. */
  recordSpeaker({ name, verified }: NamedPerson): void {
    const key = foldName(name);
    this.#speakers.delete(key); // Otherwise it would keep its old place.
    this.#speakers.set(key, verified === undefined ? { name } : { name, verified });
    if (this.#speakers.size > MAX_SPEAKERS) {
      this.#speakers.delete(this.#speakers.keys().next().value!);
    }
  }

  /** Applies a change and returns the part worth showing. */
  apply(
    event: PresenceEvent | Extract<ChatEvent, { type: "members" | "sessions" }>,
  ): PresenceEvent[] {
    switch (event.type) {
      case "members": {
        const changes = this.#difference(event.members).flatMap((change) => this.apply(change));
        this.#beginStays();
        return changes;
      }
      case "sessions":
        this.#members.set(foldName(event.name), toPerson(event));
        return [];
      case "joined":
        this.#members.set(foldName(event.name), toPerson(event));
        this.#stays.set(foldName(event.name), Symbol());
        break;
      case "left":
        this.#members.delete(foldName(event.name));
        this.#stays.delete(foldName(event.name));
        break;
      case "renamed": {
        const known = event.name === this.#self; // The server said so when we connected.
        if (this.isSelf(event.was)) this.#self = event.name;
        this.#members = renamed(this.#members, event, toPerson(event));
        this.#stays = renamed(this.#stays, event, this.stayOf(event.was) ?? Symbol());
        this.#speakers = renamed(this.#speakers, event, {
          name: event.name,
          verified: event.verified,
        });
        return known ? [] : [event];
      }
    }
    // Neither our own arrival nor the end of another connection of ours is news.
    return this.isSelf(event.name) ? [] : [event];
  }

  #beginStays(): void {
    this.#stays = new Map(Array.from(this.#members.keys(), (key) => [key, Symbol()]));
  }

  /** Returns the changes that turn the known people into `now`. */
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
  return { name, verified, sessions };
}

/** Indexes people by folded name, in order. */
function byFolded(people: readonly Person[]): Map<string, Person> {
  return new Map(people.map((person) => [foldName(person.name), person]));
}

/** Renames one entry, which keeps its place. */
function renamed<T>(
  names: ReadonlyMap<string, T>,
  { was, name }: { was: string; name: string },
  value: T,
): Map<string, T> {
  const [before, now] = [foldName(was), foldName(name)];
  const others = [...names].filter(([key]) => key === before || key !== now);
  return new Map(others.map((entry) => entry[0] === before ? [now, value] : entry));
}
