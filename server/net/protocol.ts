import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { PREFACE } from "./http2_frames.ts";

/** What a connection speaks: gRPC needs HTTP/2, everything else is HTTP/1.1. */
export type Protocol = "http2" | "http1";

/** The names of the protocols in a TLS handshake (ALPN). */
const NAMES: Readonly<Record<string, Protocol>> = { "h2": "http2", "http/1.1": "http1" };

/** The protocol that a TLS handshake has agreed on; undefined if it has not, or in plaintext. */
export function agreedProtocol(socket: Socket): Protocol | undefined {
  const { alpnProtocol } = socket as { alpnProtocol?: unknown }; // Only a TLS socket has it.
  return typeof alpnProtocol === "string" ? NAMES[alpnProtocol] : undefined;
}

/** The first byte of a TLS connection: the type of a record with a handshake. */
const HANDSHAKE = 22;

/** Whether a connection that begins like this may speak TLS. */
export function beginsTls(begin: Uint8Array): boolean {
  return begin[0] === HANDSHAKE;
}

/**
 * Looks at the first bytes of a socket, and calls `onKnown` with them once they show its protocol.
 * The socket is paused then and has all its bytes. A connection that speaks something else passes for
 * HTTP/1.1.
 */
export function detectProtocol(
  socket: Socket,
  onKnown: (protocol: Protocol, begin: Uint8Array) => void,
): void {
  let begin: Buffer = Buffer.alloc(0);
  const look = (bytes: Buffer) => {
    begin = begin.length === 0 ? bytes : Buffer.concat([begin, bytes]);
    const protocol = protocolOf(begin);
    if (!protocol) return;
    socket.pause();
    socket.unshift(begin);
    onKnown(protocol, begin);
    // Only now: after a moment without listeners, Node would keep them in a larger object.
    socket.off("data", look);
  };
  socket.on("data", look);
}

/** The protocol of a connection that begins like this; undefined if more bytes are needed. */
function protocolOf(begin: Uint8Array): Protocol | undefined {
  const length = Math.min(begin.length, PREFACE.length);
  for (let i = 0; i < length; i++) if (begin[i] !== PREFACE[i]) return "http1";
  return length === PREFACE.length ? "http2" : undefined;
}
