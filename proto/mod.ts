/**
 * The wire contract at run time: one definition that server and client share, and
 * the types of what it carries. `chat.proto` beside this file is its manual.
 *
 * @module
 */

import "./http2_guard.ts";

import type { Buffer } from "node:buffer";
import source from "./chat.proto" with { type: "text" };
import { type MethodDefinition, ProtoFile } from "./proto_file.ts";
import { StrictReader } from "./strict_reader.ts";
import { errorMessage } from "../room/errors.ts";

/** A message without content. */
export type Empty = Record<never, never>;

/** `Note` in `chat.proto`; the original contract has only the name and the message. */
export interface NoteMessage {
  readonly name: string;
  readonly message: string;
  readonly seq?: number;
  readonly time?: number;
  readonly kind?: number;
  readonly to?: string;
  readonly verified?: boolean;
  readonly to_verified?: boolean;
}

/** `Post` in `chat.proto`. */
export interface PostMessage {
  readonly id: string;
  readonly message: string;
  readonly kind?: number;
  readonly to?: string;
}

/** `Position` in `chat.proto`. */
export interface PositionMessage {
  readonly history: string;
  readonly seq: number;
}

/** `Join` in `chat.proto`; at most one of `after`, `last`, `from` and `since` is there. */
export interface JoinMessage {
  readonly name: string;
  readonly room: string;
  readonly client: string;
  readonly attempt?: number;
  readonly after?: PositionMessage;
  readonly last?: number;
  readonly from?: number;
  readonly since?: number;
  readonly unlisted?: boolean;
  readonly key?: Uint8Array;
}

/** `Proof` in `chat.proto`. */
export interface ProofMessage {
  readonly signature: Uint8Array;
  readonly password: string;
}

/** `ClientFrame` in `chat.proto`. */
export interface ClientFrame {
  readonly join?: JoinMessage | null;
  readonly posts?: readonly PostMessage[];
  readonly list_rooms?: boolean;
  readonly refusals?: number;
  readonly proof?: ProofMessage | null;
  readonly orders?: readonly OrderMessage[];
}

/** `EditorCommand` in `chat.proto`. */
export interface OrderMessage {
  readonly action?: number;
  readonly name: string;
  readonly span_ms?: number;
  readonly reason: string;
}

/** `Challenge` in `chat.proto`. */
export interface ChallengeMessage {
  readonly nonce: Uint8Array;
  readonly server: Uint8Array;
  readonly password?: boolean;
}

/** `Welcome` in `chat.proto`. */
export interface WelcomeMessage {
  readonly room: string;
  readonly name: string;
  readonly head: PositionMessage;
  readonly roster: RosterMessage;
  readonly max_note_bytes: number;
  readonly next: number;
  readonly identities?: boolean;
  readonly orders?: boolean;
  readonly pending?: number;
}

/** `Roster` in `chat.proto`. */
export interface RosterMessage {
  readonly people: readonly PersonMessage[];
}

/** `Person` in `chat.proto`. */
export interface PersonMessage {
  readonly name: string;
  readonly verified: boolean;
  readonly sessions: number;
}

/** `Ack` in `chat.proto`. */
export interface AckMessage {
  readonly id: string;
  readonly seq: number;
}

/** `Refusal` in `chat.proto`. */
export interface RefusalMessage {
  readonly id: string;
  readonly code: number;
  readonly reason: string;
  readonly retry_ms?: number;
}

/** `RosterChange` in `chat.proto`. */
export interface RosterChangeMessage {
  readonly name: string;
  readonly joined: boolean;
  readonly reason: string;
  readonly was?: string;
  readonly verified: boolean;
  readonly sessions: number;
}

/** `RoomInfo` in `chat.proto`. */
export interface RoomInfoMessage {
  readonly name: string;
  readonly members: number;
}

/** `RoomList` in `chat.proto`. */
export interface RoomListMessage {
  readonly rooms: readonly RoomInfoMessage[];
  readonly more: number;
}

/** `Goodbye` in `chat.proto`. */
export interface GoodbyeMessage {
  readonly code: number;
  readonly reason: string;
}

/** `ServerFrame` in `chat.proto`. */
export interface ServerFrame {
  readonly welcome?: WelcomeMessage | null;
  readonly lost?: number;
  readonly notes?: readonly NoteMessage[];
  readonly acks?: readonly AckMessage[];
  readonly refusals?: readonly RefusalMessage[];
  readonly changes?: readonly RosterChangeMessage[];
  readonly roster?: RosterMessage | null;
  readonly goodbye?: GoodbyeMessage | null;
  readonly rooms?: RoomListMessage | null;
  readonly challenge?: ChallengeMessage | null;
  readonly outcomes?: readonly OutcomeMessage[];
  readonly copy?: CopyMessage | null;
}

/** `Copy` in `chat.proto`. */
export interface CopyMessage {
  readonly notes?: number;
  readonly size?: number;
  readonly piece?: Uint8Array;
}

/** `ModerationResult` in `chat.proto`. */
export interface OutcomeMessage {
  readonly code: number;
  readonly words: string;
  readonly sanctions: readonly SanctionMessage[];
  readonly figures?: readonly FigureMessage[];
  readonly names?: readonly OwnedNameMessage[];
}

/** `OwnedName` in `chat.proto`. */
export interface OwnedNameMessage {
  readonly name: string;
  readonly key: string;
  readonly time: number;
  readonly seen: number;
  readonly spoken: boolean;
}

/** `Measurement` in `chat.proto`. */
export interface FigureMessage {
  readonly name: string;
  readonly value: number;
}

/** `Sanction` in `chat.proto`. */
export interface SanctionMessage {
  readonly action: number;
  readonly whom: string;
  readonly name: string;
  readonly by: string;
  readonly reason: string;
  readonly time: number;
  readonly until: number;
}

/** A request that is not what the contract says; the server refuses it with these words. */
export class Malformed {
  /** Remembers what is wrong. */
  constructor(readonly reason: string) {}
}

/** The service with its methods, as `addService` and `makeClientConstructor` take it. */
export interface ChatServerDefinition {
  /** Streams the notes of the room. */
  readonly ChatStream: MethodDefinition<Empty, NoteMessage>;
  /** Posts a note. */
  readonly SendNote: MethodDefinition<NoteMessage, Empty>;
  /** One member in one room. */
  readonly Session: MethodDefinition<ClientFrame, ServerFrame>;
  /** Copies all that is kept. */
  readonly Backup: MethodDefinition<ClientFrame, ServerFrame>;
}

/** `chat.proto`, loaded. */
export const chatFile = new ProtoFile("chat.proto", source);

// What proto-loader makes of a file is typed as anything that a file may hold.
/** The service that `chat.proto` defines. */
export const chatServer = chatFile
  .definitions["grpc.ChatServer"] as unknown as ChatServerDefinition;

/**
 * Makes a decoder of requests that never throws: bytes that break the contract (cut short, wrong
 * wire types, text that is not UTF-8, too many fields) become a {@linkcode Malformed}.
 *
 * @param onFields Hears how many fields each has.
 */
export function strictly<T>(
  decode: (bytes: Buffer) => T,
  onFields: (count: number) => void = () => {},
): (bytes: Buffer) => T | Malformed {
  return (bytes) => {
    const reader = new StrictReader(bytes);
    try {
      // A generated decoder takes a reader as well as bytes; its type knows only the bytes.
      return decode(reader as unknown as Buffer);
    } catch (error) {
      return new Malformed(errorMessage(error));
    } finally {
      onFields(reader.fields);
    }
  };
}
