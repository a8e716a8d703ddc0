/**
 * The least server of the original contract that grpc-js and proto-loader make: what the start of
 * `chat serve` is measured beside.
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
// What grpc-js makes of a file is typed as anything that a file may hold.
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
