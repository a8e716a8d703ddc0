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
import type { ServerOptions } from "node:http2";
import {
  chatServer,
  type ClientFrame,
  type Empty,
  Malformed,
  type NoteMessage,
  strictly,
} from "../proto/mod.ts";
import { Bell } from "../room/bell.ts";
import { FIXED } from "../room/defaults.ts";
import { ChatError } from "../room/errors.ts";
import { Connections, type ConnectionsOptions } from "./connections.ts";
import type { Subject } from "./event.ts";
import { Listener } from "./listener.ts";
import { NetworkPaces } from "./network_paces.ts";
import { addressOf, networkOf } from "./network.ts";
import { OpenCalls } from "./open_calls.ts";
import { readLobby, sayInLobby } from "./original.ts";
import { serveSession } from "./serve_session.ts";
import type { SessionOptions } from "./session_peer.ts";
import { type CallStatus, refuse } from "./status.ts";
import type { ServerTls } from "./tls.ts";

/** What the edge serves, and within which bounds. */
export interface GrpcOptions extends SessionOptions, Omit<ConnectionsOptions, "now"> {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. */
  readonly address: string;
  /** With what to encrypt. Default: plaintext. */
  readonly tls?: ServerTls | undefined;
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

/** How many calls to `SendNote` a connection may have open besides its sessions and streams. */
const SPARE_CALLS = 100;

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
  const { maxSessions, idleTimeoutMs, maxNoteBytes, rate } = options;
  const now = () => performance.now();
  const edge: Edge = {
    ...options,
    calls: new OpenCalls(),
    connections: new Connections({ ...options, now }),
    paces: new NetworkPaces(rate, now),
  };
  const server = new Server({
    "grpc.enable_channelz": 0,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    "grpc.max_receive_message_length": FIXED.frameBytes + maxNoteBytes,
    "grpc.max_concurrent_streams": maxSessions + SPARE_CALLS,
    // It tells the peer first; those who stay all the same are cut by ourselves.
    "grpc.max_connection_idle_ms": idleTimeoutMs,
  });
  boundHeaders(server);
  // Bytes go out as they are: notes are encoded once for all readers, before they come here.
  const responseSerialize = (bytes: Buffer) => bytes;
  const { ChatStream, SendNote, Session } = chatServer;
  server.addService({
    ChatStream: { ...ChatStream, responseSerialize, ...strict(ChatStream) },
    SendNote: { ...SendNote, ...strict(SendNote) },
    Session: { ...Session, responseSerialize, ...strict(Session) },
  }, {
    ChatStream: (call: StreamCall) => void chatStream(call, edge),
    SendNote: (call: NoteCall, answer: sendUnaryData<Empty>) =>
      void sendNote(call, edge).then(
        () => answer(null, {}),
        (error) => answer(refuse(error, aboutOf(call), edge.report)),
      ),
    Session: (call: SessionCall) => void session(call, edge),
  });

  // The listener encrypts, so that it can cut also those who never get that far.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = await Listener.open(
    options.address,
    {
      admit: (socket) => edge.connections.admit(socket),
      accept: (socket) => {
        if (edge.connections.watch(socket)) injector.injectConnection(socket);
      },
    },
    options.tls && { ...options.tls, handshakeTimeoutMs: options.joinTimeoutMs },
  );
  return {
    address: listener.address,
    async stop(graceMs) {
      const closed = listener.close();
      edge.calls.end(new ChatError("unavailable", "The server is stopping"));
      injector.destroy(); // Tells every peer to go; a connection closes once its streams have ended.
      const impatience = setTimeout(() => listener.cut(), graceMs);
      await closed;
      clearTimeout(impatience);
      server.forceShutdown();
    },
  };
}

/** What all calls share. */
interface Edge extends GrpcOptions {
  readonly calls: OpenCalls;
  readonly connections: Connections;
  /** How fast those may post who have no session. */
  readonly paces: NetworkPaces;
}

/**
 * Bounds how many header fields a call may have: each may unfold to 4 KiB from one byte. grpc-js
 * has no option for that, but hands on what it keeps for HTTP/2.
 */
function boundHeaders(server: Server): void {
  // A field of its own that its types do not tell of; without it no server starts.
  const { commonServerOptions } = server as unknown as { commonServerOptions: ServerOptions };
  commonServerOptions.maxHeaderListPairs = FIXED.headerFields;
}

function strict<T>(method: { requestDeserialize: (bytes: Buffer) => T }) {
  return { requestDeserialize: strictly(method.requestDeserialize) };
}

async function sendNote(call: NoteCall, edge: Edge): Promise<void> {
  const peer = call.getPeer();
  const connection = edge.connections.of(peer);
  using _open = connection?.openCall();
  edge.paces.pass(peer);
  await sayInLobby(() => wellFormed(call.request), networkOf(addressOf(peer)), edge);
  connection?.giveCall();
  connection?.givePost(wellFormed(call.request).message.length);
}

async function chatStream(call: StreamCall, edge: Edge): Promise<void> {
  const signal = edge.calls.open(call);
  try {
    using _open = edge.connections.of(call.getPeer())?.openSession();
    wellFormed(call.request);
    for await (const messages of readLobby(addressOf(call.getPeer()), edge, signal)) {
      for (const message of messages) {
        if (!call.write(message)) await drained(call, signal);
      }
    }
  } catch (error) {
    end(call, refuse(error, aboutOf(call), edge.report));
  }
}

async function session(call: SessionCall, edge: Edge): Promise<void> {
  const { joinTimeoutMs } = edge;
  const signal = edge.calls.open(call);
  const reading = new AbortController();
  signal.addEventListener("abort", () => reading.abort(signal.reason), { once: true });
  const timer = setTimeout(
    () => reading.abort(new ChatError("timeout", `No join within ${joinTimeoutMs / 1_000} s`)),
    joinTimeoutMs,
  );
  try {
    const connection = edge.connections.of(call.getPeer());
    using _open = connection?.openSession();
    await serveSession(
      {
        address: addressOf(call.getPeer()),
        frames: framesOf(call, reading.signal),
        signal,
        joined: () => clearTimeout(timer),
        posted: (length) => connection?.givePost(length),
        write: (frame, signal) => written(call, frame, signal),
        writeLast: (frame) => void (call.cancelled || call.write(frame)),
        refuse: (status) => end(call, status),
      },
      edge,
    );
    call.end();
  } catch (error) {
    end(call, refuse(error, aboutOf(call), edge.report));
  } finally {
    clearTimeout(timer);
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

/** Who makes a call, as far as its connection tells. */
function aboutOf(call: Pick<SessionCall, "getPeer">): Subject {
  return { address: addressOf(call.getPeer()) };
}

/** Ends a call with a status, if its peer is still there. */
function end(call: StreamCall | SessionCall, status: CallStatus): void {
  // grpc-js ends the stream with the status that an "error" event carries.
  if (!call.cancelled) call.emit("error", status);
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
