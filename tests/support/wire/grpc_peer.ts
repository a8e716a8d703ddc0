/**
 * A plain gRPC peer for the tests. Like any program written against `chat.proto`, it uses grpc-js,
 * and none of this project's code.
 *
 * @module
 */

import { Client, type ClientDuplexStream, credentials, type ServiceError } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { toWireKind } from "../../../proto/enums.ts";
import {
  type ChallengeMessage,
  chatServer,
  type ClientFrameInit,
  type FoundMessage,
  type JoinInit,
  type NoteInit,
  type NoteMessage,
  type OutcomeMessage,
  type RoomListMessage,
  type ServerFrame,
  type WelcomeMessage,
} from "../../../proto/mod.ts";

/** The fields of a note in the original contract. */
export type OriginalNote = Pick<NoteMessage, "name" | "message">;

/** A connection to a server. Closed when disposed. */
export class Peer implements Disposable {
  readonly #client: Client;

  /** Connects to `address`, encrypted if the signing authority is given, in PEM. */
  constructor(address: string, ca?: string) {
    const security = ca === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(Buffer.from(ca));
    this.#client = new Client(address, security, {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_send_message_length": -1,
      ...(ca !== undefined && { "grpc.ssl_target_name_override": "localhost" }),
    });
  }

  /** Calls `SendNote`. */
  send(note: NoteInit): Promise<void> {
    return this.sendBytes(chatServer.SendNote.requestSerialize(note));
  }

  /** Calls `SendNote` with exactly these bytes. */
  sendBytes(bytes: Buffer): Promise<void> {
    const { path, responseDeserialize } = chatServer.SendNote;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#client.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      responseDeserialize,
      bytes,
      (error) => error ? reject(error) : resolve(),
    );
    return promise;
  }

  /** Calls `ChatStream` and yields its notes. Breaking out cancels the call. */
  async *stream(): AsyncGenerator<OriginalNote, void> {
    const { path, requestSerialize, responseDeserialize } = chatServer.ChatStream;
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      {},
    );
    try {
      for await (const { name, message } of call) yield { name, message };
    } finally {
      call.cancel();
    }
  }

  /** Reads the first `count` notes of the room. */
  async read(count: number): Promise<OriginalNote[]> {
    const notes: OriginalNote[] = [];
    for await (const note of this.stream()) {
      if (notes.push(note) === count) break;
    }
    return notes;
  }

  /** Opens a session without sending anything. */
  session(): RawSession {
    const { path, requestSerialize, responseDeserialize } = chatServer.Session;
    return new RawSession(
      this.#client.makeBidiStreamRequest<ClientFrameInit | Buffer, ServerFrame>(
        path,
        (frame) => Buffer.isBuffer(frame) ? frame : requestSerialize(frame),
        responseDeserialize,
      ),
    );
  }

  /** Opens a session, joins, and waits for the welcome. */
  async join(join: JoinInit & { name: string }): Promise<RawSession> {
    const session = this.session();
    session.send({ join: { room: "", client: `client of ${join.name} `.padEnd(16), ...join } });
    await session.until((seen) => seen.welcome !== undefined);
    return session;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** A welcome with its parts, which a server never leaves out. */
type Welcome =
  & WelcomeMessage
  & {
    readonly [Part in "head" | "roster"]: NonNullable<WelcomeMessage[Part]>;
  };

/** All frames that a session has received, merged. */
export interface ReceivedFrames {
  /** The welcome. */
  welcome?: Welcome;
  /** The notes. */
  notes: NoteMessage[];
  /**
   * The numbers of notes that were reported lost, each with the number of notes received before.
   */
  lost: { count: number; after: number }[];
  /** The positions of the acknowledged posts by their ids. */
  acks: Map<string, number>;
  /** The refusals, each as `id code reason`. */
  refusals: string[];
  /** Joins, leaves and renames, each as `+name`, `-name reason` or `was>name`. */
  changes: string[];
  /** The same with the number of their sessions, each as `+name 2` or `-name 1`. */
  counts: string[];
  /** The answers to `list_rooms`. */
  rooms: RoomListMessage[];
  /** The answers to `orders`. */
  outcomes: OutcomeMessage[];
  /** The parts of the answers to `searches`. */
  found: FoundMessage[];
  /** The challenge that it was asked to answer. */
  challenges: ChallengeMessage[];
  /** The number of frames with nothing in them. */
  empty: number;
  /** The final error, as `code reason`. */
  goodbye?: string;
}

/** Whether a field of a frame is as if it were not there. */
function isNothing(field: unknown): boolean {
  return field instanceof Array ? field.length === 0 : !field;
}

/** A session frame by frame, with nothing done automatically. */
export class RawSession {
  readonly #call: ClientDuplexStream<ClientFrameInit | Buffer, ServerFrame>;
  /** All frames that it has received so far. */
  readonly seen: ReceivedFrames = {
    notes: [],
    lost: [],
    acks: new Map(),
    refusals: [],
    changes: [],
    counts: [],
    rooms: [],
    outcomes: [],
    found: [],
    challenges: [],
    empty: 0,
  };
  /** The status of the ended call. */
  readonly ended: Promise<{ code: number; details: string }>;
  #wake: () => void = () => {};
  #over = false;

  /** Reads `call`. */
  constructor(call: ClientDuplexStream<ClientFrameInit | Buffer, ServerFrame>) {
    this.#call = call;
    call.on("data", (frame: ServerFrame) => this.#receive(frame));
    call.on("error", () => {}); // The status reports the same.
    // The status may be reported before the last frames have been delivered.
    const read = new Promise<void>((resolve) => call.on("end", resolve));
    const status = new Promise<{ code: number; details: string }>((resolve) => {
      call.on("status", ({ code, details }) => resolve({ code, details }));
    });
    this.ended = Promise.all([status, read]).then(([status]) => {
      this.#over = true;
      this.#wake();
      return status;
    });
  }

  #receive(frame: ServerFrame): void {
    const { seen } = this;
    if (frame.welcome) seen.welcome = frame.welcome as Welcome;
    if (frame.lost) seen.lost.push({ count: frame.lost, after: seen.notes.length });
    seen.notes.push(...frame.notes);
    for (const { id, seq } of frame.acks) seen.acks.set(id, seq);
    for (const { id, code, reason } of frame.refusals) {
      seen.refusals.push(`${id} ${code} ${reason}`);
    }
    for (const { name, joined, reason, was, sessions } of frame.changes) {
      seen.counts.push(`${joined ? "+" : "-"}${name} ${sessions}`);
      seen.changes.push(was ? `${was}>${name}` : joined ? `+${name}` : `-${name} ${reason}`);
    }
    if (frame.challenge) seen.challenges.push(frame.challenge);
    seen.outcomes.push(...frame.outcomes);
    seen.found.push(...frame.found);
    if (frame.rooms) seen.rooms.push(frame.rooms);
    if (Object.values(frame).every(isNothing)) seen.empty++;
    if (frame.goodbye) seen.goodbye = `${frame.goodbye.code} ${frame.goodbye.reason}`;
    this.#wake();
  }

  /** Sends a frame, or the bytes of one. */
  send(frame: ClientFrameInit | Buffer): void {
    this.#call.write(frame);
  }

  /** Posts messages, each under the given id. */
  post(...posts: [id: string, message: string][]): void {
    this.send({ posts: posts.map(([id, message]) => ({ id, message })) });
  }

  /** Posts a private note under an id. */
  postPrivate(id: string, to: string, message: string): void {
    this.send({ posts: [{ id, message, kind: toWireKind("whisper"), to }] });
  }

  /** Waits until the received frames satisfy `enough`. Fails if the call ends first. */
  async until(enough: (seen: ReceivedFrames) => boolean): Promise<void> {
    while (!enough(this.seen)) {
      if (this.#over) throw new Error(`ended: ${JSON.stringify(await this.ended)}`);
      await new Promise<void>((wake) => this.#wake = wake);
    }
  }

  /** Half-closes the call. */
  end(): void {
    this.#call.end();
  }

  /** Cancels the call. */
  cancel(): void {
    this.#call.cancel();
  }
}

/** A failed call's status code and details, for comparison. */
export async function failure(call: Promise<unknown>): Promise<{ code: number; details: string }> {
  const error: ServiceError = await call.then(
    () => Promise.reject(new Error("the call did not fail")),
    (error) => error,
  );
  return { code: error.code, details: error.details };
}

/** The error that refused a session. Fails if it was welcomed. */
export async function refusal(session: RawSession): Promise<{ code: number; details: string }> {
  const welcomed = session.until(({ welcome }) => welcome !== undefined).then(() => undefined);
  const status = await Promise.race([session.ended, welcomed]);
  if (!status) throw new Error("it was let in");
  return status;
}
