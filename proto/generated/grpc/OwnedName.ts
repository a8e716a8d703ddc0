// Original file: chat.proto

import type { Long } from '@grpc/proto-loader';

export interface OwnedName {
  'name'?: (string);
  'key'?: (string);
  'time'?: (number | string | Long);
  'seen'?: (number | string | Long);
  'spoken'?: (boolean);
}

export interface OwnedName__Output {
  'name': (string);
  'key': (string);
  'time': (number);
  'seen': (number);
  'spoken': (boolean);
}
