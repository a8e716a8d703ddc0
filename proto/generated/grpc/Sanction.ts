// Original file: chat.proto

import type { Action as _grpc_Action, Action__Output as _grpc_Action__Output } from '../grpc/Action.ts';
import type { Long } from '@grpc/proto-loader';

export interface Sanction {
  'action'?: (_grpc_Action);
  'whom'?: (string);
  'name'?: (string);
  'by'?: (string);
  'reason'?: (string);
  'time'?: (number | string | Long);
  'until'?: (number | string | Long);
}

export interface Sanction__Output {
  'action': (_grpc_Action__Output);
  'whom': (string);
  'name': (string);
  'by': (string);
  'reason': (string);
  'time': (number);
  'until': (number);
}
