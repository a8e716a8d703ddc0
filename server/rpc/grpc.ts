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
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthListResponse,
} from "../../proto/health.ts";
import {
  chatServer,
  type Empty,
  type Malformed,
  type NoteMessage,
  strictly,
} from "../../proto/mod.ts";
import { type ReflectionResponse, reflections } from "../../proto/reflection.ts";
import { FIXED } from "../../room/defaults.ts";
import { ChatError } from "../../room/errors.ts";
import { peerAddress, toNetwork } from "../../room/network.ts";
import type { Subject } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import { Connections } from "../net/connections.ts";
import { Listener } from "../net/listener.ts";
import { readLobby, sayInLobby } from "../session/original.ts";
import type { SessionPeer } from "../session/peer.ts";
import { serveBackup } from "../session/serve_backup.ts";
import { serveSession } from "../session/serve_session.ts";
import { screenCalls } from "./call_filter.ts";
import type { Edge, GrpcOptions, GrpcServer } from "./context.ts";
import { Patience } from "./deadline.ts";
import { Health } from "./health.ts";
import { Inlet, type InnerCall, innerOf } from "./message_deframer.ts";
import { OpenCalls } from "./open_calls.ts";
import { reflect } from "./reflection.ts";
import { asItIs, decoderOf, requestsOf, wellFormed } from "./requests.ts";
import { drained, end, written } from "./streams.ts";

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
type WatchCall = ServerWritableStream<HealthCheckRequest | Malformed, HealthCheckResponse>;
type ReflectionCall = ServerDuplexStream<Buffer, ReflectionResponse>;

/**
 * Starts to serve the chat over gRPC.
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on.
 */
