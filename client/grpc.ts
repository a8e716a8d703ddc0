import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  logVerbosity,
  type ServiceError,
  setLogVerbosity,
} from "@grpc/grpc-js";
import {
  chatServer,
  type ClientFrame,
  type Empty,
  type NoteMessage,
  type ServerFrame,
} from "../proto/mod.ts";
import { codeOf } from "../proto/status.ts";
import { ChatError } from "../room/errors.ts";

// grpc-js would print its own opinion of a broken connection beside ours.
setLogVerbosity(logVerbosity.NONE);

/** How to connect. */
export interface ConnectionOptions {
  /**
   * How long the server may be silent before it is asked for a sign of life, in
   * milliseconds. Default: it is never asked; servers of the original contract take that ill.
   */
  readonly keepaliveMs?: number;
}

/** How long a sign of life may take, as a share of the silence before. */
const KEEPALIVE_PATIENCE = 0.8;

/** How much the server may send ahead, in bytes: history comes faster than one round trip at a time. */
const FLOW_CONTROL_WINDOW = 4 << 20;

/** The client's end of a session. */
export interface SessionCall {
  /** What the server sends; throws a `ChatError` when the session ends with an error. */
  readonly frames: AsyncGenerator<ServerFrame, void>;
  /** Sends a frame. */
  readonly send: (frame: ClientFrame) => void;
  /** Says that nothing more will be sent: the server answers for what it has, and ends. */
  readonly end: () => void;
}

/** One connection to one server. When it breaks it stays broken: dial again. */
export class Connection {
  readonly #client: Client;
  /** The notes that have not been answered. */
  readonly #sending = new Set<ClientUnaryCall>();

  /** Begins to connect to `address`: `HOST:PORT` or `unix:PATH`. */
  constructor(address: string, { keepaliveMs }: ConnectionOptions = {}) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
      ...(keepaliveMs !== undefined && {
        "grpc.keepalive_time_ms": keepaliveMs,
        "grpc.keepalive_timeout_ms": keepaliveMs * KEEPALIVE_PATIENCE,
      }),
      "grpc.enable_channelz": 0,
      "grpc.enable_retries": 0,
      // The process-wide pool would hand a new connection the backoff of the one before it.
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** Waits until the server has answered in HTTP/2. Never fails: a call does, and says why. */
  ready(): Promise<void> {
    return new Promise((resolve) => {
      this.#client.waitForReady(Infinity, (error) => {
        if (!error) resolve();
      });
    });
  }

  /**
   * Streams the notes of the original contract's `ChatStream` until `signal` is aborted.
   *
   * @throws {ChatError} when the call ends for any other reason.
   */
  notes(signal: AbortSignal): AsyncGenerator<NoteMessage, void> {
    const { path, requestSerialize, responseDeserialize } = chatServer.ChatStream;
    const call: ClientReadableStream<NoteMessage> = this.#client.makeServerStreamRequest<
      Empty,
      NoteMessage
    >(path, requestSerialize, responseDeserialize, {});
    return read(call, signal);
  }

  /** Opens a session, which is cut off when `signal` is aborted. */
  session(signal: AbortSignal): SessionCall {
    const { path, requestSerialize, responseDeserialize } = chatServer.Session;
    const call = this.#client.makeBidiStreamRequest<ClientFrame, ServerFrame>(
      path,
      requestSerialize,
      responseDeserialize,
    );
    return {
      frames: read(call, signal),
      send: (frame) => void call.write(frame),
      end: () => call.end(),
    };
  }

  /**
   * Posts a note by the original contract's `SendNote`.
   *
   * @throws {ChatError} when the server refuses it, or has not answered by `deadlineMs`,
   * a time as of `Date.now()`.
   */
  send(note: NoteMessage, deadlineMs: number): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = chatServer.SendNote;
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest<NoteMessage, Empty>(
        path,
        requestSerialize,
        responseDeserialize,
        note,
        { deadline: deadlineMs },
        (error) => {
          this.#sending.delete(call);
          if (error) reject(toChatError(error));
          else resolve();
        },
      );
      this.#sending.add(call);
    });
  }

  /** Closes the connection; notes that are under way fail. */
  close(): void {
    for (const call of this.#sending) call.cancel();
    this.#client.close();
  }
}

/** Reads a call to its end; an aborted `signal` cancels it, which is a quiet end. */
async function* read<T>(
  call: ClientReadableStream<T> | ClientDuplexStream<unknown, T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const cancel = () => call.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    if (signal.aborted) cancel();
    for await (const item of call) yield item;
  } catch (error) {
    if (!signal.aborted) throw toChatError(error as ServiceError);
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

function toChatError(error: ServiceError): ChatError {
  // A server going away, or a proxy on the way, may end a call with any status: try again.
  const code = codeOf(error.code) ?? "unavailable";
  const reason = /Last error: (?:Error: )?(.*?)(?: \(\d{4}-[^)]*\))?\.? Resolution note:/
    .exec(error.details)?.[1] ?? error.details;
  return new ChatError(code, inWords(reason), { cause: error });
}

/** What Node says of a connection that cannot be made, in words for people. */
const REASONS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/ECONNREFUSED/, "nothing listens there"],
  [/ECONNRESET|EPIPE/, "the connection broke"],
  [/ENOENT/, "there is no such socket"],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, "the network does not get there"],
  [/Name resolution failed/, "there is no such host"],
  [/Failed to connect|Protocol error|HTTP status code/, "what answers there is no chat server"],
];

function inWords(reason: string): string {
  return REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? reason;
}
