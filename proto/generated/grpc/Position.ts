// Original file: chat.proto

import type { Long } from '@grpc/proto-loader';

export interface Position {
  'history'?: (string);
  'seq'?: (number | string | Long);
}

export interface Position__Output {
  'history': (string);
  'seq': (number);
}
