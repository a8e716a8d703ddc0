import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { isPostId } from "../../room/note.ts";
import type { SentDraft } from "../../room/state/log.ts";
import type { Room } from "../../room/state/room.ts";
import type { RateLimiter } from "../access/rate_limiter.ts";
import { type OpenSession, toSubject } from "../access/sessions.ts";
import { refuse } from "../events/refusal.ts";
import type { Peer, RefusedItem } from "../peer.ts";
import type { Answers } from "./answers.ts";
import type { ChatServices } from "./services.ts";

/** The parts of a session that its refusals need. */
export interface RefusedPostsOptions {
  readonly peer: Peer;
  readonly room: Room;
  readonly session: OpenSession;
  readonly limiter: RateLimiter;
  readonly answers: Answers;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal;
  /** Ends the session. */
  readonly onError: (error: unknown) => void;
}

/** A post that something has refused. */
export interface RefusedPost {
  readonly sent: SentDraft;
  readonly error: unknown;
  /** What it is for its peer; undefined if it was accepted and could not be stored. */
  readonly item: RefusedItem | undefined;
}

/** Looks for the notes of posts. Each gets its position, or undefined. */
type Find = (sent: readonly SentDraft[]) => Promise<readonly (number | undefined)[]>;

/** Refusals after which the author may try again: other servers are not asked about the notes. */
const TEMPORARY: ReadonlySet<ChatErrorCode> = new Set(["limited", "unavailable", "lost"]);

/**
 * The refused posts of a session. Each is refused only if its note is not stored: its author sends a
 * note again if the answer was lost, and what refuses it now may not have refused it before.
 *
 * A flood stays cheap to refuse. One lookup of a kind takes place at a time, for all posts that were
 * refused during the one before, and the log knows without reading that an id is new.
 */
export class RefusedPosts {
  readonly #options: RefusedPostsOptions;
  readonly #report: ChatServices["report"];
  readonly #final: Lookups;
  readonly #temporary: Lookups;
  readonly #failed: Lookups;

  constructor(options: RefusedPostsOptions, { report }: Pick<ChatServices, "report">) {
    this.#options = options;
    this.#report = report;
    const { room, signal, onError } = options;
    const lookups = (find: Find) =>
      new Lookups(find, (post, found) => !signal.aborted && this.#answer(post, found), onError);
    this.#final = lookups((sent) => room.find(sent, signal));
    this.#temporary = lookups((sent) => room.findPosted(sent));
    this.#failed = lookups((sent) => room.findStored(sent));
  }

  /** Refuses a post, or acknowledges it if it is stored. */
  add(post: RefusedPost): void {
    if (post.item === undefined) this.#failed.add(post);
    else if (isTemporary(post.error)) this.#temporary.add(post);
    else this.#final.add(post);
  }

  /** @throws {ChatError} `unavailable`, if the peer has had too many refusals. */
  #answer({ sent, error, item }: RefusedPost, found: Found): void {
    const { peer, limiter, answers } = this.#options;
    if (typeof found === "number") {
      if (error instanceof ChatError && error.code === "limited") limiter.forgive();
      if (item) peer.refused("post"); // Not free, or a flood of stored notes would be.
      answers.acknowledge([sent], [found]);
      return;
    }
    if (item) peer.refused(item);
    const isUncertain = found !== undefined && !isTemporary(error);
    this.#refuse(sent.id, isUncertain ? found.error : error);
  }

  #refuse(id: string, error: unknown): void {
    const { session, answers } = this.#options;
    const { code, details } = refuse(error, toSubject(session), this.#report);
    const refusal = { id, code, reason: details };
    const retry_ms = error instanceof ChatError ? error.retryMs : undefined;
    answers.refuse(retry_ms === undefined ? refusal : { ...refusal, retry_ms });
  }
}

function isTemporary(error: unknown): boolean {
  return !(error instanceof ChatError) || TEMPORARY.has(error.code);
}

/** The position of a note; undefined if it is not stored; an error if that is not known. */
type Found = number | undefined | { readonly error: unknown };

/** Looks for the notes of refused posts, of many at once. */
class Lookups {
  readonly #find: Find;
  readonly #answer: (post: RefusedPost, found: Found) => void;
  readonly #onError: (error: unknown) => void;
  #waiting: RefusedPost[] = [];
  #isLooking = false;

  constructor(
    find: Find,
    answer: (post: RefusedPost, found: Found) => void,
    onError: (error: unknown) => void,
  ) {
    [this.#find, this.#answer, this.#onError] = [find, answer, onError];
  }

  add(post: RefusedPost): void {
    this.#waiting.push(post);
    if (this.#isLooking) return;
    this.#isLooking = true;
    // Like the reader of the session, it throws once the connection was cut.
    this.#run().catch(this.#onError);
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const posts = this.#waiting;
        this.#waiting = [];
        const found = await this.#lookUp(posts.filter(({ sent }) => isPostId(sent.id)));
        for (const post of posts) this.#answer(post, found.get(post));
      }
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookUp(posts: readonly RefusedPost[]): Promise<ReadonlyMap<RefusedPost, Found>> {
    if (posts.length === 0) return new Map();
    try {
      const seqs = await this.#find(posts.map(({ sent }) => sent));
      return new Map(posts.map((post, i) => [post, seqs[i]]));
    } catch (error) {
      return new Map(posts.map((post) => [post, { error }]));
    }
  }
}
