// Original file: chat.proto

import type { Position as _grpc_Position, Position__Output as _grpc_Position__Output } from '../grpc/Position.ts';
import type { Roster as _grpc_Roster, Roster__Output as _grpc_Roster__Output } from '../grpc/Roster.ts';
import type { Topic as _grpc_Topic, Topic__Output as _grpc_Topic__Output } from '../grpc/Topic.ts';
import type { Long } from '@grpc/proto-loader';

export interface Welcome {
  'room'?: (string);
  'name'?: (string);
  'head'?: (_grpc_Position | null);
  'roster'?: (_grpc_Roster | null);
  'max_note_bytes'?: (number);
  'next'?: (number | string | Long);
  'identities'?: (boolean);
  'orders'?: (boolean);
  'pending'?: (number | string | Long);
  'awaited'?: (boolean);
  'operator'?: (boolean);
  'topic'?: (_grpc_Topic | null);
  'searches'?: (boolean);
  '_pending'?: "pending";
  '_operator'?: "operator";
}

export interface Welcome__Output {
  'room': (string);
  'name': (string);
  'head': (_grpc_Position__Output | null);
  'roster': (_grpc_Roster__Output | null);
  'max_note_bytes': (number);
  'next': (number);
  'identities': (boolean);
  'orders': (boolean);
  'pending'?: (number);
  'awaited': (boolean);
  'operator'?: (boolean);
  'topic': (_grpc_Topic__Output | null);
  'searches': (boolean);
}
