/**
 * The messages of `chat.proto`, from their generated types: an `…Message` as it is decoded, with
 * all its fields, and an `…Init` as it is encoded, where a field that is left out has its default.
 *
 * @module
 */

import type { Ack, Ack__Output } from "./generated/grpc/Ack.ts";
import type { Challenge__Output } from "./generated/grpc/Challenge.ts";
import type {
  ClientFrame as ClientFrameFields,
  ClientFrame__Output,
} from "./generated/grpc/ClientFrame.ts";
import type { Copy, Copy__Output } from "./generated/grpc/Copy.ts";
import type { Empty as EmptyFields } from "./generated/grpc/Empty.ts";
import type { Figure__Output } from "./generated/grpc/Figure.ts";
import type { Found, Found__Output } from "./generated/grpc/Found.ts";
import type { Goodbye__Output } from "./generated/grpc/Goodbye.ts";
import type { Join, Join__Output } from "./generated/grpc/Join.ts";
import type { Note, Note__Output } from "./generated/grpc/Note.ts";
import type { Order__Output } from "./generated/grpc/Order.ts";
import type { Outcome, Outcome__Output } from "./generated/grpc/Outcome.ts";
import type { OwnedName__Output } from "./generated/grpc/OwnedName.ts";
import type { Person__Output } from "./generated/grpc/Person.ts";
import type { Position__Output } from "./generated/grpc/Position.ts";
import type { Post__Output } from "./generated/grpc/Post.ts";
import type { Proof } from "./generated/grpc/Proof.ts";
import type { Refusal, Refusal__Output } from "./generated/grpc/Refusal.ts";
import type { Roster, Roster__Output } from "./generated/grpc/Roster.ts";
import type { RoomInfo__Output } from "./generated/grpc/RoomInfo.ts";
import type { RoomList__Output } from "./generated/grpc/RoomList.ts";
import type { RosterChange__Output } from "./generated/grpc/RosterChange.ts";
import type { Sanction, Sanction__Output } from "./generated/grpc/Sanction.ts";
import type { Search, Search__Output } from "./generated/grpc/Search.ts";
import type {
  ServerFrame as ServerFrameFields,
  ServerFrame__Output,
} from "./generated/grpc/ServerFrame.ts";
import type { Topic, Topic__Output } from "./generated/grpc/Topic.ts";
import type { Welcome__Output } from "./generated/grpc/Welcome.ts";
import type { Wire } from "./proto_file.ts";

export type Empty = Wire<EmptyFields>;
export type NoteInit = Wire<Note>;
export type NoteMessage = Wire<Note__Output>;
export type PostMessage = Wire<Post__Output>;
export type PositionMessage = Wire<Position__Output>;
export type JoinInit = Wire<Join>;
export type JoinMessage = Wire<Join__Output>;
export type ChallengeMessage = Wire<Challenge__Output>;
export type ProofInit = Wire<Proof>;
export type TopicInit = Wire<Topic>;
export type TopicMessage = Wire<Topic__Output>;
export type WelcomeMessage = Wire<Welcome__Output>;
export type RosterInit = Wire<Roster>;
export type RosterMessage = Wire<Roster__Output>;
export type PersonMessage = Wire<Person__Output>;
export type RosterChangeMessage = Wire<RosterChange__Output>;
export type RoomInfoMessage = Wire<RoomInfo__Output>;
export type RoomListMessage = Wire<RoomList__Output>;
export type AckInit = Wire<Ack>;
export type AckMessage = Wire<Ack__Output>;
export type RefusalInit = Wire<Refusal>;
export type RefusalMessage = Wire<Refusal__Output>;
export type OrderMessage = Wire<Order__Output>;
export type OutcomeInit = Wire<Outcome>;
export type FigureMessage = Wire<Figure__Output>;
export type OwnedNameMessage = Wire<OwnedName__Output>;
export type OutcomeMessage = Wire<Outcome__Output>;
export type SanctionInit = Wire<Sanction>;
export type SanctionMessage = Wire<Sanction__Output>;
export type SearchInit = Wire<Search>;
export type SearchMessage = Wire<Search__Output>;
export type FoundInit = Wire<Found>;
export type FoundMessage = Wire<Found__Output>;
export type CopyInit = Wire<Copy>;
export type CopyMessage = Wire<Copy__Output>;
export type GoodbyeMessage = Wire<Goodbye__Output>;
export type ClientFrameInit = Wire<ClientFrameFields>;
export type ClientFrame = Wire<ClientFrame__Output>;
export type ServerFrameInit = Wire<ServerFrameFields>;
export type ServerFrame = Wire<ServerFrame__Output>;
