import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { chatServer, strictly } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { LIMITS } from "../../room/limits.ts";
import { checkWellFormed } from "../calls/check_well_formed.ts";
import type { CallContext } from "../calls/context.ts";
import { Timeout } from "../calls/timeout.ts";
import { writeOut } from "../calls/writing.ts";
import { refuse } from "../events/refusal.ts";
import { serveSession } from "../session/serve_session.ts";
import type { Exchange } from "./exchange.ts";
import { MAX_ESCAPED_BYTES } from "./read_body.ts";
import { SessionSocket, type WebSocket } from "./socket/session_socket.ts";

/** The time for a peer to close a connection, once the server has, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * The most fragments of a message, and the most pieces in which its bytes may arrive: each takes
 * memory of its own.
 */
const MAX_PARTS = 4_096;

/** A request for a WebSocket. */
export interface UpgradeRequest extends Pick<Exchange, "origin" | "connection" | "address"> {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** The first bytes after the request. */
  readonly head: Buffer;
}

/** The WebSockets of a server. */
export class WebSockets {
  readonly #context: CallContext;
  readonly #server: WebSocketServer;
  readonly #maxFrameBytes: number;

  /** Bounds what peers send. */
  constructor(context: CallContext) {
    this.#context = context;
    const { maxNoteBytes } = context.services.bounds;
    this.#maxFrameBytes = LIMITS.frameBytes + MAX_ESCAPED_BYTES * maxNoteBytes;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      autoPong: false, // The session socket answers, no faster than the peer reads.
      perMessageDeflate: false, // A compressed frame may expand to a thousand times its size.
      skipUTF8Validation: true, // The session socket validates: it says goodbye first.
      maxPayload: LIMITS.joinBytes,
      maxFragments: MAX_PARTS,
      maxBufferedChunks: MAX_PARTS,
      closeTimeout: CLOSE_TIMEOUT_MS,
    });
    // It happens in `handleUpgrade()`. Without a listener, ws would answer by itself.
    this.#server.on("wsClientError", ({ message }: Error) => {
      throw new ChatError("invalid", `The request for a WebSocket breaks RFC 6455: ${message}`);
    });
  }

  /**
   * Accepts a WebSocket, and serves its session until the end.
   *
   * @throws {ChatError} `invalid`, if the request is no valid one.
   */
  accept(upgrade: UpgradeRequest): void {
    const { request, socket, head, connection } = upgrade;
    this.#server.handleUpgrade(request, socket, head, (accepted: WebSocket) => {
      void this.#serve(new SessionSocket(accepted, { connection, socket }), upgrade);
    });
  }

  async #serve(
    socket: SessionSocket,
    { origin, connection, address }: UpgradeRequest,
  ): Promise<void> {
    const { calls, services } = this.#context;
    const signal = calls.open(socket);
    using stack = new DisposableStack();
    stack.use(socket);
    using timeout = new Timeout({
      signal,
      ms: services.bounds.joinTimeoutMs,
      words: "No join",
    });
    const decode = strictly(
      chatServer.Session.requestDeserialize,
      (fields) => connection.recordFields(fields),
    );
    try {
      stack.use(connection.openSession());
      await serveSession({
        address,
        origin,
        frames: socket.readFrames((bytes) => {
          connection.checkNotCut();
          return checkWellFormed(decode(bytes));
        }, timeout.signal),
        isReading: () => socket.isOpen,
        signal,
        joined: () => {
          timeout[Symbol.dispose]();
          stack.use(connection.pin());
          socket.maxFrameBytes = this.#maxFrameBytes;
        },
        posted: (length) => connection.refundPost(length),
        refused: (what) => connection.recordRefusal(what),
        write: (frame, signal) => writeOut(socket, frame, signal),
        writeLast: (frame) => {
          const { code, reason } = chatServer.Session.responseDeserialize(frame).goodbye!;
          socket.sayGoodbye({ code, details: reason });
        },
        refuse: (status) => socket.sayGoodbye(status),
      }, services);
    } catch (error) {
      socket.sayGoodbye(refuse(error, { address }, services.report));
    }
    socket.close({ isStopping: calls.areOver });
  }
}
