// Original file: chat.proto

import type { Long } from '@grpc/proto-loader';

export interface Topic {
  'text'?: (string);
  'by'?: (string);
  'time'?: (number | string | Long);
  'locked'?: (boolean);
  'locked_by'?: (string);
}

export interface Topic__Output {
  'text': (string);
  'by': (string);
  'time': (number);
  'locked': (boolean);
  'locked_by': (string);
}
