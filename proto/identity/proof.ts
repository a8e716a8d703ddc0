import { LOBBY } from "../../room/defaults.ts";
import { foldName } from "../../room/note.ts";
import type { ChallengeMessage, JoinMessage } from "../messages.ts";

/** The identity of a server, as far as the connection shows it. */
export interface ServerIdentity {
  /** Whether the client is a browser, and else whether the connection uses TLS. */
  readonly transport: "tls" | "plain" | "web";
  /**
   * Over TLS the SHA-256 of its certificate (DER), in plaintext the id that the server claims. A
   * browser shows neither to a page: there it is the page's origin, `https://chat.example:50051`.
   */
  readonly id: Uint8Array;
}

/** The purpose of a proof. A proof for one is not valid for the other. */
export type Purpose = "session" | "backup";

/** The fields of a join that its proof covers. */
export type ProvenJoin = Pick<JoinMessage, "room" | "name" | "client">;

/** Distinguishes these signatures from all others that the key may ever make. */
const CONTEXT: Readonly<Record<Purpose, string>> = {
  session: "chat session, version 1",
  backup: "chat backup, version 1",
};

/**
 * Returns the bytes whose signature proves that a client has its key, in this call to this server.
 * See "Identity" in `chat.proto`.
 */
export function proofBytes(
  server: ServerIdentity,
  { nonce }: Pick<ChallengeMessage, "nonce">,
  { room, name, client }: ProvenJoin,
  purpose: Purpose = "session",
): Uint8Array<ArrayBuffer> {
  const { transport, id } = server;
  const folded = foldName(room) || LOBBY;
  const encoder = new TextEncoder();
  const parts = [CONTEXT[purpose], transport, id, nonce, folded, name, client].map((part) =>
    typeof part === "string" ? encoder.encode(part) : part
  );
  const bytes = new Uint8Array(parts.reduce((length, part) => length + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}
