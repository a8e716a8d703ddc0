// Original file: chat.proto

import type { Long } from '@grpc/proto-loader';

export interface Copy {
  'notes'?: (number | string | Long);
  'size'?: (number | string | Long);
  'piece'?: (Buffer | Uint8Array | string);
}

export interface Copy__Output {
  'notes': (number);
  'size': (number);
  'piece': (Buffer);
}
