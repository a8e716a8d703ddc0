import { ChatError } from "./errors.ts";
import { foldName } from "./note.ts";

/** Somebody who is in a room. */
export interface Member {
  /** The name that they speak under. */
  readonly name: string;
  /** What the client that they use knows and nobody else does. */
  readonly client: string;
  /** How often that client had joined before. */
  readonly attempt: number;
  /** Ends their session; they leave the roster by that. */
  readonly end: (reason: ChatError) => void;
}

/** Somebody came, went, or took another name. */
export interface RosterChange {
  /** Who. */
  readonly name: string;
  /** True if they joined, false if they left. */
  readonly joined: boolean;
  /** Why they left; empty for those who joined. */
  readonly reason: string;
  /** The name that they had before, if they were there already and only took another one. */
  readonly was?: string;
}

/** How many changes are remembered for those who are slow to read them. */
const MAX_CHANGES = 256;

/** Who is in a room. Names are unique after folding, and a client is there once. */
export class Roster {
  readonly #maxMembers: number;
  readonly #onChange: () => void;
  /** Everybody by their client: in the order in which they joined, whatever name they take. */
  readonly #byClient = new Map<string, Member>();
  /** Everybody by their folded name. */
  readonly #byName = new Map<string, Member>();
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

  /** How many members there are. */
  get size(): number {
    return this.#byClient.size;
  }

  /** Everybody's name, those first who joined first. */
  names(): string[] {
    return Array.from(this.#byClient.values(), (member) => member.name);
  }

  /**
   * The changes since there were `version` of them; undefined if that is too long ago, and
   * the names are to be looked at instead.
   */
  changesSince(version: number): readonly RosterChange[] | undefined {
    const count = this.#version - version;
    if (count > this.#changes.length) return undefined;
    return count === 0 ? [] : this.#changes.slice(-count);
  }

  /**
   * Lets a member in. One with a client that is there already is the same person, who came
   * back before their connection was found broken, or wants another name: that session is
   * ended, and the new one takes its place without anybody leaving; unless it is the older
   * one, which was long on its way.
   *
   * @throws {ChatError} `replaced`, if a later session of the same client is there; `taken`,
   * if somebody else has the name; `too_large`, if the room is full. Nothing has changed then.
   */
  join(member: Member): void {
    const key = foldName(member.name);
    const present = this.#byClient.get(member.client);
    const holder = this.#byName.get(key);
    if (present && present.attempt > member.attempt) throw replaced(present);
    if (holder && holder !== present) {
      throw new ChatError("taken", `Name "${member.name}" is taken`);
    }
    if (!present && this.size >= this.#maxMembers) {
      throw new ChatError("too_large", `The room is full: it has ${this.#maxMembers} members`);
    }
    if (present) this.#byName.delete(foldName(present.name));
    this.#byName.set(key, member);
    this.#byClient.set(member.client, member);
    if (!present) {
      this.#change({ name: member.name, joined: true, reason: "" });
    } else if (present.name !== member.name) {
      this.#change({ name: member.name, joined: true, reason: "", was: present.name });
    }
    present?.end(replaced(present));
  }

  /** Lets a member go, saying why. Of no effect for one whose place has been taken over. */
  leave(member: Member, reason: string): void {
    if (this.#byClient.get(member.client) !== member) return;
    this.#byClient.delete(member.client);
    this.#byName.delete(foldName(member.name));
    this.#change({ name: member.name, joined: false, reason });
  }

  #change(change: RosterChange): void {
    this.#changes.push(change);
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
    this.#version++;
    this.#onChange();
  }
}

function replaced({ name }: Member): ChatError {
  return new ChatError("replaced", `"${name}" has joined again`);
}
