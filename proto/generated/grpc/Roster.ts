// Original file: chat.proto

import type { Person as _grpc_Person, Person__Output as _grpc_Person__Output } from '../grpc/Person.ts';

export interface Roster {
  'people'?: (_grpc_Person)[];
}

export interface Roster__Output {
  'people': (_grpc_Person__Output)[];
}
