// Original file: chat.proto

import type { RoomInfo as _grpc_RoomInfo, RoomInfo__Output as _grpc_RoomInfo__Output } from '../grpc/RoomInfo.ts';

export interface RoomList {
  'rooms'?: (_grpc_RoomInfo)[];
  'more'?: (number);
}

export interface RoomList__Output {
  'rooms': (_grpc_RoomInfo__Output)[];
  'more': (number);
}
