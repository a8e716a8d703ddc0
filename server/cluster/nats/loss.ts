import { ChatError } from "../../../room/errors.ts";
import type { StreamPosition } from "./stream.ts";

/** The time without a stream after which it counts as deleted, in milliseconds. */
const MISSING_MS = 3_000;
/** The time for `backMs`: a node that was cut off may believe for ten seconds that it leads. */
const BACK_MS = 20_000;

/** How losses are reported, and after how long. */
export interface LossOptions {
  readonly onLost: (error: ChatError) => void;
  /** See `ConnectOptions`. Default: 20,000. */
  readonly backMs?: number | undefined;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
}

/** Detects that a stream has lost entries: that it is not where this server has seen it. */
export class LossCheck {
  readonly #options: LossOptions;
  /** The time for which a stream may be before what was seen, in milliseconds. */
  readonly backMs: number;
  /** When the stream was made, as of the start of this server. */
  #created = "";
  /** Since when the stream is missing, or before what was seen; undefined if it is not. */
  #missingSince: number | undefined;
  #backSince: number | undefined;
  #loss: ChatError | undefined;

  constructor(options: LossOptions) {
    this.#options = options;
    this.backMs = options.backMs ?? BACK_MS;
  }

  /** Starts with a stream that was made at a time. */
  start(created: string): void {
    this.#created = created;
  }

  /** @throws {ChatError} `lost`, if entries were lost. */
  throwIfLost(): void {
    if (this.#loss) throw this.#loss;
  }

  /** Compares where the stream is with the position that this server had `seen` before it asked. */
  comparePosition({ last, created }: StreamPosition, seen: number): void {
    this.#missingSince = undefined;
    this.#backSince = last < seen ? this.#backSince ?? this.#options.now() : undefined;
    if (created !== this.#created) this.report("its streams were made anew");
    if (this.#isLong(this.#backSince, this.backMs)) {
      this.report(`it is at ${last} and was at ${seen}`);
    }
  }

  /** Notes a question that had no answer but, perhaps, that the stream `isMissing`. */
  noteFailure(isMissing: boolean, askedAt: number): void {
    this.#missingSince = isMissing ? this.#missingSince ?? askedAt : undefined;
    if (this.#isLong(this.#missingSince, MISSING_MS)) this.report("its streams were deleted");
  }

  /** Reports that entries were lost, and returns the error that says why. */
  report(reason: string): ChatError {
    this.#loss ??= new ChatError("lost", `NATS lost entries that it had stored: ${reason}`);
    this.#options.onLost(this.#loss);
    return this.#loss;
  }

  #isLong(since: number | undefined, ms: number): boolean {
    return since !== undefined && this.#options.now() - since >= ms;
  }
}
