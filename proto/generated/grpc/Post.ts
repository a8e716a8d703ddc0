// Original file: chat.proto

import type { Kind as _grpc_Kind, Kind__Output as _grpc_Kind__Output } from '../grpc/Kind.ts';

export interface Post {
  'id'?: (string);
  'message'?: (string);
  'kind'?: (_grpc_Kind);
  'to'?: (string);
}

export interface Post__Output {
  'id': (string);
  'message': (string);
  'kind': (_grpc_Kind__Output);
  'to': (string);
}
