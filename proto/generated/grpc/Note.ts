// Original file: chat.proto

import type { Kind as _grpc_Kind, Kind__Output as _grpc_Kind__Output } from '../grpc/Kind.ts';
import type { Long } from '@grpc/proto-loader';

export interface Note {
  'name'?: (string);
  'message'?: (string);
  'seq'?: (number | string | Long);
  'time'?: (number | string | Long);
  'kind'?: (_grpc_Kind);
  'to'?: (string);
  'verified'?: (boolean);
  'to_verified'?: (boolean);
  '_to_verified'?: "to_verified";
}

export interface Note__Output {
  'name': (string);
  'message': (string);
  'seq': (number);
  'time': (number);
  'kind': (_grpc_Kind__Output);
  'to': (string);
  'verified': (boolean);
  'to_verified'?: (boolean);
}
