import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { chatServer, type Empty, Malformed, type NoteMessage, strictly } from "../proto/mod.ts";
import { STATUS } from "../proto/status.ts";
import { ChatError } from "../room/errors.ts";
import { checkMessage, checkName } from "../room/note.ts";
import type { Room, Run } from "../room/room.ts";
import { Listener } from "./listener.ts";

/** What the edge serves, and within which bounds. */
export interface GrpcOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. */
  readonly address: string;
  /** The room of `ChatStream` and `SendNote`. */
  readonly room: Room;
  /** The largest message, in bytes of UTF-8. */
  readonly maxNoteBytes: number;
  /** Hears of errors that are nobody's input but the server's own fault. */
  readonly onError: (error: unknown) => void;
}

/** A listening gRPC server. */
export interface GrpcServer {
  /** Where it listens, with the port that was picked. */
  readonly address: string;
  /**
   * Stops: accepts nothing new, ends the open streams with UNAVAILABLE, and closes
   * the connections that are still there after `graceMs` milliseconds.
   */
  stop(graceMs: number): Promise<void>;
}

/** Seconds are enough to notice a dead reader, and 1,000 idle ones cost next to nothing. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

/**
 * Starts to serve the chat over gRPC.
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on.
 */
export async function listen(options: GrpcOptions): Promise<GrpcServer> {
  const calls = new OpenCalls();
  const server = new Server({
    "grpc.enable_channelz": 0,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  });
  server.addService({
    // Notes are encoded here, once for all readers; grpc-js then only frames the bytes.
    ChatStream: {
      ...chatServer.ChatStream,
      requestDeserialize: strictly(chatServer.ChatStream.requestDeserialize),
      responseSerialize: (bytes: Buffer) => bytes,
    },
    SendNote: {
      ...chatServer.SendNote,
      requestDeserialize: strictly(chatServer.SendNote.requestDeserialize),
    },
  }, {
    ChatStream: (call: StreamCall) => void chatStream(call, options, calls),
    SendNote: (call: NoteCall, answer: sendUnaryData<Empty>) =>
      void sendNote(call, options).then(
        () => answer(null, {}),
        (error) => answer(toStatus(error, options.onError)),
      ),
  });

  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = await Listener.open(
    options.address,
    (socket) => injector.injectConnection(socket),
  );
  return {
    address: listener.address,
    async stop(graceMs) {
      const closed = listener.close();
      calls.end(new ChatError("unavailable", "The server is stopping"));
      injector.destroy(); // Tells every peer to go; a connection closes once its streams have ended.
      const impatience = setTimeout(() => listener.cut(), graceMs);
      await closed;
      clearTimeout(impatience);
      server.forceShutdown();
    },
  };
}

type StreamCall = ServerWritableStream<Empty | Malformed, Buffer>;
type NoteCall = ServerUnaryCall<NoteMessage | Malformed, Empty>;

async function sendNote(call: NoteCall, { room, maxNoteBytes }: GrpcOptions): Promise<void> {
  const { name, message } = wellFormed(call.request);
  checkName(name);
  checkMessage(message, maxNoteBytes);
  await room.post({ name, message });
}

async function chatStream(call: StreamCall, options: GrpcOptions, calls: OpenCalls): Promise<void> {
  const signal = calls.open(call);
  try {
    wellFormed(call.request);
    for await (const run of options.room.read(1, signal)) {
      for (const message of encoded(run)) {
        if (!call.write(message)) await drained(call, signal);
      }
    }
  } catch (error) {
    // grpc-js ends the stream with the status that an "error" event carries.
    if (!call.cancelled) call.emit("error", toStatus(error, options.onError));
  }
}

/** The open streams, so that a stopping server can end them. */
class OpenCalls {
  readonly #controllers = new Set<AbortController>();

  /** Returns a signal that is aborted when the peer leaves or the server stops. */
  open(call: StreamCall): AbortSignal {
    const controller = new AbortController();
    this.#controllers.add(controller);
    call.once("cancelled", () => controller.abort(new ChatError("unavailable", "The reader left")));
    call.once("close", () => this.#controllers.delete(controller));
    return controller.signal;
  }

  /** Ends them all, giving `reason`. */
  end(reason: ChatError): void {
    for (const controller of this.#controllers) controller.abort(reason);
  }
}

/** Waits until a stream takes more. Behind a stalled peer that may never be, so the signal ends it. */
function drained(call: StreamCall, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const go = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = () => {
      call.off("drain", go);
      reject(signal.reason);
    };
    call.once("drain", go);
    signal.addEventListener("abort", leave, { once: true });
  });
}

const messages = new WeakMap<Run, Buffer[]>();

/** The messages of a run as bytes, made for the first reader that asks. */
function encoded(run: Run): Buffer[] {
  let buffers = messages.get(run);
  if (!buffers) {
    buffers = run.notes.map((note) => Buffer.from(chatServer.ChatStream.responseSerialize(note)));
    messages.set(run, buffers);
  }
  return buffers;
}

function wellFormed<T>(request: T | Malformed): T {
  if (request instanceof Malformed) {
    throw new ChatError("invalid", `The request breaks the contract: ${request.reason}`);
  }
  return request;
}

function toStatus(error: unknown, onError: (error: unknown) => void) {
  if (error instanceof ChatError) {
    if (error.cause !== undefined) onError(error);
    return { code: STATUS[error.code], details: error.message };
  }
  onError(error);
  return { code: status.INTERNAL, details: "Internal error" };
}
