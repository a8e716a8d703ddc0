// Original file: batch.proto

import type { StoredKind as _storage_StoredKind, StoredKind__Output as _storage_StoredKind__Output } from '../storage/StoredKind.ts';
import type { Long } from '@grpc/proto-loader';

export interface StoredNote {
  'id'?: (string);
  'name'?: (string);
  'message'?: (string);
  'kind'?: (_storage_StoredKind);
  'verified'?: (boolean);
  'to'?: (string);
  'author'?: (string);
  'reader'?: (string);
  'later'?: (number | string | Long);
  '_to'?: "to";
  '_author'?: "author";
  '_reader'?: "reader";
}

export interface StoredNote__Output {
  'id': (string);
  'name': (string);
  'message': (string);
  'kind': (_storage_StoredKind__Output);
  'verified': (boolean);
  'to'?: (string);
  'author'?: (string);
  'reader'?: (string);
  'later': (number);
}
