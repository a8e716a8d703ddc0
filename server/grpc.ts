import {
  logVerbosity,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  setLogVerbosity,
} from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import {
  chatServer,
  type ClientFrame,
  type Empty,
  Malformed,
  type NoteMessage,
  strictly,
} from "../proto/mod.ts";
import { Bell } from "../room/bell.ts";
import { ChatError } from "../room/errors.ts";
import type { Rooms } from "../room/rooms.ts";
import { Listener } from "./listener.ts";
import { readLobby, sayInLobby } from "./original.ts";
import { serveSession, type SessionOptions } from "./session.ts";
import { type CallStatus, toStatus } from "./status.ts";

/** What the edge serves, and within which bounds. */
export interface GrpcOptions extends SessionOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. */
  readonly address: string;
}

/** A listening gRPC server. */
export interface GrpcServer {
  /** Where it listens, with the port that was picked. */
  readonly address: string;
  /**
   * Stops: accepts nothing new, ends the open calls by telling them to try again, and closes the
   * connections that are still there after `graceMs` milliseconds.
   */
  stop(graceMs: number): Promise<void>;
}

/** When a silent peer is asked for a sign of life: a dead one holds its name until it is found out. */
const KEEPALIVE_MS = 20_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;

/** How much a client may send ahead on one stream, in bytes: posts come in bursts. */
const FLOW_CONTROL_WINDOW = 1 << 20;

// grpc-js would print what peers send, as it comes, to the terminal of whoever runs the server.
setLogVerbosity(logVerbosity.NONE);

type StreamCall = ServerWritableStream<Empty | Malformed, Buffer>;
type NoteCall = ServerUnaryCall<NoteMessage | Malformed, Empty>;
type SessionCall = ServerDuplexStream<ClientFrame | Malformed, Buffer>;

/**
 * Starts to serve the chat over gRPC.
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on.
 */
export async function listen(options: GrpcOptions): Promise<GrpcServer> {
  const { rooms, onError } = options;
  const calls = new OpenCalls();
  const server = new Server({
    "grpc.enable_channelz": 0,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
  });
  // Bytes go out as they are: notes are encoded once for all readers, before they come here.
  const responseSerialize = (bytes: Buffer) => bytes;
  const { ChatStream, SendNote, Session } = chatServer;
  server.addService({
    ChatStream: { ...ChatStream, responseSerialize, ...strict(ChatStream) },
    SendNote: { ...SendNote, ...strict(SendNote) },
    Session: { ...Session, responseSerialize, ...strict(Session) },
  }, {
    ChatStream: (call: StreamCall) => void chatStream(call, rooms, calls, onError),
    SendNote: (call: NoteCall, answer: sendUnaryData<Empty>) =>
      void sayInLobby(rooms, () => wellFormed(call.request), options).then(
        () => answer(null, {}),
        (error) => answer(toStatus(error, onError)),
      ),
    Session: (call: SessionCall) => void session(call, options, calls),
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

function strict<T>(method: { requestDeserialize: (bytes: Buffer) => T }) {
  return { requestDeserialize: strictly(method.requestDeserialize) };
}

async function chatStream(
  call: StreamCall,
  rooms: Rooms,
  calls: OpenCalls,
  onError: (error: unknown) => void,
): Promise<void> {
  const signal = calls.open(call);
  try {
    wellFormed(call.request);
    for await (const messages of readLobby(rooms, signal)) {
      for (const message of messages) {
        if (!call.write(message)) await drained(call, signal);
      }
    }
  } catch (error) {
    end(call, toStatus(error, onError));
  }
}

async function session(call: SessionCall, options: GrpcOptions, calls: OpenCalls): Promise<void> {
  const signal = calls.open(call);
  try {
    await serveSession(
      {
        frames: framesOf(call, signal),
        signal,
        write: (frame, signal) => written(call, frame, signal),
        writeLast: (frame) => void (call.cancelled || call.write(frame)),
      },
      options,
    );
    call.end();
  } catch (error) {
    end(call, toStatus(error, options.onError));
  }
}

/**
 * The frames of a call, until its peer has said all. Not by the stream's own iterator, which
 * destroys the call at an error; it is still to be answered with a status.
 */
async function* framesOf(
  call: SessionCall,
  signal: AbortSignal,
): AsyncGenerator<ClientFrame, void> {
  const bell = new Bell();
  let saidAll = false;
  call.on("readable", bell.ring);
  call.on("end", () => {
    saidAll = true;
    bell.ring();
  });
  while (!saidAll) {
    for (let frame = call.read(); frame !== null; frame = call.read()) yield wellFormed(frame);
    await bell.wait(signal);
  }
}

/** Ends a call with a status, if its peer is still there. */
function end(call: StreamCall | SessionCall, status: CallStatus): void {
  // grpc-js ends the stream with the status that an "error" event carries.
  if (!call.cancelled) call.emit("error", status);
}

/** The open calls, so that a stopping server can end them. */
class OpenCalls {
  readonly #controllers = new Set<AbortController>();
  /** Why no more calls are taken, once that is so. */
  #ended: ChatError | undefined;

  /** Returns a signal that is aborted when the peer leaves or the server stops. */
  open(call: StreamCall | SessionCall): AbortSignal {
    const controller = new AbortController();
    if (this.#ended) controller.abort(this.#ended);
    this.#controllers.add(controller);
    call.once("cancelled", () => {
      controller.abort(new ChatError("unavailable", "connection lost"));
      this.#controllers.delete(controller);
    });
    return controller.signal;
  }

  /** Ends them all, and all that come, giving `reason`. */
  end(reason: ChatError): void {
    this.#ended = reason;
    for (const controller of this.#controllers) controller.abort(reason);
  }
}

/** Waits until a stream takes more; a stalled peer may never do, so `signal` ends the wait. */
function drained(call: StreamCall, signal: AbortSignal): Promise<void> {
  return untilAborted(signal, (done) => {
    call.once("drain", done);
    return () => call.off("drain", done);
  });
}

/**
 * Writes a frame and waits until it has left for the socket, so that no queue forms behind a
 * slow peer, and for the next turn, so that a quick one does not keep all others waiting.
 */
function written(call: SessionCall, frame: Buffer, signal: AbortSignal): Promise<void> {
  return untilAborted(signal, (done) => {
    call.write(frame, () => setImmediate(done));
    return () => {};
  });
}

/** Waits for an event, or rejects with the reason of `signal`. */
function untilAborted(
  signal: AbortSignal,
  subscribe: (done: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = () => {
      unsubscribe();
      reject(signal.reason);
    };
    const unsubscribe = subscribe(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
    signal.addEventListener("abort", leave, { once: true });
  });
}

function wellFormed<T>(request: T | Malformed): T {
  if (request instanceof Malformed) {
    throw new ChatError("invalid", `The request breaks the contract: ${request.reason}`);
  }
  return request;
}
