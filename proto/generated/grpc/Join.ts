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
  'ago_ms'?: (number | string | Long);
  'wait'?: (boolean);
  'start'?: "after"|"last"|"from"|"since";
  '_ago_ms'?: "ago_ms";
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
  'ago_ms'?: (number);
  'wait': (boolean);
}
