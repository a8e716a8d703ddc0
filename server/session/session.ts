import { Buffer } from "node:buffer";
import type {
  AckInit,
  ClientFrame,
  OrderMessage,
  OutcomeInit,
  PostMessage,
  RefusalInit,
} from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { guestIdentity } from "../../room/identity.ts";
import { type Draft, escapeName } from "../../room/note.ts";
import type { RateLimiter } from "../../room/rate_limiter.ts";
import type { NameUse } from "../../room/state/names.ts";
import type { Room } from "../../room/state/room.ts";
import type { Member } from "../../room/state/roster.ts";
import type { Segment } from "../../room/state/segment.ts";
import { Wakeup } from "../../room/wakeup.ts";
import { readerIdentity } from "../access/admission.ts";
import type { OpenSession } from "../access/sessions.ts";
import { errorEvent, type EventSubject } from "../events/event.ts";
import { isInvalidRequest, refuse, toStatus } from "../events/refusal.ts";
import { type PostTrace, traced } from "../metrics/post_trace.ts";
import { encode, encodeNotes, encodeRooms, toRosterMessage } from "../server_frame.ts";
import { type Author, toDraft } from "./draft.ts";
import type { SessionContext, SessionOptions, SessionPeer } from "./peer.ts";

/** A session. One loop reads frames from the peer, another writes what is due to it. */
export class Session {
  readonly #peer: SessionPeer;
  readonly #room: Room;
  readonly #name: NameUse | undefined;
  readonly #options: SessionOptions;
  /** The author of its notes. */
  readonly #author: Author;
  /** The peer in the roster, unless it is unlisted. */
  readonly #member: Member | undefined;
  /** The session as operators see it. */
  readonly #open: OpenSession;
  /** Aborted when either loop has failed, so that the other one ends too. */
  readonly #ending = new AbortController();
  /** Limits how fast it posts. */
  readonly #limiter: RateLimiter;
  /** Notified when there may be something to write. */
  readonly #wakeup = new Wakeup();
  /** Notified when answers have been written, so that more posts may be read. */
  readonly #answered = new Wakeup();
  /** The next note to write. */
  #next: number;
  /** The version of the roster that the peer has. */
  #rosterVersion = 0;
  #acks: AckInit[] = [];
  #refusals: RefusalInit[] = [];
  #outcomes: OutcomeInit[] = [];
  /** Traces of posts whose answers are due. */
  readonly #traces: PostTrace[] = [];
  /** The number of due answers to `list_rooms`. */
  #listsDue = 0;
  /** The number of posts and requests that were read but not answered yet. */
  #inFlight = 0;
  /** True once the peer has ended its side. */
  #saidAll = false;
  /** The reason it leaves. */
  #reason = "connection lost";

