// Original file: chat.proto

import type { Long } from '@grpc/proto-loader';

export interface Ack {
  'id'?: (string);
  'seq'?: (number | string | Long);
}

export interface Ack__Output {
  'id': (string);
  'seq': (number);
}
