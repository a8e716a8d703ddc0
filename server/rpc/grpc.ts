import {
  type handleUnaryCall,
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerInterceptingCall,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  setLogVerbosity,
} from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import type { Http2Server, ServerOptions } from "node:http2";
import {
  health,
  type HealthCheckRequestMessage,
  type HealthCheckResponseInit,
  type HealthListRequestMessage,
  type HealthListResponseMessage,
} from "../../proto/health.ts";
import {
  chatServer,
  type Empty,
  type Malformed,
  type NoteMessage,
  strictly,
} from "../../proto/mod.ts";
import { type ReflectionResponseInit, reflections } from "../../proto/reflection.ts";
import { FIXED } from "../../room/defaults.ts";
import { ChatError } from "../../room/errors.ts";
import { peerAddress, toNetwork } from "../../room/network.ts";
import type { EventSubject } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import { Connections } from "../net/connections.ts";
import { Listener } from "../net/listener.ts";
import { chatStream, sendNote } from "../session/original.ts";
import type { SessionPeer } from "../session/peer.ts";
import { serveBackup } from "../session/serve_backup.ts";
import { serveSession } from "../session/serve_session.ts";
import { filterCalls } from "./call_filter.ts";
import type { GrpcOptions, GrpcServer, RpcContext } from "./context.ts";
import { Deadline } from "./deadline.ts";
import { Health } from "./health.ts";
import { type InnerCall, innerCall, MessageDeframer } from "./message_deframer.ts";
import { OpenCalls } from "./open_calls.ts";
import { reflect } from "./reflection.ts";
import { checkWellFormed, passThrough, readRequests, requestDecoder } from "./requests.ts";
import { endWithStatus, waitForDrain, writeAndFlush } from "./streams.ts";

/** When a silent peer is asked for a sign of life: a dead one holds its name until it is found out. */
const KEEPALIVE_MS = 20_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;

/** When to find out how many files there may be, in milliseconds after the start: nobody waits for it. */
const FIT_DELAY_MS = 1_000;

/** How many calls that are over soon a connection may have open besides its sessions and streams. */
const SPARE_CALLS = 100;

/**
 * How much a client may send ahead on one stream, in bytes: posts come in bursts. The server
 * keeps as much of each session that it does not read.
 */
const FLOW_CONTROL_WINDOW = 65_536;

// grpc-js would print what peers send, as it comes, to the terminal of whoever runs the server.
setLogVerbosity(logVerbosity.NONE);

/** The calls that begin with a join: until they are let in there is little to say. */
const JOINING: ReadonlySet<string> = new Set([chatServer.Session.path, chatServer.Backup.path]);

type StreamCall = ServerWritableStream<Empty | Malformed, Buffer>;
type NoteCall = ServerUnaryCall<NoteMessage | Malformed, Empty>;
type SessionCall = ServerDuplexStream<Buffer, Buffer>;
type WatchCall = ServerWritableStream<
  HealthCheckRequestMessage | Malformed,
  HealthCheckResponseInit
>;
type ReflectionCall = ServerDuplexStream<Buffer, ReflectionResponseInit>;

/**
 * Starts to serve the chat over gRPC.
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on.
 */
