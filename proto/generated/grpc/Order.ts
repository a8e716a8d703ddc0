// Original file: chat.proto

import type { Action as _grpc_Action, Action__Output as _grpc_Action__Output } from '../grpc/Action.ts';
import type { Long } from '@grpc/proto-loader';

export interface Order {
  'action'?: (_grpc_Action);
  'name'?: (string);
  'span_ms'?: (number | string | Long);
  'reason'?: (string);
  'text'?: (string);
}

export interface Order__Output {
  'action': (_grpc_Action__Output);
  'name': (string);
  'span_ms': (number);
  'reason': (string);
  'text': (string);
}
