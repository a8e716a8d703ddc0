/**
 * The wire contract at run time: the one definition that server and client share, and the types
 * of its messages. `chat.proto` beside this file is its manual.
 *
 * @module
 */

import "./http2_guard.ts";

import type { Buffer } from "node:buffer";
import { errorMessage } from "../room/errors.ts";
import chat from "./generated/grpc/chat.json" with { type: "json" };
import type { ChatServerDefinition } from "./generated/grpc/ChatServer.ts";
import { ProtoFile } from "./proto_file.ts";
import { StrictReader } from "./strict_reader.ts";

export type * from "./messages.ts";

/** `chat.proto`, loaded. */
export const chatFile = new ProtoFile("chat.proto", chat);

/** The service that `chat.proto` defines. */
export const chatServer = chatFile.methods<ChatServerDefinition>("grpc.ChatServer");

/** A request that breaks the contract. The server refuses it for this reason. */
export class Malformed {
  /** Keeps the reason. */
  constructor(readonly reason: string) {}
}

/**
 * Wraps a decoder of requests so that it never throws: bytes that break the contract (truncated,
 * wrong wire types, text that is not UTF-8, too many fields) become a {@linkcode Malformed}.
 *
 * @param onFields Called with the number of fields of each request.
 */
export function strictly<T>(
  decode: (bytes: Buffer) => T,
  onFields: (count: number) => void = () => {},
): (bytes: Buffer) => T | Malformed {
  return (bytes) => {
    const reader = new StrictReader(bytes);
    try {
      // A generated decoder accepts a reader as well as bytes, although its type says only bytes.
      return decode(reader as unknown as Buffer);
    } catch (error) {
      return new Malformed(errorMessage(error));
    } finally {
      onFields(reader.fields);
    }
  };
}
