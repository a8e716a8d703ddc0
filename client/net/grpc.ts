// Longer than 300 lines, because this is the only client file that knows grpc-js.

import {
  CallCredentials,
  ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  connectivityState,
  credentials,
  type experimental,
  logVerbosity,
  Metadata,
  type ServiceError,
  setLogVerbosity,
  status,
} from "@grpc/grpc-js";
import {
  type ChallengeMessage,
  chatServer,
  type ClientFrameInit,
  type Empty,
  type NoteInit,
  type NoteMessage,
  type ServerFrame,
} from "../../proto/mod.ts";
import type { ServerIdentity } from "../../proto/identity/proof.ts";
import type { Method } from "../../proto/proto_file.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import { connectionError } from "./connection_error.ts";
import { inspect, secure, type SecureConnection, type TlsOptions } from "./tls.ts";
import type { SessionCall, SessionConnection } from "./transport.ts";

// grpc-js would print its own messages about a broken connection next to ours.
setLogVerbosity(logVerbosity.NONE);

/**
 * The metadata of statuses that were received over gRPC. grpc-js makes up statuses with the same
 * codes for error pages, resets and unreadable input, and does not mark them.
 */
const sent = new WeakSet<Metadata>();
const { fromHttp2Headers } = Metadata;
Metadata.fromHttp2Headers = (headers) => {
  const metadata = fromHttp2Headers(headers);
  const { ":status": httpStatus, "content-type": type = "" } = headers;
  // Trailers have no HTTP status. Response headers have one, even if nothing follows.
  const isGrpc = httpStatus === undefined ||
    Number(httpStatus) === 200 && /^application\/grpc\b/.test(type);
  if (isGrpc && headers["grpc-status"] !== undefined) sent.add(metadata);
  return metadata;
};

/** The options of a connection. */
export interface ConnectionOptions {
  /**
   * The silence of the server before a keepalive ping, in milliseconds. Default: no pings, because
   * servers of the original contract punish them.
   */
  readonly keepaliveMs?: number;
  /** The encryption. Default: plaintext. `false` means that plaintext was requested. */
  readonly tls?: TlsOptions | false | undefined;
  /** The part of the usual flow-control window to use, at least 128 KiB. Default: all of it. */
  readonly share?: number;
}

/** The timeout for a ping's answer, as a share of the silence before it. */
const KEEPALIVE_PATIENCE = 0.8;

/**
 * The number of bytes that the server may send ahead. With less, history would arrive at one round
 * trip per window.
 */
const FLOW_CONTROL_WINDOW = 4 << 20;

/** The smallest window, for sessions that share the memory of one. */
const LEAST_WINDOW = 128 << 10;

/** A method as its caller uses it. */
type Calling<Request, Response> = Pick<
  Method<Request, unknown, unknown, Response>,
  "path" | "requestSerialize" | "responseDeserialize"
>;

/** One connection to one server. A broken connection stays broken: dial again. */
export class GrpcConnection implements SessionConnection {
  /** The address of the server. */
  readonly address: string;
  readonly #tls: TlsCredentials | undefined;
  /** Advice for plaintext connections to a server that speaks TLS. */
  readonly #tlsHint: string;
  readonly #closed = new AbortController();
  readonly #client: Client;
  /** The unfinished calls. */
  readonly #asking = new Set<ClientUnaryCall>();
  /** Whether the server has answered a streamed call. */
  #answered = false;
  /** Whether a call has failed, and not because the server said so. */
  #failed = false;
  /** Whether the server speaks TLS, once a plaintext connection has to know. */
  #speaksTls: Promise<boolean> | undefined;

