import type { PostMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { isKey } from "../../room/identity.ts";
import { type Draft, escapeName, guestName } from "../../room/note.ts";
import type { SentDraft } from "../../room/state/log.ts";
import type { RateLimiter } from "../access/rate_limiter.ts";
import type { NameUse } from "../../room/state/name_use.ts";
import type { Room } from "../../room/state/room.ts";
import type { OpenSession } from "../access/sessions.ts";
import { isInvalidRequest } from "../events/refusal.ts";
import { type PostTrace, traced } from "../metrics/post_trace.ts";
import type { Peer } from "../peer.ts";
import type { Answers } from "./answers.ts";
import { type DraftOptions, toDraft } from "./draft.ts";
import { type RefusedPost, RefusedPosts } from "./refused_posts.ts";
import type { ChatServices } from "./services.ts";

/** The parts of a session that its posts need. */
export interface PostsOptions {
  readonly peer: Peer;
  readonly room: Room;
  readonly session: OpenSession;
  /** The identity of the author; undefined for a guest who is in no roster. */
  readonly identity: string | undefined;
  /** The name in use; undefined for a session that reserves none. */
  readonly name: NameUse | undefined;
  /** Limits how fast the session posts. */
  readonly limiter: RateLimiter;
  readonly answers: Answers;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal;
  /** Ends the session. */
  readonly onError: (error: unknown) => void;
}

/**
 * The posts of a session: checks them, stores them in the room, and answers them. Whatever refuses
 * one, {@linkcode RefusedPosts} acknowledges it if its note is stored.
 */
export class Posts {
  readonly #options: PostsOptions;
  readonly #services: ChatServices;
  readonly #draftOptions: DraftOptions;
  #refused: RefusedPosts | undefined;
  #hasPosted = false;
  /** Settles when the first posts are on their way; undefined if they are. */
  #earlier: Promise<void> | undefined;
  /** Settles when the names of earlier posts are marked as used; undefined if they are. */
  #marking: Promise<unknown> | undefined;

  constructor(options: PostsOptions, services: ChatServices) {
    this.#options = options;
    this.#services = services;
    this.#draftOptions = {
      name: options.session.name,
      identity: options.identity,
      maxNoteBytes: services.bounds.maxNoteBytes,
      resolveIdentity: this.#resolveIdentity,
    };
  }

  /**
   * Posts the notes that pass the rules, and refuses the others. Each gets an answer.
   *
   * @param refusals The number of refusals by the rate limit that the peer has received.
   */
  add(posts: readonly PostMessage[], refusals?: number, trace?: PostTrace): void {
    this.#options.answers.expect(posts.length);
    const drafts = this.#check(posts, refusals);
    if (drafts.length === 0) return;
    // Only these may have been sent before, on another connection.
    const areFirst = !this.#hasPosted;
    this.#hasPosted = true;
    if (areFirst && drafts.length > 1) this.#postInOrder(drafts, trace);
    else if (this.#earlier) void this.#earlier.then(() => this.#postAll(drafts, trace));
    else this.#postAll(drafts, trace);
  }

  /**
   * Posts drafts, except those that were refused before, if the refusal was lost: one of the drafts
   * after them is stored, and they would follow it.
   */
  #postInOrder(drafts: readonly Draft[], trace?: PostTrace): void {
    const { room, signal } = this.#options;
    // If it is not known what is stored, all are posted.
    const looking = room.find(drafts, signal).catch(() => []).then((seqs) => {
      const last = seqs.findLastIndex((seq) => seq !== undefined);
      const isLate = (i: number) => i < last && seqs[i] === undefined;
      for (const [i, sent] of drafts.entries()) {
        if (isLate(i)) this.#refuse({ sent, error: refusedBefore(), item: undefined });
      }
      const rest = drafts.filter((_, i) => !isLate(i));
      if (rest.length > 0) this.#postAll(rest, trace);
    });
    this.#earlier = looking;
    looking.then(() => {
      if (this.#earlier === looking) this.#earlier = undefined;
    });
  }

  /** Posts drafts, and answers them. */
  #postAll(drafts: readonly Draft[], trace?: PostTrace): void {
    traced(trace, drafts.length, () => this.#post(drafts)).then(
      (seqs) => this.#options.answers.acknowledge(drafts, seqs, trace),
      (error) => {
        // Perhaps because of other drafts of its batch.
        for (const draft of drafts) this.#refuse({ sent: draft, error, item: undefined });
      },
    );
  }

  /** Returns the drafts to post. Refuses the others. */
  #check(posts: readonly PostMessage[], refusals?: number): Draft[] {
    const drafts: Draft[] = [];
    for (const post of posts) {
      try {
        drafts.push(this.#toDraft(post, refusals));
      } catch (error) {
        const item = isInvalidRequest(error) ? "wrong post" : "post";
        this.#refuse({ sent: this.#toSent(post), error, item });
      }
    }
    for (const { message } of drafts) this.#options.peer.posted(message.length);
    return drafts;
  }

  /** @throws {ChatError} if anything refuses the post. */
  #toDraft(post: PostMessage, refusals?: number): Draft {
    const { session, name, limiter } = this.#options;
    const { sanctions, names } = this.#services;
    sanctions.check("mute", session);
    limiter.take(refusals);
    const draft = toDraft(post, this.#draftOptions);
    // Another person may have claimed a name that the session does not reserve.
    if (!name) names.check(draft.name);
    const { kind, reader, to = "" } = draft;
    if (kind === "whisper" && reader === undefined) {
      throw unreachableError(to, this.#resolveIdentity(to) !== undefined);
    }
    return draft;
  }

  /** Made for the first one: most sessions have none. */
  #refuse(post: RefusedPost): void {
    this.#refused ??= new RefusedPosts(this.#options, this.#services);
    this.#refused.add(post);
  }

  #toSent({ id }: PostMessage): SentDraft {
    const { name, identity: author } = this.#draftOptions;
    return author === undefined ? { id, name } : { id, name, author, verified: isKey(author) };
  }

  /** Posts drafts in order, once their names are marked as used and so cannot be released. */
  #post(drafts: readonly Draft[]): Promise<readonly number[]> {
    const { room } = this.#options;
    const marks = this.#mark(drafts);
    if (!this.#marking && marks.length === 0) return room.post(drafts);
    const marking = this.#marking = Promise.all([this.#marking, ...marks]);
    const posted = marking.then(() => room.post(drafts));
    const done = () => {
      if (this.#marking === marking) this.#marking = undefined;
    };
    marking.then(done, done);
    return posted;
  }

  /** Marks the names of drafts as used. Returns what is still to be stored. */
  #mark(drafts: readonly Draft[]): Promise<void>[] {
    const marks: Promise<void>[] = [];
    const mark = this.#options.name?.markSpoken();
    if (mark) marks.push(mark);
    for (const { to } of drafts) {
      const addressed = to === undefined ? undefined : this.#services.names.markAddressed(to);
      if (addressed) marks.push(addressed);
    }
    return marks;
  }

  /**
   * Returns the identity that a name has now: the key that owns it, or the guest who uses it here.
   */
  readonly #resolveIdentity = (name: string): string | undefined =>
    this.#services.names.findOwner(name) ?? this.#options.room.roster.findIdentity(name);
}

/** The error for a post whose refusal was lost, although a later post was accepted. */
function refusedBefore(): ChatError {
  const words = "The note was refused before, and a later one was accepted: send it again";
  return new ChatError("unavailable", words);
}

/** @param owned Whether the name belongs to a key, while the note is to a person without one. */
function unreachableError(to: string, owned: boolean): ChatError {
  const why = owned
    ? `belongs to a key: a private note to ${guestName(escapeName(to))} would reach nobody`
    : "is not here, and the name belongs to no key: a private note would reach nobody";
  return new ChatError("missing", `"${escapeName(to)}" ${why}`);
}
