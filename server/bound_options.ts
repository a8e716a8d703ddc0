// Written by `deno task docs`, from the table in `bounds.ts`.

/**
 * The bounds of a server, each of which is also a flag of `chat serve`. A person is a key, or
 * everyone without a key in a network; on Unix sockets, each session without a key.
 */
export interface BoundOptions {
  /**
   * Size of a note, in bytes of UTF-8.
   * From 1 to 1,048,576; default 16,384.
   */
  maxNoteBytes?: number | undefined;
  /**
   * Notes per person and second, over all sessions; 0 for no limit on notes and joins.
   * From 0 to 1,000,000; default 10.
   */
  rate?: number | undefined;
  /**
   * Notes a person may post at once after a pause.
   * From 1 to 1,000,000; default 20.
   */
  burst?: number | undefined;
  /**
   * Unanswered posts of a session; the server reads no more until it has answered.
   * From 1 to 100,000; default 1,024.
   */
  maxInFlight?: number | undefined;
  /**
   * Joins per person at once, then 5 per second; 0 for no limit.
   * From 0 to 1,000,000; default 100.
   */
  joinBurst?: number | undefined;
  /**
   * Rooms besides the lobby.
   * From 1 to 100,000; default 1,000.
   */
  maxRooms?: number | undefined;
  /**
   * New rooms per person, and per network, at once, then 1 per minute; 0 for no limit.
   * From 0 to 1,000,000; default 10.
   */
  newRooms?: number | undefined;
  /**
   * Members of a room.
   * From 1 to 100,000; default 1,000.
   */
  maxMembers?: number | undefined;
  /**
   * Names a key may own.
   * From 1 to 100,000; default 10.
   */
  maxNames?: number | undefined;
  /**
   * Names that may be owned in total.
   * From 1 to 10,000,000; default 100,000.
   */
  maxOwned?: number | undefined;
  /**
   * New names per key, and per network, at once, then 1 per minute; 0 for no limit.
   * From 0 to 1,000,000; default 100.
   */
  newNames?: number | undefined;
  /**
   * Sessions and streams of a connection.
   * From 1 to 10,000; default 100.
   */
  maxSessions?: number | undefined;
  /**
   * Connections in total, as far as open files allow; a full server drops the oldest that has not joined.
   * From 1 to 1,000,000; default 2,000.
   */
  maxConnections?: number | undefined;
  /**
   * Connections per IPv4 address or IPv6 /64 network; twice as many per /48 network, no limit on Unix sockets.
   * From 1 to 1,000,000; default 200.
   */
  maxPerAddress?: number | undefined;
  /**
   * Time for a connection to make its first call, and for a session to join, in milliseconds.
   * From 100 to 3,600,000; default 10,000.
   */
  joinTimeoutMs?: number | undefined;
  /**
   * Time a connection may go without a call, in milliseconds.
   * From 100 to 86,400,000; default 300,000.
   */
  idleTimeoutMs?: number | undefined;
  /**
   * Time for readers to finish when the server stops, in milliseconds.
   * From 0 to 3,600,000; default 2,000.
   */
  graceMs?: number | undefined;
  /**
   * Notes to keep in each room.
   * From 1 to 100,000,000; default 1,000,000.
   */
  keep?: number | undefined;
  /**
   * How long to keep a note, in milliseconds.
   * From 1,000 to Infinity; default Infinity.
   */
  keepAgeMs?: number | undefined;
  /**
   * Text to keep in each room, in bytes.
   * From 1 to 1,073,740,750,258,176; default 1,073,741,824.
   */
  keepBytes?: number | undefined;
}