  constructor({ peer, room, request, name: use, start }: SessionContext, options: SessionOptions) {
    const { name, client, attempt, unlisted, key, network, knowsPassword } = request;
    this.#peer = peer;
    this.#room = room;
    this.#name = use;
    this.#options = options;
    this.#next = start;
    this.#limiter = options.rateLimits.sessionLimiter(request);
    const own = readerIdentity(request);
    const guest = own === undefined && !unlisted ? newGuestIdentity() : undefined;
    this.#author = { name, verified: own !== undefined, identity: own ?? guest };
    const end = (reason: ChatError) => this.#ending.abort(reason);
    this.#member = unlisted ? undefined : { name, key, guest, client, attempt, end };
    const progress = () => ({ next: this.#next, behind: room.lag(this.#next) });
    const where = { room: room.name, network, address: peer.address };
    this.#open = { name, key, knowsPassword, ...where, progress, end };
  }

  /**
   * Joins the room until disposed.
   *
   * @throws {ChatError} if the room refuses the member. Then nothing has changed.
   */
  enter(): Disposable {
    const { sessions, report } = this.#options;
    if (this.#member) this.#room.roster.join(this.#member);
    const open = sessions.add(this.#open);
    this.#peer.joined();
    report({ type: "join", ...this.#subject(), unlisted: !this.#member });
    return {
      [Symbol.dispose]: () => {
        open[Symbol.dispose]();
        if (this.#member) this.#room.roster.leave(this.#member, this.#reason);
        report({ type: "leave", ...this.#subject(), reason: this.#reason });
      },
    };
  }

  /** Serves the peer, once it has joined, until the session ends. `first` is its first frame. */
  async serve(first: ClientFrame): Promise<void> {
    const { signal } = this.#peer;
    const end = () => this.#ending.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      using _listening = this.#room.subscribe(this.#wakeup);
      await this.#welcome();
      // The reader waits for the peer, not for the signal, so it must not delay the writer's end.
      void this.#read(first).catch((error) => this.#ending.abort(error));
      await this.#write();
      this.#reason = "left";
    } catch (thrown) {
      // After a removal, a later error is not the reason: the room may be gone by then, for
      // example.
      const error = this.#ending.signal.aborted ? this.#ending.signal.reason : thrown;
      if (error instanceof ChatError) this.#reason = error.message;
      else this.#options.report(errorEvent(error, this.#subject()));
      // Not in the call's status: gRPC may drop what was sent before a status other than OK.
      const { code, details } = toStatus(error);
      this.#peer.writeLast(encode({ goodbye: { code, reason: details } }));
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** The session, as reported in events. */
  #subject(): EventSubject {
    const { name, room, key, address } = this.#open;
    return { name, room, key, address };
  }

  async #welcome(): Promise<void> {
    const { name, history, head, roster } = this.#room;
    this.#rosterVersion = roster.version;
    const people = toRosterMessage(roster);
    const pending = await this.#room.visible.count(this.#next, head + 1, this.#author.identity);
    await this.#send([encode({
      welcome: {
        room: name,
        name: this.#author.name,
        head: { history, seq: head },
        roster: people,
        max_note_bytes: this.#options.bounds.maxNoteBytes,
        next: this.#next,
        identities: true,
        orders: true,
        ...pending !== undefined && { pending },
      },
    })]);
  }

  async #read(first: ClientFrame): Promise<void> {
    await this.#handle(first);
    while (true) {
      const { done, value } = await this.#peer.frames.next();
      if (done) break;
      if (value.join) throw new ChatError("invalid", "A session joins a room only once");
      if (value.proof) throw new ChatError("invalid", "There is no challenge to answer");
      await this.#handle(value);
    }
    this.#saidAll = true;
    this.#wakeup.notify();
  }

  /** Handles a frame with any number of posts, as the bound on unanswered posts allows. */
  async #handle({ posts, list_rooms, refusals, orders }: ClientFrame): Promise<void> {
    for (let from = 0; from < posts.length;) {
      const trace = this.#options.tracePosts?.(this.#room.name);
      const free = await this.#waitForCapacity();
      this.#post(posts.slice(from, from += free), refusals, trace);
    }
    if (list_rooms) {
      await this.#waitForCapacity();
      this.#inFlight++;
      this.#listsDue++;
      this.#wakeup.notify();
    }
    for (const order of orders) {
      await this.#waitForCapacity();
      this.#inFlight++;
      const outcome = await this.#execute(order); // The list may change meanwhile.
      this.#outcomes.push(outcome);
      this.#wakeup.notify();
    }
  }

  async #execute(order: OrderMessage): Promise<OutcomeInit> {
    try {
      return await this.#options.moderation.execute(order, this.#open);
    } catch (error) {
      this.#peer.refused("order");
      const { code, details: words } = refuse(error, this.#subject(), this.#options.report);
      return { code, words };
    }
  }

  /**
   * Waits until more posts and requests may be in flight, and returns how many.
   *
   * @throws the reason for the session's end, once it has ended: nothing more is accepted then.
   */
  async #waitForCapacity(): Promise<number> {
    const { maxInFlight } = this.#options.bounds;
    this.#ending.signal.throwIfAborted();
    while (this.#inFlight >= maxInFlight) await this.#answered.wait(this.#ending.signal);
    return maxInFlight - this.#inFlight;
  }

  #post(posts: readonly PostMessage[], refusals?: number, trace?: PostTrace): void {
    const { drafts, unreachable } = this.#checkPosts(posts, refusals);
    this.#inFlight += posts.length;
    for (const draft of unreachable) {
      // Like the reader, it throws once the connection was cut.
      this.#answerUnreachable(draft).catch((error) => this.#ending.abort(error));
    }
    if (drafts.length === 0) return;
    traced(trace, drafts.length, () => this.#room.post(drafts)).then(
      (seqs) => {
        for (let i = 0; i < drafts.length; i++) {
          this.#acks.push({ id: drafts[i]!.id, seq: seqs[i]! });
        }
        if (trace) this.#traces.push(trace);
        this.#wakeup.notify();
      },
      (error) => drafts.forEach(({ id }) => this.#refuse(id, error)),
    );
  }

  /** Returns the drafts to post, and the whispers that would reach nobody. Refuses the rest. */
  #checkPosts(posts: readonly PostMessage[], refusals?: number) {
    const drafts: Draft[] = [];
    const unreachable: Draft[] = [];
    const { sanctions, names } = this.#options;
    for (const post of posts) {
      try {
        sanctions.check("mute", this.#open);
        this.#limiter.take(refusals);
        const draft = this.#toDraft(post);
        const isReachable = draft.kind !== "whisper" || draft.reader !== undefined;
        (isReachable ? drafts : unreachable).push(draft);
      } catch (error) {
        this.#peer.refused(isInvalidRequest(error) ? "wrong post" : "post");
        this.#refuse(post.id, error);
      }
    }
    for (const { message, to } of drafts) {
      this.#peer.posted(message.length);
      this.#name?.markSpoken();
      if (to !== undefined) names.markAddressed(to);
    }
    return { drafts, unreachable };
  }

  #toDraft(post: PostMessage): Draft {
    const { names, bounds } = this.#options;
    const draft = toDraft(post, this.#author, bounds.maxNoteBytes, this.#resolveIdentity);
    // Another person may have claimed a name that the session does not reserve.
    if (!this.#name) names.check(draft.name);
    return draft;
  }

  /**
   * Returns the identity that a name has now: the key that owns it, or the guest who uses it here.
   */
  readonly #resolveIdentity = (name: string): string | undefined =>
    this.#options.names.findOwner(name) ?? this.#room.roster.findIdentity(name);

  /** Refuses a whisper that reaches nobody, or acknowledges it if it was posted before. */
  async #answerUnreachable(draft: Draft): Promise<void> {
    const { id, to = "" } = draft;
    try {
      const seq = await this.#room.find(draft);
      if (seq === undefined) throw unreachableError(to, this.#resolveIdentity(to) !== undefined);
      this.#peer.posted(draft.message.length);
      this.#acks.push({ id, seq });
      this.#wakeup.notify();
    } catch (error) {
      this.#peer.refused("post");
      this.#refuse(id, error);
    }
  }

  #refuse(id: string, error: unknown): void {
    const { code, details } = refuse(error, this.#subject(), this.#options.report);
    const refusal = { id, code, reason: details };
    const retry_ms = error instanceof ChatError ? error.retryMs : undefined;
    this.#refusals.push(retry_ms === undefined ? refusal : { ...refusal, retry_ms });
    this.#wakeup.notify();
  }

  /**
   * Writes what is due, one frame at a time, until the peer has ended its side and has received all
   * answers, and all notes up to the head at that time, including its own.
   */
  async #write(): Promise<void> {
    let last = Infinity;
    while (this.#next <= last) {
      // Checked here, not only when sending: there may be nothing to send, if all notes are hidden
      // from it.
      this.#ending.signal.throwIfAborted();
      const traces = this.#traces.length > 0 ? this.#traces.splice(0) : [];
      const parts = [...this.#encodeAnswers(), ...this.#encodeRosterChanges()];
      const available = this.#room.segmentAt(this.#next);
      // Answers are not delayed by reading old notes.
      const segment = available instanceof Promise && parts.length > 0
        ? undefined
        : await available;
      if (segment) parts.push(...await this.#encodeNotes(segment));
      if (parts.length > 0) await this.#send(parts);
      else if (!segment && last === Infinity && !this.#done()) {
        await this.#wakeup.wait(this.#ending.signal);
      }
      for (const trace of traces) trace.end();
      if (last === Infinity && this.#done()) last = this.#room.head;
    }
  }

  #done(): boolean {
    return this.#saidAll && this.#inFlight === 0;
  }

  async #send(parts: readonly Buffer[]): Promise<void> {
    const { signal } = this.#ending;
    signal.throwIfAborted();
    await this.#peer.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts), signal);
  }

  #encodeAnswers(): Buffer[] {
    const [acks, refusals, outcomes] = [this.#acks, this.#refusals, this.#outcomes];
    const count = acks.length + refusals.length + outcomes.length;
    const lists = Math.min(this.#listsDue, 1); // One list answers all requests in a frame.
    if (count + lists === 0) return [];
    [this.#acks, this.#refusals, this.#outcomes] = [[], [], []];
    this.#listsDue -= lists;
    this.#inFlight -= count + lists;
    this.#answered.notify();
    const parts = lists > 0 ? [encodeRooms(this.#options.rooms.list())] : [];
    return count > 0 ? [encode({ acks, refusals, outcomes }), ...parts] : parts;
  }

  #encodeRosterChanges(): Buffer[] {
    const { roster } = this.#room;
    if (roster.version === this.#rosterVersion) return [];
    const changes = roster.changesSince(this.#rosterVersion);
    this.#rosterVersion = roster.version;
    return [encode(changes ? { changes } : { roster: toRosterMessage(roster) })];
  }

  #encodeNotes(segment: Segment): Buffer[] | Promise<Buffer[]> {
    const next = this.#next;
    this.#next = segment.end;
    const notes = segment.notesFor(this.#author.identity);
    this.#options.delivered(notes.length);
    const parts = notes.length > 0 ? [encodeNotes(notes)] : [];
    return segment.start > next ? this.#encodeLost(next, segment.start, parts) : parts;
  }

  /**
   * Prepends to `parts` the number of lost notes that the peer could have seen, if there are any.
   */
  async #encodeLost(from: number, to: number, parts: Buffer[]): Promise<Buffer[]> {
    // A log remembers at most 5,000 dropped whispers, so they can always be counted.
    const lost = await this.#room.visible.count(from, to, this.#author.identity) ?? 0;
    return lost > 0 ? [encode({ lost }), ...parts] : parts;
  }
}

/** One of 2^52 numbers, so that a collision is practically impossible. */
function newGuestIdentity(): string {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return guestIdentity((high >>> 12) * 2 ** 32 + low + 1);
}

/** @param owned Whether the name belongs to a key, while the note is to a person without one. */
function unreachableError(to: string, owned: boolean): ChatError {
  const why = owned
    ? `belongs to a key: a private note to ~${escapeName(to)} would reach nobody`
    : "is not here, and the name belongs to no key: a private note would reach nobody";
  return new ChatError("missing", `"${escapeName(to)}" ${why}`);
}
