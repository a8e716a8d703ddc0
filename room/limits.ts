/** Fixed limits, which no option changes: no legitimate peer exceeds them. */
export const LIMITS = {
  /**
   * The largest frame of ours besides its largest note, in bytes: 256 Ki characters of other notes
   * at 3 bytes each, and the fields around 500 of them.
   */
  frameBytes: 2 ** 20,
  /** The fields of a message, with those of the messages in it: 3,000 posts have as many. */
  fields: 16_384,
  /** The largest frame of a peer that has not joined, in bytes. */
  joinBytes: 4_096,
  /**
   * The bytes that all connections together may have sent and that are not read yet. Beyond it, the
   * connection that has sent the most of it is cut.
   */
  unreadBytes: 2 ** 25,
  /** The header fields of a call. */
  headerFields: 32,
  /** The header fields of a request of HTTP/1.1: browsers and proxies add many. */
  requestFields: 100,
  /** The header block of a call as it is sent, in bytes. */
  headerBytes: 16_384,
  /**
   * The HTTP/2 frames of a connection. Each 512 bytes of a payload and each 4 fields of a message
   * count as a frame, a PING as 4, DATA for a call that has ended as 16 times its frames, a refused
   * post as 1; a post that can never be accepted, and a refused order or search, as 100. With
   * HTTP/1.1, each 128 bytes and each 2 lines count as a frame.
   */
  frames: { perSecond: 10_000, burst: 30_000 },
  /** The calls of a connection. Each 256 bytes of headers count as a call. */
  calls: { perSecond: 100, burst: 500 },
  /** The searches of a principal: one of a million notes takes about a fifth of a second. */
  searches: { perSecond: 2, burst: 20 },
  /**
   * The orders of a principal and, unless it is an operator, of its network: keys cost nothing, but
   * nobody beside an operator may keep them from acting.
   */
  orders: { perSecond: 10, burst: 100 },
  /** The joins that a principal regains per second after a burst. */
  joinsPerSecond: 5,
  /** The new rooms, and the new names, that a principal regains per minute after a burst. */
  newPerMinute: 1,
  /** The changes of topics that a principal and its network may make at once, and regain. */
  topics: { perMinute: 6, burst: 10 },
  /** The rooms that do not exist yet and that the readers of one network may wait for. */
  awaitedPerNetwork: 100,
  /**
   * The time for which the owner of a name must be away until it is free, if nothing was said under
   * it, in milliseconds.
   */
  awayMs: 86_400_000,
} as const;