export async function listen(options: GrpcOptions): Promise<GrpcServer> {
  const { maxSessions, idleTimeoutMs, maxNoteBytes } = options;
  const now = () => performance.now();
  const context: RpcContext = {
    ...options,
    calls: new OpenCalls(),
    connections: new Connections({ ...options, now }),
    health: new Health(),
  };
  const maxFrameBytes = FIXED.frameBytes + maxNoteBytes;
  const server = new Server({
    "grpc.enable_channelz": 0,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    interceptors: [({ path }, call) => {
      const maxBytes = JOINING.has(path) ? FIXED.joinBytes : maxFrameBytes;
      const inner = call as unknown as InnerCall;
      const { id = 0 } = inner.stream;
      const peer = call.getPeer();
      new MessageDeframer(
        inner,
        maxBytes,
        (bytes) => context.connections.recordRead(peer, id, bytes),
      );
      return call as ServerInterceptingCall; // One around it would cost something with each message.
    }],
    "grpc.max_concurrent_streams": maxSessions + SPARE_CALLS,
    // It tells the peer first; those who stay all the same are cut by ourselves.
    "grpc.max_connection_idle_ms": idleTimeoutMs,
  });
  boundHeaders(server);
  // Bytes go out as they are: notes are encoded once for all readers, before they come here.
  const { ChatStream, SendNote, Session, Backup } = chatServer;
  const service = strict({
    ChatStream: { ...ChatStream, responseSerialize: passThrough },
    SendNote,
    Session: { ...Session, responseSerialize: passThrough },
    Backup: { ...Backup, responseSerialize: passThrough },
  });
  server.addService(service, {
    ChatStream: streaming(context, handleChatStream),
    SendNote: unary<NoteMessage, Empty>(context, (call) => handleSendNote(call, context)),
    Session: (call: SessionCall) => void handleSession(call, context, serveSession),
    Backup: (call: SessionCall) => void handleSession(call, context, serveBackup),
  });
  addToolServices(server, context);

  // The listener encrypts, so that it can cut also those who never get that far.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  // A field of its own that its types do not tell of.
  const { http2Servers } = server as unknown as { http2Servers: Map<Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    filterCalls(http2Server, {
      onCall: (stream) => context.connections.trackStream(stream),
      onError: (error) => context.report({ type: "error", error }),
    });
  }
  const { address, socketMode, tls, joinTimeoutMs, report } = options;
  const listener = await Listener.open({
    ...{ address, socketMode, report },
    tls: tls && { ...tls, handshakeTimeoutMs: joinTimeoutMs },
    admit: (socket, maybeOwn) => context.connections.admit(socket, maybeOwn),
    accept: (plain, bare) => {
      if (context.connections.watch(plain, bare)) injector.injectConnection(plain);
      else plain.destroy();
    },
    onChange: (accepts) => {
      context.health.accepts = accepts;
      if (accepts) context.connections.fit(); // It may have been for want of files.
    },
  });
  const fitting = setTimeout(() => context.connections.fit(), FIT_DELAY_MS);
  return {
    address: listener.address,
    get isServing() {
      return context.health.isServing;
    },
    setCanStore: (canStore) => context.health.canStore = canStore,
    async stop(graceMs) {
      clearTimeout(fitting);
      await context.health.drain();
      const closed = listener.close();
      context.calls.end(new ChatError("unavailable", "The server is stopping"));
      injector.destroy(); // Tells every peer to go; a connection closes once its streams have ended.
      const forceTimer = setTimeout(() => listener.cut(), graceMs);
      await closed;
      clearTimeout(forceTimer);
      server.forceShutdown();
    },
  };
}

/** Adds what tools and load balancers ask for. It is for everybody, and tells nothing of anybody. */
function addToolServices(server: Server, context: RpcContext): void {
  server.addService(strict(health), {
    Check: unary<HealthCheckRequestMessage, HealthCheckResponseInit>(context, ({ request }) => ({
      status: context.health.check(checkWellFormed(request).service),
    })),
    List: unary<HealthListRequestMessage, HealthListResponseMessage>(context, ({ request }) => {
      checkWellFormed(request);
      return context.health.list();
    }),
    Watch: streaming(context, handleWatchHealth),
  });
  for (const service of reflections) {
    server.addService(strict(service), {
      ServerReflectionInfo: streaming(context, handleReflection),
    });
  }
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

/** A service that sees also the requests that break the contract. */
function strict(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service);
  return Object.fromEntries(methods.map(([name, method]) => {
    return [name, { ...method, requestDeserialize: requestDecoder(method) }];
  }));
}

/** Answers calls with what `serve` makes of them, or with the status of its error. */
function unary<Request, Response>(
  context: RpcContext,
  serve: (call: ServerUnaryCall<Request | Malformed, Response>) => Response | Promise<Response>,
): handleUnaryCall<Request | Malformed, Response> {
  const answered = async (call: ServerUnaryCall<Request | Malformed, Response>) => {
    using _open = context.connections.get(call.getPeer()).openCall();
    return await serve(call);
  };
  return (call, answer) =>
    void answered(call).then(
      (response) => answer(null, response),
      (error) => answer(refuse(error, callSubject(call), context.report)),
    );
}

