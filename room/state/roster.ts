import { formatCount } from "../../text/number.ts";
import { NameIndex, nameTaken } from "../confusable.ts";
import { ChatError } from "../errors.ts";
import { foldName, isSameName } from "../note.ts";
import type { Person } from "../person.ts";

/** A session, as the roster of its room needs it. */
export interface RosterSession {
  /** The name in use. */
  readonly name: string;
  /** The fingerprint of the proven key; undefined without one. */
  readonly key?: string | undefined;
  /** The identity of a session without a key, unique to it. */
  readonly guest?: string | undefined;
  /** The client's secret, which only that client knows. */
  readonly client: string;
  /** The number of times that client had joined before. */
  readonly attempt: number;
  /** Ends the session, which then leaves the roster. */
  readonly end: (reason: ChatError) => void;
}

/** A person in a roster, with all of their sessions, in the order in which they joined. */
export interface RosterEntry {
  /** The name, as it is shown. */
  readonly name: string;
  readonly sessions: readonly RosterSession[];
}

/** A person joined, left or changed their name, or only the number of their sessions changed. */
export interface RosterChange extends Person {
  /**
   * True if a session joined, false if one left. The first and the last session of a person are
   * news.
   */
  readonly joined: boolean;
  /** The reason why it left; empty if it joined. */
  readonly reason: string;
  /** The previous name, if the person was here already and only changed it. */
  readonly was?: string;
}

/** The number of changes that are remembered for slow readers. */
const MAX_CHANGES = 256;

/** The people in a room. Names are visually unique; sessions of one key share theirs. */
export class Roster {
  readonly #maxMembers: number;
  readonly #onChange: () => void;
  /** Sessions by client. A client is in a room only once. */
  readonly #sessions = new Map<string, RosterSession>();
  /** Everyone, in the order in which they joined, even after a name change. */
  readonly #people = new Set<PresentPerson>();
  readonly #names = new NameIndex<PresentPerson>();
  /** The latest changes. The last of them is number `#version`. */
  readonly #changes: RosterChange[] = [];
  /** The result of {@linkcode changesSince} for the last version asked for, up to `until`. */
  #last: { since: number; until: number; changes: readonly RosterChange[] } | undefined;
  #version = 0;

  /** Creates an empty roster that calls `onChange` after each change. */
  constructor(maxMembers: number, onChange: () => void) {
    this.#maxMembers = maxMembers;
    this.#onChange = onChange;
  }

  /** The number of changes so far. */
  get version(): number {
    return this.#version;
  }

  /** The number of people. */
  get size(): number {
    return this.#people.size;
  }

