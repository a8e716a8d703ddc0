import type { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { ChatError } from "../../room/errors.ts";
import type { Principal } from "../../room/principal.ts";
import { parseKeys } from "./key_list.ts";
import { PasswordThrottle } from "./password_throttle.ts";

/** The result of authentication. */
export interface Authentication extends Pick<Principal, "key"> {
  /** Whether the password was given. */
  readonly knowsPassword: boolean;
}

/** The access rules of a server. */
export interface GateOptions {
  /** The keys that may join, as a list for `parseKeys()`; undefined if all may. */
  readonly members?: string | undefined;
  /** The keys of operators, as such a list. They may join, too. Default: none. */
  readonly operators?: string | undefined;
  /** The password for everyone not on a list, or for everyone if there is no list. */
  readonly password?: string | undefined;
}

/** The number of remembered keys that gave the password. */
const MAX_KNOWN = 10_000;

/**
 * Decides who may join: keys on a list, and people who give the password. It also knows the
 * operators.
 */
export class Gate {
  #members: ReadonlySet<string> | undefined;
  #operators: ReadonlySet<string>;
  /** The password's hash. The password itself is not kept. */
  readonly #hash: Buffer | undefined;
  readonly #passwordThrottle = new PasswordThrottle();
  /** Keys that gave the password, the latest last. */
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
   * Creates a gate.
   *
   * @throws {RangeError} if a list cannot be parsed.
   */
  static async create({ members, operators = "", password }: GateOptions): Promise<Gate> {
    return new Gate(
      members === undefined ? undefined : await parseKeys(members, "the members"),
      await parseKeys(operators, "the operators"),
      password,
    );
  }

  /** Whether everyone may join. */
  get isOpen(): boolean {
    return this.#members === undefined && this.#hash === undefined;
  }

  /**
   * Replaces the lists. A list that is left out stays.
   *
   * @throws {RangeError} if a list cannot be parsed. Then nothing changes.
   */
  async setLists({ members, operators }: Omit<GateOptions, "password">): Promise<void> {
    const [newMembers, newOperators] = await Promise.all([
      members === undefined ? this.#members : parseKeys(members, "the members"),
      operators === undefined ? this.#operators : parseKeys(operators, "the operators"),
    ]);
    [this.#members, this.#operators] = [newMembers, newOperators];
  }

  /** Whether a session may be here. */
  admits({ key, knowsPassword }: Authentication): boolean {
    if (this.isOpen || this.isOperator(key)) return true;
    if (key !== undefined && this.#members?.has(key)) return true;
    return this.#hash !== undefined && knowsPassword;
  }

  /**
   * Checks that a key is an operator's, and returns it.
   *
   * @throws {ChatError} `forbidden`, if it is not.
   */
  checkOperator(key: string | undefined): string {
    if (key !== undefined && this.isOperator(key)) return key;
    const whose = key === undefined ? "this client has no key" : `key ${key} is not on their list`;
    throw new ChatError("forbidden", `Only operators may do that: ${whose}`);
  }

  /** Whether a key is an operator's. */
  isOperator(key: string | undefined): boolean {
    return key !== undefined && this.#operators.has(key);
  }

  /**
   * Whether a peer must give the password too.
   *
   * @param key The fingerprint of its key; undefined without one.
   * @throws {ChatError} `forbidden`, if a password would not admit it either.
   */
  requiresPassword(key: string | undefined): boolean {
    if (this.admits({ key, knowsPassword: false })) return false;
    if (this.#hash !== undefined) return true;
    const who = key === undefined ? "this client has no key" : `key ${key} is not on its list`;
    throw new ChatError("forbidden", `This server lets in its members only: ${who}`);
  }

  /**
   * Checks a password. After a wrong one, the next from the same network has to wait, except from
   * keys that once gave the right one: guesses by others must not lock them out.
   *
   * @param address Where the password comes from.
   * @param key The fingerprint of the proven key, if any.
   * @throws {ChatError} `limited`, if too many from there are waiting already.
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

/** Hashed, since a constant-time comparison needs equal lengths. */
function hashPassword(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}
