import type { ProvenJoin } from "../../proto/identity/proof.ts";
import type {
  ClientFrameInit,
  JoinInit,
  NoteMessage,
  ServerFrame,
  WelcomeMessage,
} from "../../proto/messages.ts";
import { ChatError } from "../../room/errors.ts";
import type { ChatEvent } from "../chat.ts";
import { LONGEST_MS, sleep } from "../net/backoff.ts";
import { Restart } from "../net/reconnect.ts";
import type { Dial, SessionCall } from "../net/transport.ts";
import type { Backlog } from "./backlog.ts";
import type { Client } from "./client.ts";
import type { Incoming } from "./incoming.ts";
import type { Outbox } from "./outbox.ts";
import { type ProofOptions, Prover, type Signer } from "./prover.ts";
import type { Requests } from "./requests.ts";
import { checkFrame, hasEvents, toError, toRefusal, withoutEvents } from "./server_frame.ts";

/** The options of a session. */
export interface SessionOptions {
  /** Connects to a server. A module that a browser loads cannot import gRPC. */
  readonly dial: Dial;
  /** The name to speak under; empty to read only. */
  readonly name: string;
  /** The room. */
  readonly room: string;
  /** True to be no member of the room. */
  readonly unlisted: boolean;
  /** True to wait for a room that does not exist, without a name. */
  readonly wait: boolean;
  /** The person's key; without one, they are not verified. */
  readonly identity: Signer | undefined;
  /** The password, for a server that requires one. */
  readonly password: string | undefined;
  /** Called with the id of a server without TLS, before anything is proven to it. */
  readonly meet: ProofOptions["meet"];
  /** True to end after the newest note at the time of connecting. */
  readonly untilNow: boolean;
}

/** The parts of a chat that its sessions need. */
export interface ChatParts {
  readonly options: SessionOptions;
  readonly client: Client;
  readonly outbox: Outbox;
  readonly requests: Requests;
  readonly incoming: Incoming;
  readonly backlog: Backlog;
  /** Whether it is the newest of the chats that replace one another. */
  readonly isNewest: () => boolean;
  /** Called when everything has been read up to the time of connecting, with `untilNow`. */
  readonly onFinished: () => void;
}

/** Why a connection ends that had notes for which there was no room. */
const UNREAD = "its notes were not read in time";

/** Why there is no session: because of an outage, or because we have cut it to begin another. */
const NO_SESSION = {
  disconnected: "There is no connection",
  restarting: `The chat is connecting again, because ${UNREAD}`,
};

/** The wait for the server's last answers once we disconnect, in milliseconds. */
const LAST_ANSWERS_MS = 1_000;

/** The sessions of a chat, one after another: each is one attempt to connect. */
export class Sessions {
  readonly #options: SessionOptions;
  readonly #client: Client;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #incoming: Incoming;
  readonly #backlog: Backlog;
  readonly #isNewest: () => boolean;
  readonly #onFinished: () => void;
  /** The number of rate-limited posts on this session. Frames repeat it to the server. */
  #limited = 0;
  /** The server of the latest attempt to connect. */
  #address = "";
  /** The current session; undefined while there is none. */
  #call: SessionCall | undefined;
  #noSession = NO_SESSION.disconnected;

  /** Makes none yet. */
  constructor(chat: ChatParts) {
    this.#options = chat.options;
    this.#client = chat.client;
    this.#outbox = chat.outbox;
    this.#requests = chat.requests;
    this.#incoming = chat.incoming;
    this.#backlog = chat.backlog;
    this.#isNewest = chat.isNewest;
    this.#onFinished = chat.onFinished;
  }

  /** The server of the latest attempt to connect; empty before it. */
  get address(): string {
    return this.#address;
  }

