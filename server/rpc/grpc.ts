import {
  type handleUnaryCall,
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerInterceptingCall,
  type ServerUnaryCall,
  type ServiceDefinition,
  setLogVerbosity,
} from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import type { Http2Server, ServerOptions } from "node:http2";
import type { Socket } from "node:net";
import {
  health,
  type HealthCheckRequestMessage,
  type HealthCheckResponseInit,
  type HealthListRequestMessage,
  type HealthListResponseMessage,
} from "../../proto/health.ts";
import { chatServer, type Empty, type Malformed, type NoteMessage } from "../../proto/mod.ts";
import { reflections } from "../../proto/reflection.ts";
import { LIMITS } from "../../room/limits.ts";
import { checkWellFormed } from "../calls/check_well_formed.ts";
import type { CallContext } from "../calls/context.ts";
import { refuse } from "../events/refusal.ts";
import { gatherWrites } from "../net/gather_writes.ts";
import { serveBackup } from "../session/serve_backup.ts";
import { serveSession } from "../session/serve_session.ts";
import { filterCalls } from "./call_filter.ts";
import {
  callSubject,
  handleChatStream,
  handleReflection,
  handleSendNote,
  handleSession,
  handleWatchHealth,
  streaming,
} from "./handlers.ts";
import { type DeframerOptions, type InnerCall, MessageDeframer } from "./message_deframer.ts";
import { requestDecoder } from "./requests.ts";

type DuplexCall = ServerDuplexStream<Buffer, Buffer>;

/** The time before a silent peer is pinged: a dead one keeps its name in use until then. */
const KEEPALIVE_MS = 20_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;

/** The number of short calls a connection may have open besides its sessions and streams. */
const SPARE_CALLS = 100;

/**
 * The number of bytes a client may send ahead on one stream: posts come in bursts. The server keeps
 * as much of each session that it does not read.
 */
const FLOW_CONTROL_WINDOW = 65_536;

// grpc-js would print what peers send to the terminal of the server, unescaped.
setLogVerbosity(logVerbosity.NONE);

/** The calls that begin with a join: a peer that has not joined needs small frames only. */
const JOINING: ReadonlySet<string> = new Set([chatServer.Session.path, chatServer.Backup.path]);

/** The gRPC side of a server. It does not listen: connections are handed to it. */
export interface GrpcServer {
  /** Serves a connection. */
  accept(socket: Socket): void;
  /** Asks every peer to go. A connection closes once its streams have ended. */
  drain(): void;
  /** Ends what is left. */
  close(): void;
}

/** Creates the gRPC side of a server. */
export function createGrpc(context: CallContext): GrpcServer {
  const server = createServer(context);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  filterServerCalls(server, context);
  return {
    accept: (socket) => {
      gatherWrites(socket);
      injector.injectConnection(socket);
    },
    drain: () => injector.destroy(),
    close: () => server.forceShutdown(),
  };
}

/** Creates the server, which listens nowhere yet. */
function createServer(context: CallContext): Server {
  const { connections, services: { bounds, report } } = context;
  const afterJoin: DeframerOptions = {
    maxBytes: LIMITS.frameBytes + bounds.maxNoteBytes,
    onRead: (peer, stream, bytes) => connections.recordRead(peer, stream, bytes),
    refuse: (call, error) => refuse(error, callSubject(call), report),
  };
  const beforeJoin = { ...afterJoin, maxBytes: LIMITS.joinBytes };
  const server = new Server({
    "grpc.enable_channelz": 0,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    interceptors: [({ path }, call) => {
      const inner = call as unknown as InnerCall;
      new MessageDeframer(inner, JOINING.has(path) ? beforeJoin : afterJoin);
      return call as ServerInterceptingCall; // One around it would cost something with each message.
    }],
    "grpc.max_concurrent_streams": bounds.maxSessions + SPARE_CALLS,
    // It notifies the peer first. A connection that stays open is cut by its own timeout.
    "grpc.max_connection_idle_ms": bounds.idleTimeoutMs,
  });
  boundHeaders(server);
  addChatService(server, context);
  addToolServices(server, context);
  return server;
}

/** Filters calls before the server gets them. */
function filterServerCalls(server: Server, { connections, services }: CallContext): void {
  // A private field, which its types do not have.
  const { http2Servers } = server as unknown as { http2Servers: Map<Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    filterCalls(http2Server, {
      onCall: (stream) => connections.trackStream(stream),
      onError: (error) => services.report({ type: "error", error }),
    });
  }
}

/** Adds the calls of the chat. */
function addChatService(server: Server, context: CallContext): void {
  const { services } = context;
  server.addService(strict(chatServer), {
    ChatStream: streaming(context, handleChatStream),
    SendNote: unary<NoteMessage, Empty>(context, (call) => handleSendNote(call, context)),
    Session: (call: DuplexCall) =>
      void handleSession(call, context, (peer) => serveSession(peer, services)),
    Backup: (call: DuplexCall) =>
      void handleSession(call, context, (peer) => serveBackup(peer, services)),
  });
}

/**
 * Adds the calls of tools and load balancers. They are open to everyone, and reveal nothing about
 * anyone.
 */
function addToolServices(server: Server, context: CallContext): void {
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
 * Limits the number of header fields of a call: each may expand from one byte to 4 KiB. Also tells
 * peers the largest size, so that their gRPC refuses a call itself, instead of losing the connection
 * with all other calls. grpc-js has no options for that, but passes these on to HTTP/2.
 */
function boundHeaders(server: Server): void {
  // A private field that the types omit. Without it the server does not start.
  const { commonServerOptions } = server as unknown as { commonServerOptions: ServerOptions };
  commonServerOptions.maxHeaderListPairs = LIMITS.headerFields;
  const { settings } = commonServerOptions;
  commonServerOptions.settings = { ...settings, maxHeaderListSize: LIMITS.headerBytes };
}

/** A service that also receives malformed requests. */
function strict(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service);
  return Object.fromEntries(methods.map(([name, method]) => {
    return [name, { ...method, requestDeserialize: requestDecoder(method) }];
  }));
}

/** Answers calls with the result of `serve`, or with the status of its error. */
function unary<Request, Response>(
  context: CallContext,
  serve: (call: ServerUnaryCall<Request | Malformed, Response>) => Response | Promise<Response>,
): handleUnaryCall<Request | Malformed, Response> {
  const answered = async (call: ServerUnaryCall<Request | Malformed, Response>) => {
    using _open = context.connections.get(call.getPeer()).openCall();
    return await serve(call);
  };
  return (call, answer) =>
    void answered(call).then(
      (response) => answer(null, response),
      (error) => answer(refuse(error, callSubject(call), context.services.report)),
    );
}
