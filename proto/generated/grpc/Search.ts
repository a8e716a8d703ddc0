// Original file: chat.proto

import type { Long } from '@grpc/proto-loader';

export interface Search {
  'words'?: (string)[];
  'name'?: (string);
  'from'?: (number | string | Long);
  'since'?: (number | string | Long);
  'ago_ms'?: (number | string | Long);
  'before'?: (number | string | Long);
  'limit'?: (number);
  'oldest'?: "from"|"since"|"ago_ms";
}

export interface Search__Output {
  'words': (string)[];
  'name': (string);
  'from'?: (number);
  'since'?: (number);
  'ago_ms'?: (number);
  'before': (number);
  'limit': (number);
}
