/** The room of a session that names none. */
export const LOBBY = "lobby";

/** Defaults that a server and its clients have in common. */
export const DEFAULTS = {
  /** Where a server listens, and where a client looks for it. */
  host: "127.0.0.1",
  port: 11912,
  /** How long a client waits for a connection, and for one attempt at it, in milliseconds. */
  timeoutMs: 10_000,
  /** How long a server may be silent before a client pings it, in milliseconds. */
  keepaliveMs: 10_000,
} as const;
