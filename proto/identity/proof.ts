import { LOBBY } from "../../room/defaults.ts";
import { foldName } from "../../room/note.ts";
import type { ChallengeMessage, JoinMessage } from "../messages.ts";

/** The identity of a server, as far as the connection shows it. */
export interface ServerIdentity {
  /** Whether the connection uses TLS; `web` for a web page, which cannot know more than its origin. */
  readonly transport: "tls" | "plain" | "web";
  /**
   * Over TLS the SHA-256 of its certificate (DER), for a web page its origin in UTF-8, otherwise the
   * id that the server claims.
   */
  readonly id: Uint8Array;
}

/** The identity of a server for a web page that it has served. */
export function webIdentity(origin: string): ServerIdentity {
  return { transport: "web", id: new TextEncoder().encode(origin) };
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
