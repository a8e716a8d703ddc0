import {
  proofBytes,
  type Purpose,
  type ServerIdentity,
  webIdentity,
} from "../../proto/identity/proof.ts";
import type { ChallengeMessage, JoinMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { keyFingerprint } from "../../room/identity.ts";
import { toNetwork } from "../../room/network.ts";
import type { Principal } from "../../room/principal.ts";
import { errorEvent, type Report } from "../events/event.ts";
import type { Peer } from "../peer.ts";
import { encode } from "../server_frame.ts";
import type { Authentication, Gate } from "./gate.ts";

/** A join whose sender has been authenticated. `key` is the fingerprint of the proven key. */
export interface JoinRequest extends Omit<JoinMessage, "key">, Principal, Authentication {}

/** Options of authentication. */
export interface AuthenticateOptions {
  /** Decides who may join. */
  readonly gate: Gate;
  /** Identifies this server. */
  readonly server: ServerIdentity;
  /** Called for wrong passwords. */
  readonly report: Report;
}

/** The number of passwords that a peer may try in one session. */
const MAX_TRIES = 3;
const NONCE_BYTES = 32;

/**
 * Authenticates a peer that asks to join. Whether it may stay is another question: see
 * `checkAdmission()`.
 *
 * @throws {ChatError} `forbidden` or `unauthenticated`, if authentication fails or could not admit
 * the peer in any case; `invalid`, if the peer does not answer the challenge; `unavailable`, if it
 * has left; `limited`, if too many passwords from its network are waiting.
 */
export async function authenticate(
  peer: Peer,
  join: JoinMessage,
  { gate, server: own, report }: AuthenticateOptions,
  purpose: Purpose = "session",
): Promise<JoinRequest> {
  const publicKey = join.key?.length ? join.key : undefined;
  const key = publicKey && await keyFingerprint(publicKey);
  const password = gate.requiresPassword(key);
  const { address, origin, signal } = peer;
  const server = origin === undefined ? own : webIdentity(origin);
  const request = { ...join, key, knowsPassword: password, network: toNetwork(address) };
  if (!publicKey && !password) return request;
  for (let tries = 1;; tries++) {
    const challenge = {
      nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
      server: server.transport === "plain" ? server.id : new Uint8Array(),
      password,
    };
    const proof = await requestProof(peer, challenge);
    if (
      publicKey &&
      !await verifySignature(publicKey, proof.signature, server, challenge, join, purpose)
    ) {
      const words = "The signature does not match the key for this session and server";
      throw new ChatError("forbidden", words);
    }
    if (!password) return request;
    if (proof.password === "") {
      throw new ChatError("unauthenticated", "This server requires a password");
    }
    if (await gate.checkPassword(proof.password, { address, key }, signal)) return request;
    const wrong = new ChatError("unauthenticated", "Wrong password");
    if (tries === MAX_TRIES) throw wrong;
    // Reported now: a peer that gives up, or tries again in another session, would go unnoticed.
    report(errorEvent(wrong, { name: join.name, room: join.room, key, address }));
  }
}

async function requestProof(peer: Peer, challenge: ChallengeMessage) {
  await peer.write(encode({ challenge }), peer.signal);
  const { done, value } = await peer.frames.next();
  // The peer gave up, which is not an error in its request. It may retry.
  if (done) throw new ChatError("unavailable", "The call ended before a proof arrived");
  if (!value.proof) {
    throw new ChatError("invalid", "A challenge must be answered with a proof");
  }
  return value.proof;
}

async function verifySignature(
  publicKey: Uint8Array,
  signature: Uint8Array,
  ...signed: Parameters<typeof proofBytes>
): Promise<boolean> {
  // Copied: WebCrypto's types do not accept the buffer that a message's bytes are in.
  const key = await crypto.subtle.importKey(
    "raw",
    new Uint8Array(publicKey),
    "Ed25519",
    false,
    ["verify"],
  );
  const bytes = proofBytes(...signed);
  return await crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), bytes);
}