async function handleSendNote(call: NoteCall, context: RpcContext): Promise<Empty> {
  const connection = context.connections.get(call.getPeer());
  const network = toNetwork(peerAddress(call.getPeer()));
  context.rateLimits.consumeNote({ key: undefined, network });
  await sendNote(() => checkWellFormed(call.request), network, context);
  connection.refundCall();
  connection.refundPost(checkWellFormed(call.request).message.length);
  return {};
}

/** Serves streams until `serve` has said all. Each counts as a session of its connection. */
function streaming<Call extends StreamCall | WatchCall | ReflectionCall>(
  context: RpcContext,
  serve: (call: Call, context: RpcContext, signal: AbortSignal) => Promise<void>,
): (call: Call) => Promise<void> {
  return async (call) => {
    const signal = context.calls.open(call);
    try {
      using _open = context.connections.get(call.getPeer()).openSession();
      await serve(call, context, signal);
      call.end();
    } catch (error) {
      endWithStatus(call, refuse(error, callSubject(call), context.report));
    }
  };
}

async function handleChatStream(
  call: StreamCall,
  context: RpcContext,
  signal: AbortSignal,
): Promise<void> {
  checkWellFormed(call.request);
  using _pin = context.connections.get(call.getPeer()).pin();
  for await (const messages of chatStream(peerAddress(call.getPeer()), context, signal)) {
    for (const message of messages) {
      if (!call.write(message)) await waitForDrain(call, signal);
    }
  }
}

async function handleWatchHealth(
  call: WatchCall,
  context: RpcContext,
  signal: AbortSignal,
): Promise<void> {
  const { service } = checkWellFormed(call.request);
  using _watch = context.connections.get(call.getPeer()).openWatch();
  for await (const status of context.health.watch(service, signal)) {
    await writeAndFlush(call, { status }, signal);
  }
}

/** Answers a tool, which is not waited for any longer than somebody who has not joined. */
async function handleReflection(
  call: ReflectionCall,
  context: RpcContext,
  signal: AbortSignal,
): Promise<void> {
  using deadline = new Deadline({ signal, ms: context.joinTimeoutMs, words: "No request" });
  // The same in all its versions, but for its name.
  const decode = strictly(reflections[0]!.ServerReflectionInfo.requestDeserialize);
  for await (const request of readRequests(call, decode, deadline.signal)) {
    await writeAndFlush(call, reflect(request), deadline.signal);
    deadline.reset();
  }
}

/** Serves a call that begins with a join, for which there is not much time. */
async function handleSession(
  call: SessionCall,
  context: RpcContext,
  serve: (peer: SessionPeer, context: RpcContext) => Promise<void>,
): Promise<void> {
  const signal = context.calls.open(call);
  using deadline = new Deadline({ signal, ms: context.joinTimeoutMs, words: "No join" });
  try {
    const connection = context.connections.get(call.getPeer());
    using stack = new DisposableStack();
    stack.use(connection.openSession());
    const decode = strictly(
      chatServer.Session.requestDeserialize,
      (fields) => connection.recordFields(fields),
    );
    await serve(
      {
        address: peerAddress(call.getPeer()),
        frames: readRequests(call, (bytes) => {
          connection.checkOpen();
          return decode(bytes);
        }, deadline.signal),
        signal,
        joined: () => {
          deadline[Symbol.dispose]();
          stack.use(connection.pin());
          innerCall(call).decoder.maxBytes = FIXED.frameBytes + context.maxNoteBytes;
        },
        posted: (length) => connection.refundPost(length),
        refused: (what) => connection.recordRefusal(what),
        write: (frame, signal) => writeAndFlush(call, frame, signal),
        writeLast: (frame) => void (call.cancelled || call.write(frame)),
        refuse: (status) => endWithStatus(call, status),
      },
      context,
    );
    call.end();
  } catch (error) {
    endWithStatus(call, refuse(error, callSubject(call), context.report));
  }
}

/** Who makes a call, as far as its connection tells: nothing, once that is gone. */
function callSubject(call: Pick<SessionCall, "getPeer">): EventSubject {
  const peer = call.getPeer();
  return peer === "unknown" ? {} : { address: peerAddress(peer) };
}
