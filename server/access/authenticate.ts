import type { Buffer } from "node:buffer";
import { keyFingerprint } from "../../proto/identity/key_fingerprint.ts";
import { proofBytes, type Purpose, type ServerIdentity } from "../../proto/identity/proof.ts";
import type { ChallengeMessage, ClientFrame, JoinMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { errorEvent, type Report } from "../events/event.ts";
import { encode } from "../server_frame.ts";
import type { Authentication, Gate } from "./gate.ts";

/** Somebody who wants to be let in, as the transport shows them. */
export interface Peer {
  /** Where they are: whoever tries passwords from there has to wait for the others. */
  readonly address: string;
  /** What they send. */
  readonly frames: AsyncIterator<ClientFrame>;
  /** Aborted when they have left, or are to be sent away. */
  readonly signal: AbortSignal;
  /** Sends bytes to them. */
  readonly write: (frame: Buffer, signal: AbortSignal) => Promise<void>;
}

/** What a stranger has to prove, and to whom. */
export interface AuthenticateOptions {
  /** Lets them in. */
  readonly gate: Gate;
  /** What tells this server from others. */
  readonly server: ServerIdentity;
  /** Hears of wrong passwords. */
  readonly report: Report;
}

/** How often somebody may be wrong about the password in one session. */
const MAX_TRIES = 3;
const NONCE_BYTES = 32;

/**
 * Finds out who wants to join, and whether they may.
 *
 * @throws {ChatError} `forbidden` or `unauthenticated`, if they may not; `invalid`, if they
 * answer by something else; `unavailable`, if they have left, or too many passwords wait in their
 * network.
 */
export async function authenticate(
  peer: Peer,
  join: JoinMessage,
  { gate, server, report }: AuthenticateOptions,
  purpose: Purpose,
): Promise<Authentication> {
  const publicKey = join.key?.length ? join.key : undefined;
  const key = publicKey && await keyFingerprint(publicKey);
  const password = gate.requiresPassword(key);
  const authentication = { key, knowsPassword: password };
  if (!publicKey && !password) return authentication;
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
      const words = "The signature is not that of the key, for this session with this server";
      throw new ChatError("forbidden", words);
    }
    if (!password) return authentication;
    if (proof.password === "") {
      throw new ChatError("unauthenticated", "This server wants a password");
    }
    const { address, signal } = peer;
    const who = { name: join.name, room: join.room, key, address };
    try {
      if (await gate.checkPassword(proof.password, { address, key }, signal)) return authentication;
    } catch (error) {
      if (!(error instanceof ChatError && error.code === "limited")) throw error;
      report(errorEvent(error, who));
      // By this status clients try again; that of `limited` is the one of what is too large, too.
      throw new ChatError("unavailable", error.message);
    }
    const wrong = new ChatError("unauthenticated", "Wrong password");
    if (tries === MAX_TRIES) throw wrong;
    // Now: whoever gives up, or tries again by another session, would not be heard of.
    report(errorEvent(wrong, who));
  }
}

async function requestProof({ frames, signal, write }: Peer, challenge: ChallengeMessage) {
  await write(encode({ challenge }), signal);
  const { done, value } = await frames.next();
  // Whoever has given up did not say anything wrong, and may hear of it where they try again.
  if (done) throw new ChatError("unavailable", "The call ended before a proof came");
  if (!value.proof) {
    throw new ChatError("invalid", "A challenge must be answered by a proof");
  }
  return value.proof;
}

async function verifySignature(
  publicKey: Uint8Array,
  signature: Uint8Array,
  ...signed: Parameters<typeof proofBytes>
): Promise<boolean> {
  // Copies, as the bytes of a message lie in a buffer that WebCrypto's types do not take.
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
