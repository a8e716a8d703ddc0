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

/** Somebody came or went. */
export interface RosterChange {
  /** Who. */
  readonly name: string;
  /** True if they joined, false if they left. */
  readonly joined: boolean;
  /** Why they left; empty for those who joined. */
  readonly reason: string;
}

/** How many changes are remembered for those who are slow to read them. */
const MAX_CHANGES = 256;

/** Who is in a room. Names are unique after folding. */
export class Roster {
  readonly #maxMembers: number;
  readonly #onChange: () => void;
  readonly #members = new Map<string, Member>();
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

  /** Everybody's name, those first who joined first. */
  names(): string[] {
    return Array.from(this.#members.values(), (member) => member.name);
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
   * Lets a member in. One with the same name and the same client is the same person,
   * whose connection broke unnoticed: that session is ended, and the new one takes its
   * place without anybody leaving; unless it is the older one, which was long on its way.
   *
   * @throws {ChatError} `taken`, if somebody else has the name; `replaced`, if a later
   * session of the same client is there; `too_large`, if the room is full.
   */
  join(member: Member): void {
    const key = foldName(member.name);
    const present = this.#members.get(key);
    if (present && present.client !== member.client) {
      throw new ChatError("taken", `Name "${member.name}" is taken`);
    }
    if (present && present.attempt > member.attempt) {
      throw new ChatError("replaced", `"${member.name}" has joined again`);
    }
    if (!present && this.#members.size >= this.#maxMembers) {
      throw new ChatError("too_large", `The room is full: it has ${this.#maxMembers} members`);
    }
    this.#members.set(key, member);
    if (present) present.end(new ChatError("replaced", `"${member.name}" has joined again`));
    else this.#change({ name: member.name, joined: true, reason: "" });
  }

  /** Lets a member go, saying why. Of no effect for one whose place has been taken over. */
  leave(member: Member, reason: string): void {
    const key = foldName(member.name);
    if (this.#members.get(key) !== member) return;
    this.#members.delete(key);
    this.#change({ name: member.name, joined: false, reason });
  }

  #change(change: RosterChange): void {
    this.#changes.push(change);
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
    this.#version++;
    this.#onChange();
  }
}
