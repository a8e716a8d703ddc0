// Original file: chat.proto

import type { Join as _grpc_Join, Join__Output as _grpc_Join__Output } from '../grpc/Join.ts';
import type { Post as _grpc_Post, Post__Output as _grpc_Post__Output } from '../grpc/Post.ts';
import type { Proof as _grpc_Proof, Proof__Output as _grpc_Proof__Output } from '../grpc/Proof.ts';
import type { Order as _grpc_Order, Order__Output as _grpc_Order__Output } from '../grpc/Order.ts';
import type { Search as _grpc_Search, Search__Output as _grpc_Search__Output } from '../grpc/Search.ts';

export interface ClientFrame {
  'join'?: (_grpc_Join | null);
  'posts'?: (_grpc_Post)[];
  'list_rooms'?: (boolean);
  'proof'?: (_grpc_Proof | null);
  'refusals'?: (number);
  'orders'?: (_grpc_Order)[];
  'searches'?: (_grpc_Search)[];
  '_refusals'?: "refusals";
}

export interface ClientFrame__Output {
  'join': (_grpc_Join__Output | null);
  'posts': (_grpc_Post__Output)[];
  'list_rooms': (boolean);
  'proof': (_grpc_Proof__Output | null);
  'refusals'?: (number);
  'orders': (_grpc_Order__Output)[];
  'searches': (_grpc_Search__Output)[];
}
