// Original file: chat.proto

import type { Note as _grpc_Note, Note__Output as _grpc_Note__Output } from '../grpc/Note.ts';
import type { Long } from '@grpc/proto-loader';

export interface Found {
  'notes'?: (_grpc_Note)[];
  'searched'?: (number | string | Long);
  'last'?: (boolean);
  'more'?: (boolean);
  'code'?: (number);
  'reason'?: (string);
  'retry_ms'?: (number);
}

export interface Found__Output {
  'notes': (_grpc_Note__Output)[];
  'searched': (number);
  'last': (boolean);
  'more': (boolean);
  'code': (number);
  'reason': (string);
  'retry_ms': (number);
}
