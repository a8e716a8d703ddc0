import {
  Client,
  type ClientReadableStream,
  credentials,
  logVerbosity,
  type ServiceError,
  setLogVerbosity,
  status,
} from "@grpc/grpc-js";
import { chatServer, type Empty, type NoteMessage } from "../proto/mod.ts";
import { STATUS } from "../proto/status.ts";
import { ChatError, type ChatErrorCode } from "../room/errors.ts";

// grpc-js would print its own opinion of a broken connection beside ours.
setLogVerbosity(logVerbosity.NONE);

/** One connection to one server. When it breaks it stays broken: dial again. */
export class Connection {
  readonly #client: Client;

  /** Begins to connect to `address`: `HOST:PORT` or `unix:PATH`. */
  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
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
  async *notes(signal: AbortSignal): AsyncGenerator<NoteMessage, void> {
    const { path, requestSerialize, responseDeserialize } = chatServer.ChatStream;
    const call: ClientReadableStream<NoteMessage> = this.#client.makeServerStreamRequest<
      Empty,
      NoteMessage
    >(path, requestSerialize, responseDeserialize, {});
    const cancel = () => call.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      if (signal.aborted) cancel();
      for await (const note of call) yield note;
    } catch (error) {
      if (!signal.aborted) throw toChatError(error as ServiceError);
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
    }
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
      this.#client.makeUnaryRequest<NoteMessage, Empty>(
        path,
        requestSerialize,
        responseDeserialize,
        note,
        { deadline: deadlineMs },
        (error) => error ? reject(toChatError(error)) : resolve(),
      );
    });
  }

  /** Closes the connection; open calls end. */
  close(): void {
    this.#client.close();
  }
}

const CODES = new Map(
  Object.entries(STATUS).map(([code, number]) => [number, code as ChatErrorCode]),
);

/** Statuses that a server going away, or a proxy on the way, may end a call with. */
const GONE = [status.CANCELLED, status.INTERNAL, status.UNKNOWN];

function toChatError(error: ServiceError): ChatError {
  const code = CODES.get(error.code) ?? (GONE.includes(error.code) ? "unavailable" : "invalid");
  // `No connection established. Last error: Error: connect ECONNREFUSED … Resolution note: …`
  const reason = /Last error: (?:Error: )?(.*?)\.? Resolution note:/.exec(error.details)?.[1];
  return new ChatError(code, reason ?? error.details, { cause: error });
}