  /**
   * Sends a request.
   *
   * @throws {ChatError} `unavailable`, if there is no session.
   */
  send(request: ClientFrameInit): void {
    if (!this.#call) throw new ChatError("unavailable", this.#noSession);
    this.#call.send(request);
  }

  /** Sends the posts that have not been sent on this session, and may be. */
  flush(): void {
    if (!this.#call) return;
    const refusals = this.#limited;
    for (const posts of this.#outbox.unsent()) this.#call.send({ posts, refusals });
  }

  /**
   * Connects to a server, and yields the events of the session until it ends.
   *
   * @param leave Ends it, once the server has had a moment to answer what was sent.
   * @throws {ChatError} when the connection is lost, or the server ends the session.
   */
  async *attempt(address: string, leave: AbortSignal): AsyncGenerator<ChatEvent, void> {
    this.#address = address;
    const connection = this.#options.dial(address);
    const cut = new AbortController();
    const call = connection.session(cut.signal);
    const leaveGently = () => {
      // The server has not let us in yet: there is no answer to wait for.
      if (!this.#call) return cut.abort();
      this.flush();
      this.#call = undefined; // Later texts are not sent any more.
      call.end();
      void sleep(LAST_ANSWERS_MS, cut.signal).then(() => cut.abort());
    };
    leave.addEventListener("abort", leaveGently, { once: true });
    try {
      const join = this.#join();
      call.send({ join });
      if (leave.aborted) leaveGently();
      const prover = new Prover(connection, join, this.#options);
      let welcomed = false;
      let isBehind = false;
      for await (const frame of call.frames) {
        if (cut.signal.aborted) break; // The frame had arrived before.
        if (!welcomed && frame.challenge) {
          // Signing may ask a person, whose answer may never come.
          const left = sleep(LONGEST_MS, cut.signal);
          const proof = await Promise.race([prover.prove(frame.challenge), left]);
          if (proof && !cut.signal.aborted) call.send({ proof });
          continue;
        }
        checkFrame(frame, welcomed);
        welcomed = true;
        if (!isBehind && this.#backlog.isFull && hasEvents(frame)) {
          isBehind = true;
          void this.#backlog.drained().then(() => cut.abort(new Restart(UNREAD)));
        }
        if (frame.welcome) this.#begin(frame.welcome, call);
        this.#settlePosts(frame);
        yield* this.#incoming.events(isBehind ? withoutEvents(frame) : frame, address);
        // The loops keep the frame until the next one comes: a quiet chat must not keep its notes.
        (frame.notes as NoteMessage[]).length = 0;
        this.#requests.settle(frame);
        if (frame.goodbye) throw toError(frame.goodbye);
        if (this.#backlog.isFull) await this.#backlog.ready(leave);
      }
      if (cut.signal.reason instanceof Restart) throw cut.signal.reason;
      if (isBehind) throw new ChatError("unavailable", UNREAD);
      // The server has sent everything, unless we have left.
      if (this.#options.untilNow && welcomed && !leave.aborted) this.#onFinished();
    } catch (error) {
      throw this.#isNewest() ? withoutReplaced(error) : error;
    } finally {
      leave.removeEventListener("abort", leaveGently);
      cut.abort();
      this.#call = undefined;
      const restarts = cut.signal.reason instanceof Restart;
      this.#noSession = restarts ? NO_SESSION.restarting : NO_SESSION.disconnected;
      const words = restarts ? NO_SESSION.restarting : "The connection is gone";
      this.#requests.close(new ChatError("unavailable", words));
      connection.close();
    }
  }

  #join(): JoinInit & ProvenJoin {
    const { name, room, unlisted, wait, identity } = this.#options;
    const { secret: client, attempts: attempt } = this.#client;
    this.#client.attempts++;
    const key = identity && { key: identity.publicKey };
    return { name, room, client, attempt, unlisted, wait, ...key, ...this.#incoming.start };
  }

  /** Begins a session that has been let in. */
  #begin(welcome: WelcomeMessage, call: SessionCall): void {
    // Unanswered posts are sent before new ones, and so before anybody learns that we are
    // connected again.
    this.#outbox.restart(welcome.max_note_bytes);
    this.#limited = 0;
    this.#call = call;
    this.#requests.begin(welcome);
    this.flush();
    // A server that knows that there is nothing to come sends the notes so far, and ends the call.
    if (this.#options.untilNow) call.end();
  }

  #settlePosts({ acks, refusals }: ServerFrame): void {
    for (const { id, seq } of acks) this.#outbox.accept(id, seq);
    for (const refusal of refusals) {
      const error = toRefusal(refusal);
      if (error.retryMs !== undefined) this.#limited++;
      this.#outbox.refuse(refusal.id, error);
    }
  }
}

/**
 * Makes the error of a chat that was replaced one after which it tries again: only a chat that was
 * made before it can have replaced it.
 */
function withoutReplaced(error: unknown): unknown {
  if (!(error instanceof ChatError && error.code === "replaced")) return error;
  return new ChatError("unavailable", error.message, { cause: error });
}
