// Longer than 300 lines, as this is the one file on this side that knows grpc-js.

import {
  CallCredentials,
  ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  type experimental,
  logVerbosity,
  Metadata,
  type ServiceError,
  setLogVerbosity,
  status,
} from "@grpc/grpc-js";
import {
  chatServer,
  type ClientFrameInit,
  type Empty,
  type NoteInit,
  type NoteMessage,
  type ServerFrame,
} from "../../proto/mod.ts";
import type { Method } from "../../proto/proto_file.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import { connectionError } from "./connection_error.ts";
import { inspect, secure, type SecureConnection, type TlsOptions } from "./tls.ts";

// grpc-js would print its own opinion of a broken connection beside ours.
setLogVerbosity(logVerbosity.NONE);

/**
 * The metadata of statuses that were sent in gRPC. grpc-js makes up a status of its own for error
 * pages, resets and what it cannot read, with the same codes, and does not say which is which.
 */
const sent = new WeakSet<Metadata>();
const { fromHttp2Headers } = Metadata;
Metadata.fromHttp2Headers = (headers) => {
  const metadata = fromHttp2Headers(headers);
  const { ":status": httpStatus, "content-type": type = "" } = headers;
  // Trailers have no status of HTTP; a head has one, also where it is all there is.
  const isGrpc = httpStatus === undefined ||
    Number(httpStatus) === 200 && /^application\/grpc\b/.test(type);
  if (isGrpc && headers["grpc-status"] !== undefined) sent.add(metadata);
  return metadata;
};

/** How to connect. */
export interface ConnectionOptions {
  /**
   * How long the server may be silent before it is asked for a sign of life, in
   * milliseconds. Default: it is never asked; servers of the original contract take that ill.
   */
  readonly keepaliveMs?: number;
  /** How to encrypt. Default: not at all; `false` says that this was asked for. */
  readonly tls?: TlsOptions | false | undefined;
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
  readonly send: (frame: ClientFrameInit) => void;
  /** Says that nothing more will be sent: the server answers for what it has, and ends. */
  readonly end: () => void;
}

/** A method as its caller uses it. */
type Calling<Request, Response> = Pick<
  Method<Request, unknown, unknown, Response>,
  "path" | "requestSerialize" | "responseDeserialize"
>;

/** One connection to one server. When it breaks it stays broken: dial again. */
export class GrpcConnection {
  readonly #address: string;
  readonly #tls: TlsCredentials | undefined;
  /** What to change for a server that speaks TLS, where we do not. */
  readonly #tlsHint: string;
  readonly #closed = new AbortController();
  readonly #client: Client;
  /** The calls that have not been answered. */
  readonly #asking = new Set<ClientUnaryCall>();

