import { formatCount } from "../../text/number.ts";
import { NameIndex, nameTaken } from "../confusable.ts";
import { ChatError } from "../errors.ts";
import { foldName, isSameName } from "../note.ts";

/** A session of somebody who is in a room. */
export interface Member {
  /** The name that they speak under. */
  readonly name: string;
  /** The fingerprint of the key that they have proven to have; undefined if none. */
  readonly key?: string | undefined;
  /** Their identity, if they have no key: that of this session alone. */
  readonly guest?: string | undefined;
  /** What the client that they use knows and nobody else does. */
  readonly client: string;
  /** How often that client had joined before. */
  readonly attempt: number;
  /** Ends their session; they leave the roster by that. */
  readonly end: (reason: ChatError) => void;
}

/** Somebody who is in a room. */
export interface Person {
  /** The name that they speak under. */
  readonly name: string;
  /** Whether they have proven that the name is theirs. */
  readonly verified: boolean;
  /** How many sessions they have here. */
  readonly sessions: number;
}

/** Somebody came, went, or took another name; or only the number of their sessions is another. */
export interface RosterChange extends Person {
  /** True if a session of theirs joined, false if one left. The first one and the last one tell. */
  readonly joined: boolean;
  /** Why it left; empty for those that joined. */
  readonly reason: string;
  /** The name that they had before, if they were there already and only took another one. */
  readonly was?: string;
}

/** How many changes are remembered for those who are slow to read them. */
const MAX_CHANGES = 256;

/** Who is in a room. Names are unique to look at; sessions of one key share theirs. */
export class Roster {
  readonly #maxMembers: number;
  readonly #onChange: () => void;
  /** The sessions by their client, which is in a room once. */
  readonly #sessions = new Map<string, Member>();
  /** Everybody, in the order in which they joined, whatever name they take. */
  readonly #people = new Set<PresentPerson>();
  readonly #names = new NameIndex<PresentPerson>();
  /** The latest changes; the last of them is number `#version`. */
  readonly #changes: RosterChange[] = [];
  #version = 0;

  /** Makes an empty roster that calls `onChange` behind each change. */
  constructor(maxMembers: number, onChange: () => void) {
    this.#maxMembers = maxMembers;
    this.#onChange = onChange;
  }

  /** How many changes there have been. */
  get version(): number {
    return this.#version;
  }

  /** How many people there are. */
  get size(): number {
    return this.#people.size;
  }

  /** Everybody, those first who joined first. */
  people(): Person[] {
    return Array.from(this.#people, toPerson);
  }

  /**
   * The changes since there were `version` of them; undefined if that is too long ago, and
   * the people are to be looked at instead.
   */
  changesSince(version: number): readonly RosterChange[] | undefined {
    const count = this.#version - version;
    if (count > this.#changes.length) return undefined;
    return count === 0 ? [] : this.#changes.slice(-count);
  }

  /** The identity of whoever has a name here; undefined if nobody has. */
  findIdentity(name: string): string | undefined {
    const [session] = this.#names.get(name)?.holder.sessions ?? [];
    return session?.key ?? session?.guest;
  }

  /**
   * Lets a session in. One of a client that is there already is the same person, who came
   * back before their connection was found broken, or wants another name: that session is
   * ended, and the new one takes its place without anybody leaving; unless it is the older
   * one, which was long on its way.
   *
   * @throws {ChatError} `replaced`, if a later session of the same client is there; `taken`,
   * if somebody else has the name or one like it; `too_large`, if the room is full. Nothing
   * has changed then.
   */
  join(member: Member): void {
    const before = this.#sessions.get(clientKey(member));
    if (before && before.attempt > member.attempt) throw replacedError(before);
    const person = before && this.#findPerson(before);
    for (const held of this.#names.confusables(member.name)) {
      const own = member.key !== undefined && held.holder.key === member.key;
      // Two that have keys own their names, and look alike only by a rule that is younger.
      const both = member.key !== undefined && held.holder.key !== undefined &&
        !isSameName(member.name, held.name);
      if (!own && !both && held.holder !== person) throw nameTaken(member.name, held);
    }
    if (!before && this.#sessions.size >= this.#maxMembers) {
      throw new ChatError(
        "too_large",
        `The room is full: it takes ${formatCount(this.#maxMembers, "member")}`,
      );
    }
    this.#sessions.set(clientKey(member), member);
    if (!person) this.#add(member);
    else this.#replace(before, member, person);
    before?.end(replacedError(before));
  }

  /** Lets a session go, saying why. Of no effect for one whose place has been taken over. */
  leave(member: Member, reason: string): void {
    if (this.#sessions.get(clientKey(member)) !== member) return;
    this.#sessions.delete(clientKey(member));
    this.#remove(member, reason);
  }

  #findPerson(member: Member): PresentPerson {
    return this.#names.get(member.name)!.holder; // Whoever is in `#sessions` has it.
  }

  #add(member: Member): void {
    const { name, key } = member;
    let person = this.#names.get(name)?.holder;
    if (!person) {
      person = { name, key, sessions: new Set() };
      this.#people.add(person);
      this.#names.add(name, person);
    }
    person.sessions.add(member);
    this.#change({ ...toPerson(person), joined: true, reason: "" });
  }

  #remove(member: Member, reason: string): void {
    const person = this.#findPerson(member);
    person.sessions.delete(member);
    if (person.sessions.size === 0) {
      this.#people.delete(person);
      this.#names.delete(person.name);
    }
    this.#change({ ...toPerson(person), joined: false, reason });
  }

  /** Puts a session in the place of another one of the same client. */
  #replace(before: Member, member: Member, person: PresentPerson): void {
    const { name } = member;
    const was = person.name;
    if (foldName(name) !== foldName(was) && (person.sessions.size > 1 || this.#names.get(name))) {
      // They are here twice, before or after it: one coming and one going.
      this.#remove(before, "left");
      this.#add(member);
      return;
    }
    person.sessions.delete(before);
    person.sessions.add(member);
    if (name === was || person.sessions.size > 1) return;
    this.#names.delete(was);
    person.name = name;
    this.#names.add(name, person);
    this.#change({ ...toPerson(person), joined: true, reason: "", was });
  }

  #change(change: RosterChange): void {
    this.#changes.push(change);
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
    this.#version++;
    this.#onChange();
  }
}

/** A person as the roster keeps them. */
interface PresentPerson {
  name: string;
  readonly key: string | undefined;
  readonly sessions: Set<Member>;
}

function toPerson({ name, key, sessions }: PresentPerson): Person {
  return { name, verified: key !== undefined, sessions: sessions.size };
}

/** Tells a client from all others: whoever has learned its secret lacks its key. */
function clientKey({ client, key = "" }: Member): string {
  return `${key} ${client}`;
}

function replacedError({ name }: Member): ChatError {
  return new ChatError("replaced", `"${name}" has joined again`);
}
