// Original file: chat.proto

import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClientFrame as _grpc_ClientFrame, ClientFrame__Output as _grpc_ClientFrame__Output } from '../grpc/ClientFrame.ts';
import type { Empty as _grpc_Empty, Empty__Output as _grpc_Empty__Output } from '../grpc/Empty.ts';
import type { Note as _grpc_Note, Note__Output as _grpc_Note__Output } from '../grpc/Note.ts';
import type { ServerFrame as _grpc_ServerFrame, ServerFrame__Output as _grpc_ServerFrame__Output } from '../grpc/ServerFrame.ts';

export interface ChatServerDefinition {
  Backup: MethodDefinition<_grpc_ClientFrame, _grpc_ServerFrame, _grpc_ClientFrame__Output, _grpc_ServerFrame__Output>
  ChatStream: MethodDefinition<_grpc_Empty, _grpc_Note, _grpc_Empty__Output, _grpc_Note__Output>
  SendNote: MethodDefinition<_grpc_Note, _grpc_Empty, _grpc_Note__Output, _grpc_Empty__Output>
  Session: MethodDefinition<_grpc_ClientFrame, _grpc_ServerFrame, _grpc_ClientFrame__Output, _grpc_ServerFrame__Output>
}
