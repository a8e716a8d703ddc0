import type { PostMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { type Draft, escapeName, guestName } from "../../room/note.ts";
import type { RateLimiter } from "../access/rate_limiter.ts";
import type { NameUse } from "../../room/state/name_use.ts";
import type { Room } from "../../room/state/room.ts";
import { type OpenSession, toSubject } from "../access/sessions.ts";
import { isInvalidRequest, refuse } from "../events/refusal.ts";
import { type PostTrace, traced } from "../metrics/post_trace.ts";
import type { Peer } from "../peer.ts";
import type { Answers } from "./answers.ts";
import { type DraftOptions, toDraft } from "./draft.ts";
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
  /** Ends the session. */
  readonly onError: (error: unknown) => void;
}

/** The posts of a session: checks them, stores them in the room, and answers them. */
export class Posts {
  readonly #options: PostsOptions;
  readonly #services: ChatServices;
  readonly #draftOptions: DraftOptions;
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
   * @throws {ChatError} `unavailable`, if the peer has had too many refusals: the connection is cut
   * then.
   */
  add(posts: readonly PostMessage[], refusals?: number, trace?: PostTrace): void {
    const { drafts, unreachable } = this.#check(posts, refusals);
    const { answers, onError } = this.#options;
    answers.expect(posts.length);
    // Like the reader, it throws once the connection was cut.
    for (const draft of unreachable) this.#answerUnreachable(draft).catch(onError);
    if (drafts.length === 0) return;
    traced(trace, drafts.length, () => this.#post(drafts)).then(
      (seqs) => answers.acknowledge(drafts, seqs, trace),
      (error) => drafts.forEach((draft) => this.#answerFailed(draft, error).catch(onError)),
    );
  }

  /** Returns the drafts to post, and private notes that would reach nobody. Refuses the rest. */
  #check(posts: readonly PostMessage[], refusals?: number) {
    const drafts: Draft[] = [];
    const unreachable: Draft[] = [];
    const { peer, session, name, limiter } = this.#options;
    const { sanctions, names } = this.#services;
    for (const post of posts) {
      try {
        sanctions.check("mute", session);
        limiter.take(refusals);
        const draft = toDraft(post, this.#draftOptions);
        // Another person may have claimed a name that the session does not reserve.
        if (!name) names.check(draft.name);
        const isReachable = draft.kind !== "whisper" || draft.reader !== undefined;
        (isReachable ? drafts : unreachable).push(draft);
      } catch (error) {
        peer.refused(isInvalidRequest(error) ? "wrong post" : "post");
        this.#refuse(post.id, error);
      }
    }
    for (const { message } of drafts) peer.posted(message.length);
    return { drafts, unreachable };
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

  /** Refuses a private note that reaches nobody, or acknowledges it if it was posted before. */
  async #answerUnreachable(draft: Draft): Promise<void> {
    const { id, to = "" } = draft;
    const { peer, room, answers } = this.#options;
    try {
      const seq = await room.find(draft);
      if (seq === undefined) throw unreachableError(to, this.#resolveIdentity(to) !== undefined);
      peer.posted(draft.message.length);
      answers.acknowledge([draft], [seq]);
    } catch (error) {
      peer.refused("post");
      this.#refuse(id, error);
    }
  }

  /** Refuses a draft that could not be stored, or acknowledges it if it was posted before. */
  async #answerFailed(draft: Draft, error: unknown): Promise<void> {
    const { room, answers } = this.#options;
    const seq = draft.id === "" ? undefined : await room.findPosted(draft);
    if (seq === undefined) this.#refuse(draft.id, error);
    else answers.acknowledge([draft], [seq]);
  }

  #refuse(id: string, error: unknown): void {
    const { session, answers } = this.#options;
    const { code, details } = refuse(error, toSubject(session), this.#services.report);
    const refusal = { id, code, reason: details };
    const retry_ms = error instanceof ChatError ? error.retryMs : undefined;
    answers.refuse(retry_ms === undefined ? refusal : { ...refusal, retry_ms });
  }
}

/** @param owned Whether the name belongs to a key, while the note is to a person without one. */
function unreachableError(to: string, owned: boolean): ChatError {
  const why = owned
    ? `belongs to a key: a private note to ${guestName(escapeName(to))} would reach nobody`
    : "is not here, and the name belongs to no key: a private note would reach nobody";
  return new ChatError("missing", `"${escapeName(to)}" ${why}`);
}
