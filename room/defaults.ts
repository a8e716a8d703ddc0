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
  /** How many posts of a session may be unanswered before it is read no further. */
  maxInFlight: 1_024,
  /** How long a stopping server lets its readers finish, in milliseconds. */
  graceMs: 2_000,
  /** How long a client tries to connect, and how long one attempt may take, in milliseconds. */
  timeoutMs: 10_000,
  /** How long a server may be silent before a client asks it for a sign of life, in milliseconds. */
  keepaliveMs: 10_000,
} as const;