export async function listen(options: GrpcOptions): Promise<GrpcServer> {
  const { maxSessions, idleTimeoutMs, maxNoteBytes } = options;
  const now = () => performance.now();
  const edge: Edge = {
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
      new Inlet(inner, maxBytes, (bytes) => edge.connections.read(peer, id, bytes));
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
    ChatStream: { ...ChatStream, responseSerialize: asItIs },
    SendNote,
    Session: { ...Session, responseSerialize: asItIs },
    Backup: { ...Backup, responseSerialize: asItIs },
  });
  server.addService(service, {
    ChatStream: streaming(edge, chatStream),
    SendNote: unary<NoteMessage, Empty>(edge, (call) => sendNote(call, edge)),
    Session: (call: SessionCall) => void session(call, edge, serveSession),
    Backup: (call: SessionCall) => void session(call, edge, serveBackup),
  });
  addTools(server, edge);

  // The listener encrypts, so that it can cut also those who never get that far.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  // A field of its own that its types do not tell of.
  const { http2Servers } = server as unknown as { http2Servers: Map<Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    screenCalls(http2Server, {
      onCall: (stream) => edge.connections.follow(stream),
      onError: (error) => edge.report({ type: "error", error }),
    });
  }
  const { address, socketMode, tls, joinTimeoutMs, report } = options;
  const listener = await Listener.open({
    ...{ address, socketMode, report },
    tls: tls && { ...tls, handshakeTimeoutMs: joinTimeoutMs },
    admit: (socket, mayBeOurs) => edge.connections.admit(socket, mayBeOurs),
    accept: (plain, bare) => {
      if (edge.connections.watch(plain, bare)) injector.injectConnection(plain);
      else plain.destroy();
    },
    onChange: (accepts) => {
      edge.health.accepts = accepts;
      if (accepts) edge.connections.fit(); // It may have been for want of files.
    },
  });
  const fitting = setTimeout(() => edge.connections.fit(), FIT_DELAY_MS);
  return {
    address: listener.address,
    get isServing() {
      return edge.health.isServing;
    },
    setKeeping: (keeps) => edge.health.keeps = keeps,
    async stop(graceMs) {
      clearTimeout(fitting);
      await edge.health.drain();
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

/** Adds what tools and load balancers ask for. It is for everybody, and tells nothing of anybody. */
function addTools(server: Server, edge: Edge): void {
  server.addService(strict(health), {
    Check: unary<HealthCheckRequest, HealthCheckResponse>(edge, ({ request }) => ({
      status: edge.health.check(wellFormed(request).service),
    })),
    List: unary<Empty, HealthListResponse>(edge, ({ request }) => {
      wellFormed(request);
      return edge.health.list();
    }),
    Watch: streaming(edge, watchHealth),
  });
  for (const service of reflections) {
    server.addService(strict(service), {
      ServerReflectionInfo: streaming(edge, reflection),
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
    return [name, { ...method, requestDeserialize: decoderOf(method) }];
  }));
}

/** Answers calls with what `serve` makes of them, or with the status of its error. */
function unary<Request, Response>(
  edge: Edge,
  serve: (call: ServerUnaryCall<Request | Malformed, Response>) => Response | Promise<Response>,
): handleUnaryCall<Request | Malformed, Response> {
  const answered = async (call: ServerUnaryCall<Request | Malformed, Response>) => {
    using _open = edge.connections.of(call.getPeer()).openCall();
    return await serve(call);
  };
  return (call, answer) =>
    void answered(call).then(
      (response) => answer(null, response),
      (error) => answer(refuse(error, aboutOf(call), edge.report)),
    );
}

async function sendNote(call: NoteCall, edge: Edge): Promise<Empty> {
  const connection = edge.connections.of(call.getPeer());
  const network = toNetwork(peerAddress(call.getPeer()));
  edge.allowances.takeNote({ key: undefined, network });
  await sayInLobby(() => wellFormed(call.request), network, edge);
  connection.giveCall();
  connection.givePost(wellFormed(call.request).message.length);
  return {};
}

/** Serves streams until `serve` has said all. Each counts as a session of its connection. */
function streaming<Call extends StreamCall | WatchCall | ReflectionCall>(
  edge: Edge,
  serve: (call: Call, edge: Edge, signal: AbortSignal) => Promise<void>,
): (call: Call) => Promise<void> {
  return async (call) => {
    const signal = edge.calls.open(call);
    try {
      using _open = edge.connections.of(call.getPeer()).openSession();
      await serve(call, edge, signal);
      call.end();
    } catch (error) {
      end(call, refuse(error, aboutOf(call), edge.report));
    }
  };
}

async function chatStream(call: StreamCall, edge: Edge, signal: AbortSignal): Promise<void> {
  wellFormed(call.request);
  using _place = edge.connections.of(call.getPeer()).keepPlace();
  for await (const messages of readLobby(peerAddress(call.getPeer()), edge, signal)) {
    for (const message of messages) {
      if (!call.write(message)) await drained(call, signal);
    }
  }
}

async function watchHealth(call: WatchCall, edge: Edge, signal: AbortSignal): Promise<void> {
  const { service } = wellFormed(call.request);
  using _watch = edge.connections.of(call.getPeer()).openWatch();
  for await (const status of edge.health.watch(service, signal)) {
    await written(call, { status }, signal);
  }
}

/** Answers a tool, which is not waited for any longer than somebody who has not joined. */
async function reflection(call: ReflectionCall, edge: Edge, signal: AbortSignal): Promise<void> {
  using patience = new Patience({ signal, ms: edge.joinTimeoutMs, words: "No request" });
  // The same in all its versions, but for its name.
  const decode = strictly(reflections[0]!.ServerReflectionInfo.requestDeserialize);
  for await (const request of requestsOf(call, decode, patience.signal)) {
    await written(call, reflect(request), patience.signal);
    patience.renew();
  }
}

/** Serves a call that begins with a join, for which there is not much time. */
async function session(
  call: SessionCall,
  edge: Edge,
  serve: (peer: SessionPeer, edge: Edge) => Promise<void>,
): Promise<void> {
  const signal = edge.calls.open(call);
  using patience = new Patience({ signal, ms: edge.joinTimeoutMs, words: "No join" });
  try {
    const connection = edge.connections.of(call.getPeer());
    using stack = new DisposableStack();
    stack.use(connection.openSession());
    const decode = strictly(
      chatServer.Session.requestDeserialize,
      (fields) => connection.takeFields(fields),
    );
    await serve(
      {
        address: peerAddress(call.getPeer()),
        frames: requestsOf(call, (bytes) => {
          connection.checkOpen();
          return decode(bytes);
        }, patience.signal),
        signal,
        joined: () => {
          patience[Symbol.dispose]();
          stack.use(connection.keepPlace());
          innerOf(call).decoder.maxBytes = FIXED.frameBytes + edge.maxNoteBytes;
        },
        posted: (length) => connection.givePost(length),
        refused: (what) => connection.takeRefusal(what),
        write: (frame, signal) => written(call, frame, signal),
        writeLast: (frame) => void (call.cancelled || call.write(frame)),
        refuse: (status) => end(call, status),
      },
      edge,
    );
    call.end();
  } catch (error) {
    end(call, refuse(error, aboutOf(call), edge.report));
  }
}

/** Who makes a call, as far as its connection tells: nothing, once that is gone. */
function aboutOf(call: Pick<SessionCall, "getPeer">): Subject {
  const peer = call.getPeer();
  return peer === "unknown" ? {} : { address: peerAddress(peer) };
}
