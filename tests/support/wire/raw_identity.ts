import { Identity } from "../../../client/profile/identity.ts";
import { proofBytes, type ProvenJoin, type ServerIdentity } from "../../../proto/identity/proof.ts";
import type { JoinInit } from "../../../proto/mod.ts";
import type { Peer, RawSession } from "./grpc_peer.ts";

/** The deviations of a signer from the protocol. */
export interface ProofOverrides {
  /** Signs for another server. */
  readonly server?: Partial<ServerIdentity>;
  /** Signs for another join. */
  readonly join?: JoinInit;
  /** Signs another nonce. */
  readonly nonce?: Uint8Array;
  /** Sends this signature instead. */
  readonly signature?: Uint8Array;
  /** Sends this password. */
  readonly password?: string;
}

/** A person with a key who joins by hand, like a program written against `chat.proto`. */
export class RawIdentity {
  readonly #identity: Identity;
  /** The signature that was sent last. */
  signature = new Uint8Array();

  private constructor(identity: Identity) {
    this.#identity = identity;
  }

  /** Creates a person with a new key. */
  static async create(): Promise<RawIdentity> {
    return new RawIdentity(await Identity.generate());
  }

  /** The public key. */
  get key(): Uint8Array {
    return this.#identity.publicKey;
  }

  /** The key's fingerprint. */
  get fingerprint(): string {
    return this.#identity.fingerprint;
  }

  /** Asks to join, and answers the challenge. `key` may belong to another person. */
  async enter(
    peer: Peer,
    join: JoinInit & { name: string },
    tricks: ProofOverrides = {},
  ): Promise<RawSession> {
    const session = peer.session();
    const full = { room: "", client: crypto.randomUUID(), key: this.key, ...join };
    session.send({ join: full });
    await session.until(({ challenges }) => challenges.length === 1);
    await this.prove(session, full, tricks);
    return session;
  }

  /** Answers the latest challenge. */
  async prove(session: RawSession, join: ProvenJoin, tricks: ProofOverrides = {}): Promise<void> {
    const challenge = session.seen.challenges.at(-1)!;
    const server = { transport: "plain", id: challenge.server, ...tricks.server } as const;
    const nonce = tricks.nonce ?? challenge.nonce;
    const bytes = proofBytes(server, { nonce }, { ...join, ...tricks.join });
    this.signature = new Uint8Array(tricks.signature ?? await this.#identity.sign(bytes));
    session.send({ proof: { signature: this.signature, password: tricks.password ?? "" } });
  }

  /** Joins, and waits for the welcome. */
  async join(
    peer: Peer,
    join: JoinInit & { name: string },
    tricks: ProofOverrides = {},
  ): Promise<RawSession> {
    const session = await this.enter(peer, join, tricks);
    await session.until(({ welcome }) => welcome !== undefined);
    return session;
  }
}
