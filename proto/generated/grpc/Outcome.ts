// Original file: chat.proto

import type { Sanction as _grpc_Sanction, Sanction__Output as _grpc_Sanction__Output } from '../grpc/Sanction.ts';
import type { Figure as _grpc_Figure, Figure__Output as _grpc_Figure__Output } from '../grpc/Figure.ts';
import type { OwnedName as _grpc_OwnedName, OwnedName__Output as _grpc_OwnedName__Output } from '../grpc/OwnedName.ts';

export interface Outcome {
  'code'?: (number);
  'words'?: (string);
  'sanctions'?: (_grpc_Sanction)[];
  'figures'?: (_grpc_Figure)[];
  'names'?: (_grpc_OwnedName)[];
  'retry_ms'?: (number);
}

export interface Outcome__Output {
  'code': (number);
  'words': (string);
  'sanctions': (_grpc_Sanction__Output)[];
  'figures': (_grpc_Figure__Output)[];
  'names': (_grpc_OwnedName__Output)[];
  'retry_ms': (number);
}
