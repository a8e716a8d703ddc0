/** What holds where nobody says otherwise; server, client and command line agree on it here. */
export const DEFAULTS = {
  /** Where the server listens. */
  host: "127.0.0.1",
  port: 11912,
  /** How many notes each room keeps. */
  keep: 1_000_000,
  /** How long a note is kept, in milliseconds. */
  keepAgeMs: Infinity,
  /** How much text each room keeps, in bytes of UTF-8. */
  keepBytes: 2 ** 30,
  /** The largest message, in bytes of UTF-8. */
  maxNoteBytes: 16_384,
  /** How many rooms there may be. */
  maxRooms: 1_000,
  /** How many members a room takes. */
  maxMembers: 1_000,
  /** How many names may belong to one key, and to all keys together. */
  maxNames: 10,
  maxOwned: 100_000,
  /** How many posts of a session may be unanswered before it is read no further. */
  maxInFlight: 1_024,
  /** How many notes a person may post in a second; 0 for as many as they like. */
  rate: 10,
  /** How many notes a person may post at once after a rest. */
  burst: 20,
  /** How often a person may join at once after a rest; 0 for as often as they like. */
  joinBurst: 100,
  /**
   * How many new rooms and new names a person, and a network, may have at once after a rest; 0 for
   * any number.
   */
  newRooms: 10,
  newNames: 100,
  /** How many sessions and streams a connection may have. */
  maxSessions: 100,
  /** How many connections there may be in all, and from one address. */
  maxConnections: 2_000,
  maxPerAddress: 200,
  /** How long a connection may take to its first call, and a session to join, in milliseconds. */
  joinTimeoutMs: 10_000,
  /** How long a connection may be without a call, in milliseconds. */
  idleTimeoutMs: 300_000,
  /** How long a stopping server lets its readers finish, in milliseconds. */
  graceMs: 2_000,
  /** How long a client tries to connect, and how long one attempt may take, in milliseconds. */
  timeoutMs: 10_000,
  /** How long a server may be silent before a client asks it for a sign of life, in milliseconds. */
  keepaliveMs: 10_000,
} as const;

/** Bounds that nobody moves: beyond them is no honest peer. */
export const FIXED = {
  /**
   * What a frame of ours may have besides its largest note, in bytes: 256 Ki characters of other
   * notes, at 3 bytes each, and what is around 500 of them.
   */
  frameBytes: 2 ** 20,
  /** How many fields a message may have, with those of the messages in it: 3,000 posts have as many. */
  fields: 16_384,
  /** A frame of somebody who has not joined, in bytes. */
  joinBytes: 4_096,
  /**
   * What all connections together may have sent ahead of what is read, in bytes: beyond it the one
   * that has sent most of it is cut.
   */
  unreadBytes: 2 ** 25,
  /** How many header fields a call may have. */
  headerFields: 32,
  /** The header block of a call, as it is sent, in bytes. */
  headerBytes: 16_384,
  /**
   * HTTP/2 frames from a connection; each 512 bytes of a payload and each 4 fields of a message
   * count as one more, a PING as 4, a post that is refused as 1, and one that can never be taken
   * as 100, as does an order.
   */
  frames: { perSecond: 10_000, burst: 30_000 },
  /** How often a person may join in a second, once they have joined in a burst. */
  joinsPerSecond: 5,
  /** How many new rooms, and how many new names, come back in a minute. */
  newPerMinute: 1,
  /** How long the owner of a name is away until it is free again, if nothing was said under it. */
  awayMs: 86_400_000,
  /** Calls from a connection, where each 256 bytes of headers count as one more. */
  calls: { perSecond: 100, burst: 500 },
} as const;
