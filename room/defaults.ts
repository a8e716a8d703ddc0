/** The room of a session that names none. */
export const LOBBY = "lobby";

/** The most of a room's newest notes that a command, or a request of HTTP, starts with. */
export const MAX_LAST = 1_000_000;

/** Defaults that a server and its clients have in common. */
export const DEFAULTS = {
  /** The address that a server listens on and a client connects to. */
  host: "127.0.0.1",
  port: 11912,
  /** The longest time a client waits for a connection, and for one attempt, in milliseconds. */
  timeoutMs: 10_000,
  /** The time for which a server may be silent before a client pings it, in milliseconds. */
  keepaliveMs: 10_000,
  /** The number of a room's newest notes that are shown to a person who joins. */
  last: 100,
  /** The largest note that a server accepts, in bytes of UTF-8. */
  maxNoteBytes: 16_384,
} as const;
