import { Buffer } from "node:buffer";
import { fromWireKind, toWireNote } from "../proto/kind.ts";
import {
  type AckMessage,
  chatServer,
  type ClientFrame,
  type JoinMessage,
  type PostMessage,
  type RefusalMessage,
  type ServerFrame,
} from "../proto/mod.ts";
import { STATUS } from "../proto/status.ts";
import { Bell } from "../room/bell.ts";
import { ChatError } from "../room/errors.ts";
import { checkMessage, checkName, type Draft } from "../room/note.ts";
import type { Room } from "../room/room.ts";
import type { Member } from "../room/roster.ts";
import type { Rooms } from "../room/rooms.ts";
import { endOf, type Run } from "../room/runs.ts";
import { toStatus } from "./status.ts";

/** The other end of a session, as the transport shows it. */
export interface SessionPeer {
  /** What it sends, until it has said all. */
  readonly frames: AsyncIterator<ClientFrame>;
  /** Aborted when it has left, or is to be sent away: the reason says why. */
  readonly signal: AbortSignal;
  /** Sends bytes to it, and waits until it takes more; rejects once `signal` is aborted. */
  readonly write: (frame: Buffer, signal: AbortSignal) => Promise<void>;
  /** Sends the last bytes to it, without waiting. */
  readonly writeLast: (frame: Buffer) => void;
}

/** What sessions are about, and their bounds. */
export interface SessionOptions {
  /** The rooms. */
  readonly rooms: Rooms;
  /** Hears of errors that are nobody's input but the server's own fault. */
  readonly onError: (error: unknown) => void;
  /** The largest message, in bytes of UTF-8. */
  readonly maxNoteBytes: number;
  /** How many posts may be unanswered before the session stops reading more. */
  readonly maxInFlight: number;
}

/** How long ids and client secrets may be, in characters. */
const MAX_ID_CHARS = 64;
/** How long a client's secret must be, so that nobody guesses it. */
const MIN_CLIENT_CHARS = 16;

/**
 * Serves one member in one room until the peer has said all and been answered, or until it
 * has been told goodbye.
 *
 * @throws {ChatError} when the peer is not let in.
 */
export async function serveSession(peer: SessionPeer, options: SessionOptions): Promise<void> {
  const { value: first } = await peer.frames.next();
  const join = first?.join;
  if (!join) throw new ChatError("invalid", "The first frame of a session must join a room");
  checkJoin(join);
  const room = await options.rooms.get(join.room);
  peer.signal.throwIfAborted();
  const session = new Session(peer, room, join, options);
  session.enter();
  try {
    await session.run(first.posts ?? []);
  } catch (error) {
    // Not by the status of the call: gRPC may drop what was sent before a status that is no OK.
    const { code, details } = toStatus(error, options.onError);
    peer.writeLast(encode({ goodbye: { code, reason: details } }));
  }
}

function checkJoin({ name, client }: JoinMessage): void {
  checkName(name);
  if (client.length < MIN_CLIENT_CHARS || client.length > MAX_ID_CHARS) {
    throw new ChatError(
      "invalid",
      `The client's secret has ${client.length} characters: must be ${MIN_CLIENT_CHARS} to ${MAX_ID_CHARS}`,
    );
  }
}

/** A member's session: one loop reads what they post, another writes what there is for them. */
class Session {
  readonly #peer: SessionPeer;
  readonly #room: Room;
  readonly #options: SessionOptions;
  readonly #member: Member;
  /** Aborted when either loop has failed, so that the other one ends too. */
  readonly #ending = new AbortController();
  /** Rung when there may be something to write. */
  readonly #bell = new Bell();
  /** Rung when answers have been written, so that more posts may be read. */
  readonly #answered = new Bell();
  /** The next note to write. */
  #next: number;
  /** The roster that the peer knows. */
  #rosterVersion = 0;
  #acks: AckMessage[] = [];
  #refusals: RefusalMessage[] = [];
  /** Posts that have been read and whose answers have not been written. */
  #inFlight = 0;
  /** True once the peer has said all. */
  #saidAll = false;

