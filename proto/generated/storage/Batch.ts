// Original file: batch.proto

import type { StoredNote as _storage_StoredNote, StoredNote__Output as _storage_StoredNote__Output } from '../storage/StoredNote.ts';
import type { Long } from '@grpc/proto-loader';

export interface Batch {
  'first'?: (number | string | Long);
  'time'?: (number | string | Long);
  'history'?: (string);
  'attempt'?: (string);
  'notes'?: (_storage_StoredNote)[];
}

export interface Batch__Output {
  'first': (number);
  'time': (number);
  'history': (string);
  'attempt': (string);
  'notes': (_storage_StoredNote__Output)[];
}
