// Original file: chat.proto

import type { Welcome as _grpc_Welcome, Welcome__Output as _grpc_Welcome__Output } from '../grpc/Welcome.ts';
import type { Note as _grpc_Note, Note__Output as _grpc_Note__Output } from '../grpc/Note.ts';
import type { Ack as _grpc_Ack, Ack__Output as _grpc_Ack__Output } from '../grpc/Ack.ts';
import type { Refusal as _grpc_Refusal, Refusal__Output as _grpc_Refusal__Output } from '../grpc/Refusal.ts';
import type { RosterChange as _grpc_RosterChange, RosterChange__Output as _grpc_RosterChange__Output } from '../grpc/RosterChange.ts';
import type { Roster as _grpc_Roster, Roster__Output as _grpc_Roster__Output } from '../grpc/Roster.ts';
import type { Goodbye as _grpc_Goodbye, Goodbye__Output as _grpc_Goodbye__Output } from '../grpc/Goodbye.ts';
import type { RoomList as _grpc_RoomList, RoomList__Output as _grpc_RoomList__Output } from '../grpc/RoomList.ts';
import type { Challenge as _grpc_Challenge, Challenge__Output as _grpc_Challenge__Output } from '../grpc/Challenge.ts';
import type { Outcome as _grpc_Outcome, Outcome__Output as _grpc_Outcome__Output } from '../grpc/Outcome.ts';
import type { Copy as _grpc_Copy, Copy__Output as _grpc_Copy__Output } from '../grpc/Copy.ts';
import type { Sanction as _grpc_Sanction, Sanction__Output as _grpc_Sanction__Output } from '../grpc/Sanction.ts';
import type { Found as _grpc_Found, Found__Output as _grpc_Found__Output } from '../grpc/Found.ts';
import type { Topic as _grpc_Topic, Topic__Output as _grpc_Topic__Output } from '../grpc/Topic.ts';
import type { Long } from '@grpc/proto-loader';

export interface ServerFrame {
  'welcome'?: (_grpc_Welcome | null);
  'lost'?: (number | string | Long);
  'notes'?: (_grpc_Note)[];
  'acks'?: (_grpc_Ack)[];
  'refusals'?: (_grpc_Refusal)[];
  'changes'?: (_grpc_RosterChange)[];
  'roster'?: (_grpc_Roster | null);
  'goodbye'?: (_grpc_Goodbye | null);
  'rooms'?: (_grpc_RoomList | null);
  'challenge'?: (_grpc_Challenge | null);
  'outcomes'?: (_grpc_Outcome)[];
  'copy'?: (_grpc_Copy | null);
  'mutes'?: (_grpc_Sanction)[];
  'found'?: (_grpc_Found)[];
  'topic'?: (_grpc_Topic | null);
}

export interface ServerFrame__Output {
  'welcome': (_grpc_Welcome__Output | null);
  'lost': (number);
  'notes': (_grpc_Note__Output)[];
  'acks': (_grpc_Ack__Output)[];
  'refusals': (_grpc_Refusal__Output)[];
  'changes': (_grpc_RosterChange__Output)[];
  'roster': (_grpc_Roster__Output | null);
  'goodbye': (_grpc_Goodbye__Output | null);
  'rooms': (_grpc_RoomList__Output | null);
  'challenge': (_grpc_Challenge__Output | null);
  'outcomes': (_grpc_Outcome__Output)[];
  'copy': (_grpc_Copy__Output | null);
  'mutes': (_grpc_Sanction__Output)[];
  'found': (_grpc_Found__Output)[];
  'topic': (_grpc_Topic__Output | null);
}