  constructor(peer: SessionPeer, room: Room, join: JoinMessage, options: SessionOptions) {
    this.#peer = peer;
    this.#room = room;
    this.#options = options;
    this.#next = startOf(join, room);
    this.#member = {
      name: join.name,
      client: join.client,
      attempt: join.attempt ?? 0,
      end: (reason) => this.#ending.abort(reason),
    };
  }

  /** Joins the room, if it takes the member. */
  enter(): void {
    this.#room.roster.join(this.#member);
  }

  /** Serves the member, who leaves the room by its end. */
  async run(posts: readonly PostMessage[]): Promise<void> {
    const { signal } = this.#peer;
    const end = () => this.#ending.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    let reason = "left";
    try {
      using _listening = this.#room.listen(this.#bell);
      await this.#welcome();
      // The reader waits for the peer, not for the signal: it must not hold the writer's end up.
      void this.#read(posts).catch((error) => this.#ending.abort(error));
      await this.#write();
    } catch (error) {
      reason = error instanceof ChatError ? error.message : "connection lost";
      throw error;
    } finally {
      signal.removeEventListener("abort", end);
      this.#room.roster.leave(this.#member, reason);
    }
  }

  async #welcome(): Promise<void> {
    const { name, history, head, roster } = this.#room;
    this.#rosterVersion = roster.version;
    await this.#send([encode({
      welcome: {
        room: name,
        name: this.#member.name,
        head: { history, seq: head },
        roster: { names: roster.names() },
        max_note_bytes: this.#options.maxNoteBytes,
      },
    })]);
  }

  async #read(posts: readonly PostMessage[]): Promise<void> {
    await this.#postAll(posts);
    while (true) {
      const { done, value } = await this.#peer.frames.next();
      if (done) break;
      if (value.join) throw new ChatError("invalid", "A session joins a room only once");
      await this.#postAll(value.posts ?? []);
    }
    this.#saidAll = true;
    this.#bell.ring();
  }

  /** Posts what a frame brought, as far as it may be unanswered at once; a frame may hold any number. */
  async #postAll(posts: readonly PostMessage[]): Promise<void> {
    for (let from = 0; from < posts.length;) {
      const free = this.#options.maxInFlight - this.#inFlight;
      if (free <= 0) await this.#answered.wait(this.#ending.signal);
      else this.#post(posts.slice(from, from += free));
    }
  }

  #post(posts: readonly PostMessage[]): void {
    const drafts: Draft[] = [];
    for (const { id, message, kind } of posts) {
      try {
        if (id === "" || id.length > MAX_ID_CHARS) {
          throw new ChatError(
            "invalid",
            `The id of a post must have 1 to ${MAX_ID_CHARS} characters`,
          );
        }
        checkMessage(message, this.#options.maxNoteBytes);
        drafts.push({ id, name: this.#member.name, message, kind: fromWireKind(kind) });
      } catch (error) {
        this.#refuse(id, error as ChatError);
      }
    }
    this.#inFlight += posts.length;
    if (drafts.length === 0) return;
    this.#room.post(drafts).then(
      (seqs) => {
        for (let i = 0; i < drafts.length; i++) {
          this.#acks.push({ id: drafts[i]!.id, seq: seqs[i]! });
        }
        this.#bell.ring();
      },
      (error: ChatError) => drafts.forEach(({ id }) => this.#refuse(id, error)),
    );
  }

  #refuse(id: string, { code, message }: ChatError): void {
    this.#refusals.push({ id, code: STATUS[code], reason: message });
    this.#bell.ring();
  }

  /**
   * Writes what is due, a frame at a time, until the peer has said all, been answered, and
   * got the notes up to there, its own among them.
   */
  async #write(): Promise<void> {
    let last = Infinity;
    while (this.#next <= last) {
      const parts = [...this.#answers(), ...this.#rosterNews()];
      const taken = this.#room.take(this.#next);
      // Answers do not wait for old notes to be read.
      const run = taken instanceof Promise && parts.length > 0 ? undefined : await taken;
      if (run) parts.push(...this.#notes(run));
      if (parts.length > 0) await this.#send(parts);
      else if (last === Infinity && !this.#done()) await this.#bell.wait(this.#ending.signal);
      if (last === Infinity && this.#done()) last = this.#room.head;
    }
  }

  #done(): boolean {
    return this.#saidAll && this.#inFlight === 0;
  }

  /** Fields of one message may be encoded apart and put together: so is protobuf defined. */
  async #send(parts: readonly Buffer[]): Promise<void> {
    const { signal } = this.#ending;
    signal.throwIfAborted();
    await this.#peer.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts), signal);
  }

  #answers(): Buffer[] {
    const [acks, refusals] = [this.#acks, this.#refusals];
    const count = acks.length + refusals.length;
    if (count === 0) return [];
    [this.#acks, this.#refusals] = [[], []];
    this.#inFlight -= count;
    this.#answered.ring();
    return [encode({ acks, refusals })];
  }

  #rosterNews(): Buffer[] {
    const { roster } = this.#room;
    if (roster.version === this.#rosterVersion) return [];
    const changes = roster.changesSince(this.#rosterVersion);
    this.#rosterVersion = roster.version;
    return [encode(changes ? { changes } : { roster: { names: roster.names() } })];
  }

  #notes(run: Run): Buffer[] {
    const lost = run.start - this.#next;
    this.#next = endOf(run);
    const parts = lost > 0 ? [encode({ lost })] : [];
    return run.notes.length > 0 ? [...parts, encodeRun(run)] : parts;
  }
}

/** Where a session starts to read. */
function startOf({ after, last }: JoinMessage, room: Room): number {
  // A position of another history, or from beyond the head, means nothing here.
  if (after) return after.history === room.history && after.seq <= room.head ? after.seq + 1 : 1;
  return last === undefined ? 1 : Math.max(1, room.head - last + 1);
}

function encode(frame: ServerFrame): Buffer {
  return chatServer.Session.responseSerialize(frame);
}

const encodedRuns = new WeakMap<Run, Buffer>();

/** The notes of a run as bytes of a frame, made for the first member that asks. */
function encodeRun(run: Run): Buffer {
  let bytes = encodedRuns.get(run);
  if (!bytes) {
    bytes = encode({ notes: run.notes.map(toWireNote) });
    encodedRuns.set(run, bytes);
  }
  return bytes;
}
