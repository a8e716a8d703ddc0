import { Buffer } from "node:buffer";
import type { ClientFrame, OrderMessage, OutcomeInit, SanctionInit } from "../../proto/mod.ts";
import { toWireTopic } from "../../proto/topic.ts";
import { ChatError } from "../../room/errors.ts";
import { newGuestIdentity } from "../../room/identity.ts";
import type { NameUse } from "../../room/state/name_use.ts";
import type { Room } from "../../room/state/room.ts";
import type { EnteredSession, EnteringSession } from "../../room/state/shared_rosters.ts";
import { Wakeup } from "../../room/wakeup.ts";
import { readerIdentity } from "../access/admission.ts";
import type { JoinRequest } from "../access/authenticate.ts";
import { type OpenSession, toSubject } from "../access/sessions.ts";
import { nextTick } from "../event_loop.ts";
import { errorEvent, type JoinEvent, type RejoinEvent, type RenameEvent } from "../events/event.ts";
import { isInvalidRequest, refuse, toStatus } from "../events/refusal.ts";
import type { Peer } from "../peer.ts";
import { encode } from "../server_frame.ts";
import { Answers } from "./answers.ts";
import { executeOrder } from "./execute_order.ts";
import { leaveReason, loggedReason, NOT_SERVED } from "./leave_reason.ts";
import { Posts } from "./posts.ts";
import { Searches } from "./searches.ts";
import type { ChatServices } from "./services.ts";
import { Updates } from "./updates.ts";

/** The data of a joined session. */
export interface SessionContext {
  readonly peer: Peer;
  readonly room: Room;
  readonly request: JoinRequest;
  /** The frame with its join. */
  readonly first: ClientFrame;
  /** The name in use; undefined for a session that reserves none. */
  readonly name: NameUse | undefined;
  /** The position of the first note to send. */
  readonly start: number;
}

/** A session. One loop reads frames from the peer, another writes everything that is due. */
export class Session {
  readonly #peer: Peer;
  /** Its first frame, until that has been handled. */
  #first: ClientFrame | undefined;
  readonly #room: Room;
  readonly #services: ChatServices;
  /** The session as operators see it. */
  readonly #open: OpenSession;
  /** The session as its room knows it; undefined if it reserves no name. */
  readonly #entering: EnteringSession | undefined;
  /** The name in use; undefined for a session that reserves none. */
  readonly #use: NameUse | undefined;
  /** The identity of its author and reader; undefined for a guest who is in no roster. */
  readonly #identity: string | undefined;
  /** Made when they are needed: most sessions only read. */
  #posts: Posts | undefined;
  #searches: Searches | undefined;
  readonly #answers: Answers;
  readonly #updates: Updates;
  /** Aborted when either loop has failed, so that the other one ends too. */
  readonly #ending = new AbortController();
  /** Notified when there may be something to write. */
  readonly #wakeup = new Wakeup();
  /** True once the peer has ended its side. */
  #saidAll = false;
  /** The error that ended it; undefined once it has left of its own accord. */
  #end: unknown = NOT_SERVED;

