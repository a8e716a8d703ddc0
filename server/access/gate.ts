import type { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { ChatError } from "../../room/errors.ts";
import { parseKeys } from "./key_list.ts";
import { PasswordThrottle } from "./password_throttle.ts";

/** Who somebody has proven to be. */
export interface Authentication {
  /** The fingerprint of the key that they have; undefined if they have none. */
  readonly key: string | undefined;
  /** Whether they have said the password. */
  readonly knowsPassword: boolean;
}

/** Whom a server lets in. */
export interface GateOptions {
  /** The keys that get in, as a list that `parseKeys()` reads; without one, all do. */
  readonly members?: string | undefined;
  /** The keys of those who moderate, as such a list; they get in, too. Default: nobody. */
  readonly operators?: string | undefined;
  /** What the others have to know, or all, if there is no list. */
  readonly password?: string | undefined;
}

/** How many keys that have said the password are remembered. */
const MAX_KNOWN = 10_000;

/** Lets people in: those who are on a list, and those who know the password; and knows who moderates. */
export class Gate {
  #members: ReadonlySet<string> | undefined;
  #operators: ReadonlySet<string>;
  /** Of the password; it itself is not kept. */
  readonly #hash: Buffer | undefined;
  readonly #passwordThrottle = new PasswordThrottle();
  /** The keys that have said the password, the latest last. */
  readonly #known = new Set<string>();

  private constructor(
    members: ReadonlySet<string> | undefined,
    operators: ReadonlySet<string>,
    password: string | undefined,
  ) {
    this.#members = members;
    this.#operators = operators;
    this.#hash = password === undefined ? undefined : hashPassword(password);
  }

  /**
   * Makes a gate.
   *
   * @throws {RangeError} if a list cannot be read.
   */
  static async create({ members, operators = "", password }: GateOptions): Promise<Gate> {
    return new Gate(
      members === undefined ? undefined : await parseKeys(members, "the members"),
      await parseKeys(operators, "the operators"),
      password,
    );
  }

  /** Whether everybody gets in. */
  get isOpen(): boolean {
    return this.#members === undefined && this.#hash === undefined;
  }

  /**
   * Goes by these lists from now on, and no longer by those before; one that is left out stays.
   *
   * @throws {RangeError} if one cannot be read; nothing has changed then.
   */
  async setLists({ members, operators }: Omit<GateOptions, "password">): Promise<void> {
    const [newMembers, newOperators] = await Promise.all([
      members === undefined ? this.#members : parseKeys(members, "the members"),
      operators === undefined ? this.#operators : parseKeys(operators, "the operators"),
    ]);
    [this.#members, this.#operators] = [newMembers, newOperators];
  }

  /** Whether somebody may be here who has this key, and has said the password or not. */
  admits({ key, knowsPassword }: Authentication): boolean {
    if (this.isOpen || this.isOperator(key)) return true;
    if (key !== undefined && this.#members?.has(key)) return true;
    return this.#hash !== undefined && knowsPassword;
  }

  /**
   * Checks that somebody is an operator, and returns their key.
   *
   * @throws {ChatError} `forbidden`, if they are not.
   */
  checkOperator(key: string | undefined): string {
    if (key !== undefined && this.isOperator(key)) return key;
    const whose = key === undefined ? "you have no key" : `your key ${key} is not on their list`;
    throw new ChatError("forbidden", `Only operators may do that: ${whose}`);
  }

  /** Whether a key is that of somebody who moderates. */
  isOperator(key: string | undefined): boolean {
    return key !== undefined && this.#operators.has(key);
  }

  /**
   * Whether somebody has to say the password too.
   *
   * @param key The fingerprint of their key; undefined if they have none.
   * @throws {ChatError} `forbidden`, if they do not get in with one either.
   */
  requiresPassword(key: string | undefined): boolean {
    if (this.admits({ key, knowsPassword: false })) return false;
    if (this.#hash !== undefined) return true;
    const who = key === undefined ? "you have no key" : `your key ${key} is not on its list`;
    throw new ChatError("forbidden", `This server lets in its members only: ${who}`);
  }

  /**
   * Whether a password is right. After a wrong one, the next from the same network has to wait,
   * whoever sends it, unless their key has once said the right one: guesses keep out strangers.
   *
   * @param address Where it comes from.
   * @param key The fingerprint of the key that they have proven to have, if any.
   * @throws {ChatError} `limited`, if too many from there wait already.
   * @throws the reason of `signal`, once it is aborted.
   */
  async checkPassword(
    password: string,
    { address, key }: { readonly address: string; readonly key?: string | undefined },
    signal: AbortSignal,
  ): Promise<boolean> {
    const isRight = () =>
      this.#hash !== undefined && timingSafeEqual(this.#hash, hashPassword(password));
    const isKnown = key !== undefined && this.#known.has(key);
    const opens = isKnown && isRight() ||
      await this.#passwordThrottle.attempt(address, isRight, signal);
    if (opens && key !== undefined) this.#remember(key);
    return opens;
  }

  #remember(key: string): void {
    this.#known.delete(key);
    this.#known.add(key);
    if (this.#known.size <= MAX_KNOWN) return;
    for (const oldest of this.#known) {
      this.#known.delete(oldest);
      break;
    }
  }
}

/** Hashes are compared, as they are all of one length. */
function hashPassword(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}
