import { Buffer } from "node:buffer";
import {
  chatServer,
  type ClientFrame,
  type ClientFrameInit,
  type JoinInit,
  type ServerFrame,
} from "../../proto/mod.ts";
import { fromStatus } from "../../proto/status.ts";
import type { CallStatus } from "../events/refusal.ts";
import { serveSession } from "../session/serve_session.ts";
import type { Exchange } from "./exchange.ts";
import { toHttpError, UnreportedError } from "./http_error.ts";

/** What a request wants from a session. */
export interface LocalSessionOptions extends Omit<ClientFrameInit, "join"> {
  readonly join: Omit<JoinInit, "client" | "unlisted">;
  /** Whether to stay until the peer leaves. Default: until everything is answered. */
  readonly stays?: boolean;
  /** Called for each frame of the server. The next one comes when it has resolved. */
  readonly onFrame: (frame: ServerFrame) => void | Promise<void>;
}

/**
 * Runs a session in this process on behalf of a request, as an unlisted member with the password
 * that the request has: whatever holds for the sessions of other peers holds for requests as well.
 * Resolves when the session has ended.
 *
 * @throws {UnreportedError} if the server refuses or ends it.
 */
export async function runSession(
  { request, connection, address, signal, context: { services } }: Exchange,
  { join, stays = false, onFrame, ...rest }: LocalSessionOptions,
): Promise<void> {
  const password = bearerToken(request.headers.authorization);
  let challenges = 0;
  let refusal: UnreportedError | undefined;
  const refuse = ({ kind, details, retryMs }: CallStatus) => {
    refusal ??= new UnreportedError(toHttpError(kind, details, retryMs));
  };
  async function* frames(): AsyncGenerator<ClientFrame, void> {
    const client = crypto.randomUUID();
    yield toFrame({ ...rest, join: { ...join, client, unlisted: true } });
    if (challenges > 0) yield toFrame({ proof: { password: password ?? "" } });
    if (challenges > 1) refuse({ kind: "unauthenticated", code: 0, details: "Wrong password" });
    else if (stays) await aborted(signal);
  }
  using stack = new DisposableStack();
  await serveSession({
    address,
    origin: undefined, // It has no key.
    frames: frames(),
    isReading: () => true,
    signal,
    write: async (bytes) => {
      const frame = fromBytes(bytes);
      if (frame.challenge) challenges++;
      else await onFrame(frame);
    },
    writeLast: (bytes) => {
      const { code = 0, reason = "" } = fromBytes(bytes).goodbye ?? {};
      refuse({ kind: fromStatus(code), code, details: reason });
    },
    refuse,
    joined: () => void stack.use(connection.pin()),
    posted: (length) => connection.refundPost(length),
    refused: (what) => connection.recordRefusal(what),
  }, services);
  if (refusal) throw refusal;
}

/** Returns a frame as it would arrive. */
function toFrame(frame: ClientFrameInit): ClientFrame {
  const { requestSerialize, requestDeserialize } = chatServer.Session;
  return requestDeserialize(requestSerialize(frame));
}

function fromBytes(bytes: Buffer): ServerFrame {
  return chatServer.Session.responseDeserialize(bytes);
}

/** The password in an `Authorization` header; undefined if there is none. */
function bearerToken(header = ""): string | undefined {
  const [, token] = /^bearer +(.+)$/i.exec(header) ?? [];
  // Node has a character for each byte of a header.
  return token && Buffer.from(token, "latin1").toString();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