  /** Begins to connect to `address`: `HOST:PORT` or `unix:PATH`. */
  constructor(address: string, { keepaliveMs, tls }: ConnectionOptions = {}) {
    this.#address = address;
    this.#tls = tls ? new TlsCredentials(address, tls) : undefined;
    this.#tlsHint = tls === false ? "leave --insecure away" : "--tls joins with it";
    const inner = this.#tls ?? credentials.createInsecure();
    this.#client = new Client(address, until(this.#closed.signal, inner), {
      "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
      ...(keepaliveMs !== undefined && {
        "grpc.keepalive_time_ms": keepaliveMs,
        "grpc.keepalive_timeout_ms": keepaliveMs * KEEPALIVE_PATIENCE,
      }),
      "grpc.enable_channelz": 0,
      "grpc.enable_retries": 0,
      // The process-wide pool would hand a new connection the backoff of the one before it.
      "grpc.use_local_subchannel_pool": 1,
      // When to dial again, we decide: this is how long its timers outlive a failed attempt.
      "grpc.initial_reconnect_backoff_ms": 100,
    });
  }

  /** The SHA-256 of the certificate that the server has shown; undefined before that, and in plaintext. */
  get certificateDigest(): Uint8Array | undefined {
    const fingerprint = this.#tls?.secured?.shown.fingerprint;
    return fingerprint === undefined
      ? undefined
      : Uint8Array.fromHex(fingerprint.replaceAll(":", ""));
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
    return this.#read(call, signal);
  }

  /** Opens a session, which is cut off when `signal` is aborted. */
  session(signal: AbortSignal): SessionCall {
    return this.#open(chatServer.Session, signal);
  }

  /** Asks for a copy of all that is kept; cut off when `signal` is aborted. */
  backup(signal: AbortSignal): SessionCall {
    return this.#open(chatServer.Backup, signal);
  }

  #open(
    { path, requestSerialize, responseDeserialize }: typeof chatServer.Session,
    signal: AbortSignal,
  ): SessionCall {
    const call = this.#client.makeBidiStreamRequest<ClientFrameInit, ServerFrame>(
      path,
      requestSerialize,
      responseDeserialize,
    );
    return {
      frames: this.#read(call, signal),
      send: (frame) => void call.write(frame),
      end: () => call.end(),
    };
  }

  /**
   * Posts a note by the original contract's `SendNote`.
   *
   * @throws {ChatError} when the server refuses it, or has not answered within `timeoutMs`
   * milliseconds.
   */
  async send(note: NoteInit, timeoutMs: number): Promise<void> {
    await this.ask(chatServer.SendNote, note, timeoutMs);
  }

  /**
   * Asks what has one answer.
   *
   * @throws {ChatError} when the server refuses it, or has not answered within `timeoutMs`
   * milliseconds.
   */
  ask<Request, Response>(
    { path, requestSerialize, responseDeserialize }: Calling<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest<Request, Response>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline: Date.now() + timeoutMs },
        (error, response) => {
          this.#asking.delete(call);
          if (error) void this.#explain(error, this.#closed.signal).then(reject);
          else resolve(response!); // There is one where there is no error.
        },
      );
      this.#asking.add(call);
    });
  }

  /** Closes the connection; calls that are under way fail. */
  close(): void {
    for (const call of this.#asking) call.cancel();
    // Not in the turn in which it was opened: grpc-js would open, for a channel that is closed
    // already, what nothing closes any more.
    setImmediate(() => this.#client.close());
    this.#closed.abort();
  }

  /** Reads a call to its end; an aborted `signal` cancels it, which is a quiet end. */
  async *#read<T>(
    call: ClientReadableStream<T> | ClientDuplexStream<unknown, T>,
    signal: AbortSignal,
  ): AsyncGenerator<T, void> {
    const cancel = () => call.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      if (signal.aborted) cancel();
      for await (const item of call) yield item;
    } catch (error) {
      if (!signal.aborted) throw await this.#explain(error as ServiceError, signal);
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  async #explain(error: ServiceError, signal: AbortSignal): Promise<ChatError> {
    const failure = this.#tls?.failure ?? toChatError(error);
    if (failure.code !== "unavailable" || !BROKEN_OFF.test(error.details)) return failure;
    if (this.#tls?.secured) return turnedAway(this.#tls.showsCertificate, error);
    if (this.#tls) return failure;
    // To whoever speaks plaintext, TLS is a connection that ends without a word.
    const isTls = await inspect(this.#address, undefined, signal).then(() => true, () => false);
    if (!isTls) return failure;
    return new ChatError("mismatched", `it speaks TLS (${this.#tlsHint})`, { cause: error });
  }
}

/** What is said of a connection that the server has ended before it was ready for calls. */
const BROKEN_OFF = /^No connection established.*(Failed to connect|ECONNRESET|EPIPE)/s;

/**
 * A server that breaks off behind the handshake: it has then seen what we have to show. What
 * it says of that may get lost with the connection, so that it is worth another attempt.
 */
function turnedAway(showsCertificate: boolean, cause: ServiceError): ChatError {
  const words = showsCertificate
    ? "it breaks off, and may not take the certificate (--cert)"
    : "it breaks off, and may want to see a certificate (--cert, --key)";
  return new ChatError("unavailable", words, { cause });
}

type SecureConnector = experimental.SecureConnector;

/**
 * Credentials by which nothing connects any more once `closed` is aborted. A channel of grpc-js that
 * is closed while it waits for its next attempt makes that all the same, and keeps a connection
 * that nobody uses: one for each attempt that had failed.
 */
function until(closed: AbortSignal, inner: ChannelCredentials): ChannelCredentials {
  const connectorOf = inner._createSecureConnector.bind(inner);
  inner._createSecureConnector = (...target) => {
    const connector = connectorOf(...target);
    const waitForReady = async () => {
      closed.throwIfAborted();
      await connector.waitForReady();
    };
    return { ...connector, waitForReady };
  };
  return inner;
}

/**
 * TLS with a server that is known by our own rules, on each connection anew. Those of grpc-js
 * know authorities only, and take no IP address for a host.
 */
class TlsCredentials extends ChannelCredentials {
  readonly #address: string;
  readonly #tls: TlsOptions;
  /** The connection that was made last. */
  secured: SecureConnection | undefined;
  /** Why the last connection was not made, if it was not. */
  failure: ChatError | undefined;

  constructor(address: string, tls: TlsOptions) {
    super();
    this.#address = address;
    this.#tls = tls;
  }

  /** True if we show a certificate of our own. */
  get showsCertificate(): boolean {
    return this.#tls.certificate !== undefined;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(
    ..._target: Parameters<ChannelCredentials["_createSecureConnector"]>
  ): SecureConnector {
    return {
      connect: async (socket) => {
        try {
          this.secured = await secure(socket, this.#address, this.#tls);
        } catch (error) {
          if (error instanceof ChatError) this.failure = error;
          throw error;
        }
        this.failure = undefined;
        return { socket: this.secured.socket, secure: true };
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => CallCredentials.createEmpty(),
      destroy: () => {},
    };
  }
}

function toChatError(error: ServiceError): ChatError {
  const { code, details, metadata } = error;
  if (sent.has(metadata)) {
    const words = details || `it ended the call with status ${code}`;
    return new ChatError(fromStatus(code) ?? "unavailable", words, { cause: error });
  }
  if (code === status.DEADLINE_EXCEEDED) {
    return new ChatError("timeout", details, { cause: error });
  }
  const reason = /Last error: (?:Error: )?(.*?)(?: \(\d{4}-[^)]*\))?\.? Resolution note:/
    .exec(details)?.[1] ?? details;
  return connectionError(reason, error);
}
