/**
 * The smallest server of the original contract built on grpc-js and proto-loader: the baseline for
 * the start time of `chat serve`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import {
  loadPackageDefinition,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Empty, NoteMessage } from "../../../proto/mod.ts";

const PROTO = fileURLToPath(new URL("../../../proto/chat.proto", import.meta.url));

const contract = loadPackageDefinition(loadSync(PROTO, { keepCase: true, longs: Number }));
// grpc-js types a loaded file as everything that any file may contain.
const { ChatServer } = contract.grpc as unknown as { ChatServer: ServiceClientConstructor };

const notes: NoteMessage[] = [];
const readers = new Set<ServerWritableStream<Empty, NoteMessage>>();

const server = new Server();
server.addService(ChatServer.service, {
  ChatStream(call: ServerWritableStream<Empty, NoteMessage>) {
    for (const note of notes) call.write(note);
    readers.add(call);
    call.on("cancelled", () => readers.delete(call));
  },
  SendNote({ request }: ServerUnaryCall<NoteMessage, Empty>, answer: sendUnaryData<Empty>) {
    notes.push(request);
    for (const reader of readers) reader.write(request);
    answer(null, {});
  },
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  Deno.stdout.writeSync(new TextEncoder().encode(`listening on 127.0.0.1:${port}\n`));
});
