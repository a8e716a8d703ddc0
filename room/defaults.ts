/** The room of a session that names none. */
export const LOBBY = "lobby";

/** Defaults that a server and its clients have in common. */
export const DEFAULTS = {
  /** The address that a server listens on and a client connects to. */
  host: "127.0.0.1",
  port: 11912,
  /** The longest time a client waits for a connection, and for one attempt, in milliseconds. */
  timeoutMs: 10_000,
  /** The time for which a server may be silent before a client pings it, in milliseconds. */
  keepaliveMs: 10_000,
  /** The largest note that a server accepts, in bytes of UTF-8. */
  maxNoteBytes: 16_384,
} as const;
