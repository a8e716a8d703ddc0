import type { Writable } from "node:stream";
import type { CallStatus } from "../events/refusal.ts";

/** A call with a streamed answer. */
export interface AnswerStream extends Writable {
  readonly cancelled: boolean;
}

/** Ends a call with a status, if its peer is still connected. */
export function endWithStatus(call: AnswerStream, status: CallStatus): void {
  if (call.cancelled) return;
  // grpc-js ends the stream with the status that an "error" event carries.
  call.emit("error", status);
}
