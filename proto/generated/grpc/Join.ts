// Original file: chat.proto

import type { Position as _grpc_Position, Position__Output as _grpc_Position__Output } from '../grpc/Position.ts';
import type { Long } from '@grpc/proto-loader';

export interface Join {
  'name'?: (string);
  'room'?: (string);
  'client'?: (string);
  'after'?: (_grpc_Position | null);
  'last'?: (number);
  'attempt'?: (number);
  'from'?: (number | string | Long);
  'since'?: (number | string | Long);
  'unlisted'?: (boolean);
  'key'?: (Buffer | Uint8Array | string);
  'start'?: "after"|"last"|"from"|"since";
}

export interface Join__Output {
  'name': (string);
  'room': (string);
  'client': (string);
  'after'?: (_grpc_Position__Output | null);
  'last'?: (number);
  'attempt': (number);
  'from'?: (number);
  'since'?: (number);
  'unlisted': (boolean);
  'key': (Buffer);
}
