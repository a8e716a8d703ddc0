import {
  proofBytes,
  type ProvenJoin,
  type Purpose,
  type ServerIdentity,
} from "../../proto/identity/proof.ts";
import type { ChallengeMessage, ProofInit } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import type { GrpcConnection } from "../net/grpc.ts";
import type { Identity } from "../profile/identity.ts";

/** What somebody can prove who they are by. */
export interface ProofOptions {
  /** Whose key to use; without one, there is nothing to sign with. */
  readonly identity: Identity | undefined;
  /** What to say to a server that wants a password. */
  readonly password: string | undefined;
  /** Hears what a server without TLS says of itself, before anything is proven to it. */
  readonly meet?: ((server: Uint8Array) => Promise<void>) | undefined;
}

/** Answers the challenges of one call. */
export class Prover {
  readonly #connection: GrpcConnection;
  readonly #join: ProvenJoin;
  readonly #options: ProofOptions;
  readonly #purpose: Purpose;
  #challenged = false;

  /** Makes what proves who asks to be let in by `join` over a connection. */
  constructor(
    connection: GrpcConnection,
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
   * @throws {ChatError} `unauthenticated`, if the server wants a password, or another one.
   */
  async prove(challenge: ChallengeMessage): Promise<ProofInit> {
    const { identity, password, meet } = this.#options;
    // One behind another is for the password: we have no other.
    if (this.#challenged) throw new ChatError("unauthenticated", "Wrong password");
    this.#challenged = true;
    if (challenge.password && !password) {
      throw new ChatError("unauthenticated", "This server requires a password");
    }
    const server = serverIdentity(this.#connection, challenge);
    if (server.transport === "plain") await meet?.(server.id);
    const signature = await identity?.sign(
      proofBytes(server, challenge, this.#join, this.#purpose),
    );
    return {
      signature: signature ?? new Uint8Array(),
      password: challenge.password ? password ?? "" : "", // Never to a server that has no use for it.
    };
  }
}

/** What a proof is bound to: the certificate that we have seen, or else what the server says of itself. */
function serverIdentity(connection: GrpcConnection, { server }: ChallengeMessage): ServerIdentity {
  const seen = connection.certificateDigest;
  return seen ? { transport: "tls", id: seen } : { transport: "plain", id: server };
}