  /** Returns everyone, in the order in which they joined. */
  people(): Person[] {
    return Array.from(this.#people, toPerson);
  }

  /**
   * Returns the changes since version `version`; undefined if it is too old, so that the caller has
   * to read the people instead. Readers who ask for the same version, one after another, get the
   * same object, so that it can be encoded once and cached by its identity.
   */
  changesSince(version: number): readonly RosterChange[] | undefined {
    const count = this.#version - version;
    if (count > this.#changes.length) return undefined;
    if (count === 0) return [];
    if (this.#last?.since !== version || this.#last.until !== this.#version) {
      const changes = this.#changes.slice(-count);
      this.#last = { since: version, until: this.#version, changes };
    }
    return this.#last.changes;
  }

  /** Returns the identity of the person with a name here; undefined if there is none. */
  findIdentity(name: string): string | undefined {
    const [session] = this.#names.get(name)?.holder.sessions ?? [];
    return session?.key ?? session?.guest;
  }

  /**
   * Adds a session. If its client is here already, it is the same person: either the old
   * connection was not found broken yet, or the person wants another name. The new session then
   * replaces the old one, which is ended, and nobody leaves. If the new one is an older attempt
   * that was delayed, it is refused.
   *
   * @param maxMembers The most sessions. Default: as for the whole roster.
   * @returns The session that it replaced; undefined if there is none.
   * @throws {ChatError} `replaced`, if a later session of the same client is here; `taken`, if
   * somebody else has the name or one like it; `full`, if the room is full. Then nothing has
   * changed.
   */
  join(session: RosterSession, maxMembers = this.#maxMembers): RosterSession | undefined {
    const before = this.#sessions.get(clientKey(session));
    if (before && before.attempt > session.attempt) throw replacedError(before);
    const person = before && this.#findPerson(before);
    for (const entry of this.#names.confusables(session.name)) {
      const own = session.key !== undefined && entry.holder.key === session.key;
      // People with keys own their names, which look alike only by a newer rule.
      const both = session.key !== undefined && entry.holder.key !== undefined &&
        !isSameName(session.name, entry.name);
      if (!own && !both && entry.holder !== person) throw nameTaken(session.name, entry);
    }
    if (!before && this.#sessions.size >= maxMembers) {
      throw new ChatError("full", `The room is full: it has ${formatCount(maxMembers, "member")}`);
    }
    this.#sessions.set(clientKey(session), session);
    if (!person) this.#add(session);
    else this.#replace(before, session, person);
    before?.end(replacedError(before));
    return before;
  }

  /** Removes a session, with the reason; returns false, without effect, if it was replaced. */
  leave(session: RosterSession, reason: string): boolean {
    if (this.#sessions.get(clientKey(session)) !== session) return false;
    this.#sessions.delete(clientKey(session));
    this.#remove(session, reason);
    return true;
  }

  /** Returns everything that {@linkcode restore} needs to make an equal roster. */
  entries(): RosterEntry[] {
    return Array.from(this.#people, ({ name, sessions }) => ({ name, sessions: [...sessions] }));
  }

  /** Replaces everyone, as one change that readers cannot follow: they read the people instead. */
  restore(entries: readonly RosterEntry[]): void {
    for (const { name } of this.#people) this.#names.delete(name);
    this.#people.clear();
    this.#sessions.clear();
    for (const { name, sessions } of entries) {
      const person = { name, key: sessions[0]?.key, sessions: new Set(sessions) };
      this.#people.add(person);
      this.#names.add(name, person);
      for (const session of sessions) this.#sessions.set(clientKey(session), session);
    }
    this.#changes.length = 0;
    this.#version++;
    this.#onChange();
  }

  #findPerson(session: RosterSession): PresentPerson {
    return this.#names.get(session.name)!.holder; // Every session in `#sessions` has one.
  }

  #add(session: RosterSession): void {
    const { name, key } = session;
    let person = this.#names.get(name)?.holder;
    if (!person) {
      person = { name, key, sessions: new Set() };
      this.#people.add(person);
      this.#names.add(name, person);
    }
    person.sessions.add(session);
    this.#change({ ...toPerson(person), joined: true, reason: "" });
  }

  #remove(session: RosterSession, reason: string): void {
    const person = this.#findPerson(session);
    person.sessions.delete(session);
    if (person.sessions.size === 0) {
      this.#people.delete(person);
      this.#names.delete(person.name);
    }
    this.#change({ ...toPerson(person), joined: false, reason });
  }

  /** Replaces a session by another one of the same client. */
  #replace(before: RosterSession, session: RosterSession, person: PresentPerson): void {
    const { name } = session;
    const was = person.name;
    if (foldName(name) !== foldName(was) && (person.sessions.size > 1 || this.#names.get(name))) {
      // They are here twice, before or after the change: report one joining and one leaving.
      this.#remove(before, "left");
      this.#add(session);
      return;
    }
    person.sessions.delete(before);
    person.sessions.add(session);
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

/** A person in the roster. */
interface PresentPerson {
  name: string;
  readonly key: string | undefined;
  readonly sessions: Set<RosterSession>;
}

function toPerson({ name, key, sessions }: PresentPerson): Person {
  return { name, verified: key !== undefined, sessions: sessions.size };
}

/** Identifies a client. It includes the key, in case the client's secret leaks. */
function clientKey({ client, key = "" }: RosterSession): string {
  return `${key} ${client}`;
}

function replacedError({ name }: RosterSession): ChatError {
  return new ChatError("replaced", `"${name}" has joined again`);
}