  constructor(context: SessionContext, services: ChatServices) {
    const { peer, room, request, first, name: use, start } = context;
    const { name, client, attempt, unlisted, key, network, knowsPassword } = request;
    this.#peer = peer;
    this.#first = first;
    this.#room = room;
    this.#services = services;
    const own = readerIdentity(request);
    const guest = own === undefined && !unlisted ? newGuestIdentity() : undefined;
    const identity = own ?? guest;
    this.#use = use;
    this.#identity = identity;
    const end = this.#abort;
    const reserves = !unlisted || use !== undefined;
    this.#entering = reserves ? { name, key, guest, client, attempt, unlisted, end } : undefined;
    use?.onLost(end);
    const updates = new Updates({ room, start, identity, delivered: services.delivered });
    this.#updates = updates;
    const progress = () => ({ next: updates.next, behind: room.lag(updates.next) });
    const sendMute = (mute: SanctionInit) => {
      updates.addMute(mute);
      this.#wakeup.notify();
    };
    this.#open = {
      name,
      key,
      knowsPassword,
      room: room.name,
      network,
      address: peer.address,
      progress,
      sendMute,
      end,
    };
    this.#answers = new Answers(services.bounds.maxInFlight, this.#wakeup.notify);
  }

  /**
   * Joins the room until disposed: at once, unless several servers share it.
   *
   * @param recheck Called after a wait for the other servers. It throws if the session may not join
   * any more.
   * @throws {ChatError} if the room refuses the session. Then nothing has changed.
   */
  enter(recheck: () => void): Disposable | Promise<Disposable> {
    if (!this.#entering) return this.#enter(undefined);
    const entered = this.#room.enter(this.#entering, this.#peer.signal);
    return entered instanceof Promise ? this.#enterLater(entered, recheck) : this.#enter(entered);
  }

  async #enterLater(entering: Promise<EnteredSession>, recheck: () => void): Promise<Disposable> {
    const entered = await entering;
    try {
      recheck();
    } catch (error) {
      entered.leave(leaveReason(NOT_SERVED));
      throw error;
    }
    return this.#enter(entered);
  }

  #enter(entered: EnteredSession | undefined): Disposable {
    const { sessions, report } = this.#services;
    const open = sessions.add(this.#open);
    this.#peer.joined();
    report(this.#joinEvent(entered?.replaced));
    return {
      [Symbol.dispose]: () => {
        open[Symbol.dispose]();
        // The session that has replaced this one was reported instead.
        if (entered && !entered.leave(leaveReason(this.#end))) return;
        report({ type: "leave", ...toSubject(this.#open), reason: loggedReason(this.#end) });
      },
    };
  }

  /** Serves the peer, once it has joined, until the session ends. */
  async serve(): Promise<void> {
    const { signal } = this.#peer;
    const end = () => this.#abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    let subscription: Disposable | undefined;
    try {
      subscription = this.#room.subscribe(this.#wakeup);
      await this.#welcome();
      // The reader waits for the peer, not for the signal, so it must not delay the writer's end.
      void this.#read().catch(this.#abort);
      await this.#write();
      this.#end = undefined;
    } catch (thrown) {
      // After a removal, a later error is not the reason: the room may be gone by then, for
      // example.
      const error = this.#ending.signal.aborted ? this.#ending.signal.reason : thrown;
      this.#end = error;
      // Errors of other kinds were reported where they arose.
      if (!(error instanceof ChatError) || isInvalidRequest(error)) {
        this.#services.report(errorEvent(error, toSubject(this.#open)));
      }
      // Not in the call's status: gRPC may drop what was sent before a status other than OK.
      const { code, details } = toStatus(error);
      this.#peer.writeLast(encode({ goodbye: { code, reason: details } }));
    } finally {
      subscription?.[Symbol.dispose]();
      signal.removeEventListener("abort", end);
    }
  }

  readonly #abort = (reason: unknown): void => {
    this.#ending.abort(reason);
    this.#wakeup.notify();
  };

  get #isUnlisted(): boolean {
    return this.#entering?.unlisted ?? true;
  }

  /** The event for its join, which replaces another session of the same client or not. */
  #joinEvent(replaced: EnteredSession["replaced"]): JoinEvent | RenameEvent | RejoinEvent {
    const subject = toSubject(this.#open);
    if (!replaced) return { type: "join", ...subject, unlisted: this.#isUnlisted };
    return replaced.name === subject.name
      ? { type: "rejoin", ...subject }
      : { type: "rename", ...subject, was: replaced.name };
  }

  async #welcome(): Promise<void> {
    const { name, history, head } = this.#room;
    const roster = this.#updates.roster();
    const pending = await this.#updates.count(head);
    await this.#send([encode({
      welcome: {
        room: name,
        name: this.#open.name,
        head: { history, seq: head },
        roster,
        max_note_bytes: this.#services.bounds.maxNoteBytes,
        next: this.#updates.next,
        identities: true,
        orders: true,
        awaited: !this.#services.rooms.has(name),
        operator: this.#services.gate.isOperator(this.#open.key),
        searches: true,
        topic: toWireTopic(this.#updates.topic()),
        ...pending !== undefined && { pending },
      },
    })]);
  }

  async #read(): Promise<void> {
    let frame = this.#first;
    this.#first = undefined;
    while (frame) {
      await this.#handle(frame);
      frame = undefined; // A frame may be large, and the next one may be hours away.
      frame = (await this.#peer.frames.next()).value;
      if (frame?.join) throw new ChatError("invalid", "A session joins a room only once");
      if (frame?.proof) throw new ChatError("invalid", "There is no challenge to answer");
    }
    this.#saidAll = true;
    this.#wakeup.notify();
  }

  /** Handles a frame with any number of posts, as the bound on unanswered posts allows. */
  async #handle({ posts, list_rooms, refusals, orders, searches }: ClientFrame): Promise<void> {
    const answers = this.#answers;
    for (let from = 0; from < posts.length;) {
      const trace = this.#services.tracePosts?.(this.#room.name);
      const free = await answers.waitForCapacity(this.#ending.signal);
      this.#posts ??= this.#createPosts();
      this.#posts.add(posts.slice(from, from += free), refusals, trace);
    }
    if (list_rooms) {
      await answers.waitForCapacity(this.#ending.signal);
      answers.listRooms();
    }
    for (const order of orders) {
      await answers.waitForCapacity(this.#ending.signal);
      answers.expect(1);
      answers.resolve(await this.#execute(order));
    }
    for (const search of searches) {
      await answers.waitForCapacity(this.#ending.signal);
      answers.expect(1);
      this.#searches ??= this.#createSearches();
      this.#searches.add(search);
    }
  }

  #createPosts(): Posts {
    return new Posts({
      peer: this.#peer,
      room: this.#room,
      session: this.#open,
      identity: this.#identity,
      name: this.#use,
      limiter: this.#services.rateLimits.sessionLimiter(this.#open),
      answers: this.#answers,
      signal: this.#ending.signal,
      onError: this.#abort,
    }, this.#services);
  }

  #createSearches(): Searches {
    return new Searches({
      peer: this.#peer,
      room: this.#room,
      session: this.#open,
      principal: this.#open,
      // A key without a name only reads, but it may look for its own private notes.
      identity: this.#identity ?? this.#open.key,
      answers: this.#answers,
      signal: this.#ending.signal,
      onError: this.#abort,
    }, this.#services);
  }

  async #execute(order: OrderMessage): Promise<OutcomeInit> {
    try {
      const sender = { session: this.#open, unlisted: this.#isUnlisted, name: this.#use };
      return await executeOrder(order, sender, this.#services);
    } catch (error) {
      this.#peer.refused("order");
      const refusal = refuse(error, toSubject(this.#open), this.#services.report);
      const { code, details: words, retryMs = 0 } = refusal;
      return { code, words, retry_ms: Math.ceil(retryMs) };
    }
  }

  /**
   * Writes everything that is due, one frame at a time, until the peer has ended its side and has
   * received all answers, and all notes up to the head at that time, including its own, if it still
   * reads.
   */
  async #write(): Promise<void> {
    let last = Infinity;
    let isBusy = false;
    while (this.#updates.next <= last) {
      // Checked here, not only when sending: there may be nothing to send, if all notes are hidden
      // from it.
      this.#ending.signal.throwIfAborted();
      const traces = this.#answers.takeTraces();
      const parts = [
        ...this.#answers.encode(this.#services.rooms),
        ...this.#updates.encodeNews(),
      ];
      const available = this.#room.segmentAt(this.#updates.next);
      // Answers are not delayed by reading old notes.
      const segment = available instanceof Promise && parts.length > 0
        ? undefined
        : await available;
      if (segment) parts.push(...await this.#updates.encodeNotes(segment));
      if (parts.length > 0) {
        if (isBusy) await nextTick(); // A fast peer must not starve the others.
        isBusy = true;
        await this.#send(parts);
      } else if (segment) {
        await nextTick(); // The peer sees none of its notes, and may see none of the next one's.
      } else if (last === Infinity && !this.#done()) {
        await this.#wakeup.waitForNotice();
        isBusy = false;
        this.#ending.signal.throwIfAborted(); // A peer that is gone may seem to have ended its side.
      }
      for (const trace of traces) trace.end();
      if (last === Infinity && this.#done()) last = this.#peer.isReading() ? this.#room.head : 0;
    }
  }

  #done(): boolean {
    return this.#saidAll && this.#answers.areComplete;
  }

  async #send(parts: readonly Buffer[]): Promise<void> {
    const { signal } = this.#ending;
    signal.throwIfAborted();
    await this.#peer.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts), signal);
  }
}
