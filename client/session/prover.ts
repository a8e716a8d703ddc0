import { proofBytes, type ProvenJoin, type Purpose } from "../../proto/identity/proof.ts";
import type { ChallengeMessage, ProofInit } from "../../proto/messages.ts";
import { ChatError } from "../../room/errors.ts";
import type { SessionConnection } from "../net/transport.ts";
import type { Identity } from "../profile/identity.ts";

/** The part of a key that a session uses. */
export type Signer = Pick<Identity, "publicKey" | "sign">;

/** The credentials of a client. */
export interface ProofOptions {
  /** The person's key; without one, nothing is signed. */
  readonly identity: Signer | undefined;
  /** The password, for a server that requires one. */
  readonly password: string | undefined;
  /** Called with the id and address of a server without TLS, before anything is proven to it. */
  readonly meet?: ((server: Uint8Array, address: string) => Promise<void>) | undefined;
}

/** The part of a connection that its proofs use. */
type ProvenConnection = Pick<SessionConnection, "address" | "identify">;

/** Answers the challenges of one call. */
export class Prover {
  readonly #connection: ProvenConnection;
  readonly #join: ProvenJoin;
  readonly #options: ProofOptions;
  readonly #purpose: Purpose;
  #challenged = false;

  /** Answers the challenges to `join`, which was sent over `connection`. */
  constructor(
    connection: ProvenConnection,
    join: ProvenJoin,
    options: ProofOptions,
    purpose: Purpose = "session",
  ) {
    this.#connection = connection;
    this.#join = join;
    this.#options = options;
    this.#purpose = purpose;
  }

  /**
   * Answers a challenge.
   *
   * @throws {ChatError} `unauthenticated`, if the server requires a password, or another one.
   */
  async prove(challenge: ChallengeMessage): Promise<ProofInit> {
    const { identity, password, meet } = this.#options;
    // A second challenge means that the password was wrong, and there is no other.
    if (this.#challenged) throw new ChatError("unauthenticated", "Wrong password");
    this.#challenged = true;
    if (challenge.password && !password) {
      throw new ChatError("unauthenticated", "This server requires a password");
    }
    const server = this.#connection.identify(challenge);
    if (server.transport === "plain") await meet?.(server.id, this.#connection.address);
    const signature = await identity?.sign(
      proofBytes(server, challenge, this.#join, this.#purpose),
    );
    return {
      signature: signature ?? new Uint8Array(),
      password: challenge.password ? password ?? "" : "", // Only to a server that requires it.
    };
  }
}