  /** Starts connecting to `address`: `HOST:PORT` or `unix:PATH`. */
  constructor(address: string, { keepaliveMs, tls, share = 1 }: ConnectionOptions = {}) {
    this.address = address;
    this.#tls = tls ? new TlsCredentials(address, tls) : undefined;
    this.#tlsHint = tls === false ? "omit --insecure" : "--tls joins with it";
    const inner = this.#tls ?? credentials.createInsecure();
    this.#client = new Client(address, until(this.#closed.signal, inner), {
      "grpc-node.flow_control_window": Math.max(
        LEAST_WINDOW,
        Math.floor(share * FLOW_CONTROL_WINDOW),
      ),
      ...(keepaliveMs !== undefined && {
        "grpc.keepalive_time_ms": keepaliveMs,
        "grpc.keepalive_timeout_ms": keepaliveMs * KEEPALIVE_PATIENCE,
      }),
      "grpc.enable_channelz": 0,
      "grpc.enable_retries": 0,
      // The process-wide pool would give a new connection the backoff of the previous one.
      "grpc.use_local_subchannel_pool": 1,
      // This client decides when to dial again. This is how long the channel's timers outlive a
      // failed attempt.
      "grpc.initial_reconnect_backoff_ms": 100,
    });
  }

  /** Whether the connection cannot be made, or is lost: new calls need another one. */
  get isBroken(): boolean {
    if (this.#failed) return true;
    // A lost connection is idle, and so is a new one until its first call has begun.
    const state = this.#client.getChannel().getConnectivityState(false);
    return this.#answered && state !== connectivityState.READY;
  }

  /** Returns the server's certificate, or in plaintext the id that the server claims. */
  identify({ server }: Pick<ChallengeMessage, "server">): ServerIdentity {
    const fingerprint = this.#tls?.secured?.shown.fingerprint;
    if (fingerprint === undefined) return { transport: "plain", id: server };
    return { transport: "tls", id: Uint8Array.fromHex(fingerprint.replaceAll(":", "")) };
  }

  /**
   * Waits until the server has answered in HTTP/2. Never fails: a later call fails with the reason.
   */
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

  /** Opens a session. Aborting `signal` cancels it. */
  session(signal: AbortSignal): SessionCall {
    return this.#open(chatServer.Session, signal);
  }

  /** Requests a copy of all data. Aborting `signal` cancels it. */
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
   * Makes a unary call.
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
          else resolve(response!); // Without an error there is a response.
        },
      );
      this.#asking.add(call);
    });
  }

  /** Closes the connection. Unfinished calls fail. */
  close(): void {
    for (const call of this.#asking) call.cancel();
    // Not in the turn in which it was opened: for a closed channel, grpc-js would open a connection
    // that nothing closes any more.
    setImmediate(() => this.#client.close());
    this.#closed.abort();
  }

  /**
   * Reads a call to its end. Aborting `signal` cancels the call, which ends it without an error.
   */
  async *#read<T>(
    call: ClientReadableStream<T> | ClientDuplexStream<unknown, T>,
    signal: AbortSignal,
  ): AsyncGenerator<T, void> {
    const cancel = () => call.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      if (signal.aborted) cancel();
      for await (const item of call) {
        this.#answered = true;
        yield item;
      }
    } catch (error) {
      if (!signal.aborted) throw await this.#explain(error as ServiceError, signal);
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  async #explain(error: ServiceError, signal: AbortSignal): Promise<ChatError> {
    if (!sent.has(error.metadata)) this.#failed = true;
    const failure = this.#tls?.failure ?? toChatError(error);
    if (failure.code !== "unavailable" || !BROKEN_OFF.test(error.details)) return failure;
    if (this.#tls?.secured) return turnedAway(this.#tls.showsCertificate, error);
    if (this.#tls) return failure;
    // To a plaintext client, a TLS server looks like a connection that ends without an answer.
    // All calls of the connection fail at the same time: the server is asked once.
    this.#speaksTls ??= inspect(this.address, undefined, this.#closed.signal)
      .then(() => true, () => false);
    if (!await unlessAborted(this.#speaksTls, signal)) return failure;
    return new ChatError("mismatched", `it speaks TLS (${this.#tlsHint})`, { cause: error });
  }
}

/** Waits for `promise`, which never fails; resolves with undefined once `signal` is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    const stop = () => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    void promise.then((value) => {
      signal.removeEventListener("abort", stop);
      resolve(value);
    });
  });
}

/** The error for a connection that the server closed before it was ready for calls. */
const BROKEN_OFF = /^No connection established.*(Failed to connect|ECONNRESET|EPIPE)/s;

/**
 * A server that closes the connection after the handshake has seen the client's certificate, or its
 * absence. Its reason may get lost with the connection, so another attempt may help.
 */
function turnedAway(showsCertificate: boolean, cause: ServiceError): ChatError {
  const words = showsCertificate
    ? "it closes the connection, and may not accept the certificate (--cert)"
    : "it closes the connection, and may require a certificate (--cert, --key)";
  return new ChatError("unavailable", words, { cause });
}

type SecureConnector = experimental.SecureConnector;

/**
 * Credentials that open no more connections once `closed` is aborted. A grpc-js channel that is
 * closed while it waits for its next attempt still makes that attempt, and keeps an unused
 * connection: one for each failed attempt.
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
 * TLS to a server that is verified by this client's own rules, on each connection anew. The rules
 * of grpc-js support only authorities, and accept no IP address as a host.
 */
class TlsCredentials extends ChannelCredentials {
  readonly #address: string;
  readonly #tls: TlsOptions;
  /** The latest connection. */
  secured: SecureConnection | undefined;
  /** The reason why the latest connection failed, if it did. */
  failure: ChatError | undefined;

  constructor(address: string, tls: TlsOptions) {
    super();
    this.#address = address;
    this.#tls = tls;
  }

  /** True if this client sends a certificate of its own. */
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
