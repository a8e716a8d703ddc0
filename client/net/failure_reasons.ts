/** The reasons why the servers of a chat cannot be reached, for one error. */
export class FailureReasons {
  readonly #reasons: Map<string, string>;

  /** Starts without an answer of any address. */
  constructor(addresses: readonly string[]) {
    this.#reasons = new Map(addresses.map((address) => [address, "no answer"]));
  }

  /** Records why the latest attempt at an address failed. */
  record(address: string, reason: string): void {
    this.#reasons.set(address, reason);
  }

  /** Returns all addresses with their reasons: `"a:1": nothing listens there; "b:1": no answer`. */
  toString(): string {
    return Array.from(this.#reasons, ([address, reason]) => `"${address}": ${reason}`).join("; ");
  }
}
