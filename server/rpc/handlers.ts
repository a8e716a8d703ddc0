import type { HealthCheckRequestMessage } from "../../proto/health.ts";
import { type Empty, type Malformed, type NoteMessage, strictly } from "../../proto/mod.ts";
import { reflections } from "../../proto/reflection.ts";
import { toNetwork } from "../../room/network.ts";
import type { EventSubject } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import { peerAddress } from "../net/grpc_peer.ts";
import type { Peer } from "../peer.ts";
import { chatStream, sendNote } from "../session/original.ts";
import { checkWellFormed } from "../calls/check_well_formed.ts";
import type { CallContext } from "../calls/context.ts";
import { Timeout } from "../calls/timeout.ts";
import { writeAndYield } from "../calls/writing.ts";
import { type AnswerStream, endWithStatus } from "./answer_stream.ts";
import { CallPeer, type DuplexCall } from "./call_peer.ts";
import { FramedWriter, frameMessages } from "./framed_writer.ts";
import { reflect } from "./reflection.ts";
import { Requests } from "./requests.ts";

/** A call, as far as it says who makes it. */
interface Call {
  getPeer(): string;
}

/** A call that is answered by a stream. */
type StreamingCall = Call & AnswerStream;
type NoteCall = Call & { readonly request: NoteMessage | Malformed };
type StreamCall = StreamingCall & { readonly request: Empty | Malformed };
type WatchCall = StreamingCall & { readonly request: HealthCheckRequestMessage | Malformed };

/** `SendNote` of the original contract. */
export async function handleSendNote(call: NoteCall, context: CallContext): Promise<Empty> {
  const connection = context.connections.get(call.getPeer());
  const network = toNetwork(peerAddress(call.getPeer()));
  context.services.rateLimits.consumeNote({ key: undefined, network });
  await sendNote(() => checkWellFormed(call.request), network, context.services);
  connection.refundCall();
  connection.refundPost(checkWellFormed(call.request).message.length);
  return {};
}

/** Serves streams until `serve` has written all. Each counts as a session of its connection. */
export function streaming<Call extends StreamingCall>(
  context: CallContext,
  serve: (call: Call, context: CallContext, signal: AbortSignal) => Promise<void>,
): (call: Call) => Promise<void> {
  return async (call) => {
    const signal = context.calls.open(call);
    try {
      using _open = context.connections.get(call.getPeer()).openSession();
      await serve(call, context, signal);
      call.end();
    } catch (error) {
      endWithStatus(call, refuse(error, callSubject(call), context.services.report));
    }
  };
}

/** `ChatStream` of the original contract. */
export async function handleChatStream(
  call: StreamCall,
  context: CallContext,
  signal: AbortSignal,
): Promise<void> {
  checkWellFormed(call.request);
  using _pin = context.connections.get(call.getPeer()).pin();
  const address = peerAddress(call.getPeer());
  const writer = new FramedWriter(call);
  for await (const messages of chatStream(address, context.services, signal)) {
    if (messages.length > 0) await writeAndYield(writer, frameMessages(messages), signal);
  }
}

/** `Watch` of the health checks. */
export async function handleWatchHealth(
  call: WatchCall,
  context: CallContext,
  signal: AbortSignal,
): Promise<void> {
  const { service } = checkWellFormed(call.request);
  using _watch = context.connections.get(call.getPeer()).openWatch();
  for await (const status of context.health.watch(service, signal)) {
    await writeAndYield(call, { status }, signal);
  }
}

/** Reflection for tools, which may be as slow as a peer that has not joined. */
export async function handleReflection(
  call: DuplexCall,
  context: CallContext,
  signal: AbortSignal,
): Promise<void> {
  using timeout = new Timeout({
    signal,
    ms: context.services.bounds.joinTimeoutMs,
    words: "No request",
  });
  // The same in all its versions, but for its name.
  const decode = strictly(reflections[0]!.ServerReflectionInfo.requestDeserialize);
  for await (const request of new Requests(call, decode, timeout.signal)) {
    await writeAndYield(call, reflect(request), timeout.signal);
    timeout.reset();
  }
}

/** Serves a call that begins with a join. */
export async function handleSession(
  call: DuplexCall,
  context: CallContext,
  serve: (peer: Peer) => Promise<void>,
): Promise<void> {
  const signal = context.calls.open(call);
  let peer: CallPeer | undefined;
  try {
    peer = new CallPeer(call, context, signal);
    await serve(peer);
    call.end();
  } catch (error) {
    endWithStatus(call, refuse(error, callSubject(call), context.services.report));
  } finally {
    peer?.[Symbol.dispose]();
  }
}

/** The address of a call for events; nothing once its connection is gone. */
export function callSubject(call: Call): EventSubject {
  const peer = call.getPeer();
  return peer === "unknown" ? {} : { address: peerAddress(peer) };
}
