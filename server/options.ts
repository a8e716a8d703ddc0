import type { ServerEvent } from "./events/event.ts";

/** How to serve, and within which bounds. */
export interface ServeOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. Default `127.0.0.1:11912`. */
  address?: string;
  /** Who gets to a Unix socket, as for chmod. Default `0o600`: its owner. */
  socketMode?: number;
  /** The SQLite file that keeps the notes; made if it is not there. Default: they are kept in memory. */
  data?: string;
  /**
   * Whether to encrypt; with `false` everybody on the way can read and change what is said.
   * Default: unless only this machine gets to the address.
   */
  tls?: boolean;
  /** The file of the server's certificate, in PEM. Default: it makes its own, beside `data`. */
  tlsCert?: string;
  /** The file of the certificate's private key, in PEM. */
  tlsKey?: string;
  /** The file of the authorities whose clients alone are let in, in PEM. Default: all are. */
  clientCa?: string;
  /** How many notes each room keeps. Default 1,000,000. */
  keep?: number;
  /** How long a note is kept, in milliseconds. Default: for ever. */
  keepAgeMs?: number;
  /** How much text each room keeps, in bytes of UTF-8. Default 1 GiB. */
  keepBytes?: number;
  /** The largest message, in bytes of UTF-8. Default 16,384. */
  maxNoteBytes?: number;
  /** How many rooms there may be besides the lobby. Default 1,000. */
  maxRooms?: number;
  /** How many members a room takes. Default 1,000. */
  maxMembers?: number;
  /** How many names may belong to one key. Default 10. */
  maxNames?: number;
  /** How many names may belong to somebody in all. Default 100,000. */
  maxOwned?: number;
  /**
   * The keys that get in: a line each with the public key in base64 or its fingerprint; behind
   * a `#` is a comment. Default: all, and those without one.
   */
  members?: string;
  /** The keys of those who may send others away, as such a list; they get in, too. Default: nobody. */
  operators?: string;
  /** What those have to know who are not in `members`. Default: nothing. */
  password?: string;
  /** How many posts of a session may be unanswered before it reads no more. Default 1,024. */
  maxInFlight?: number;
  /**
   * How many notes a person may post in a second, by all their sessions and in all rooms; 0 for
   * any number, and for any number of joins. A person is a key, or all of a network who have none;
   * of those on Unix sockets who have none, a session. Default 10.
   */
  rate?: number;
  /** How many notes a person may post at once after a rest. Default 20. */
  burst?: number;
  /**
   * How often a person may join at once after a rest, and 5 times a second from then on; 0 for as
   * often as they like. Default 100.
   */
  joinBurst?: number;
  /**
   * How many new rooms a person, and a network, may make at once after a rest, and 1 a minute from
   * then on; 0 for any number. Default 10.
   */
  newRooms?: number;
  /** How many names that are nobody's a key, and a network, may get, likewise. Default 100. */
  newNames?: number;
  /** How many sessions a connection may have. Default 100. */
  maxSessions?: number;
  /**
   * How many connections there may be in all. Default 2,000, or as many as the process may have
   * open files for. When there are more, those make way that nobody has joined by.
   */
  maxConnections?: number;
  /**
   * How many connections an address may have; for IPv6, a /64 network, and twice as many a /48
   * network. Default 200.
   */
  maxPerAddress?: number;
  /**
   * How long a connection may take to its first call, and a session to join, in milliseconds.
   * Default 10,000.
   */
  joinTimeoutMs?: number;
  /** How long a connection may be without a call, in milliseconds. Default 300,000. */
  idleTimeoutMs?: number;
  /**
   * Where a page with metrics is served, for Prometheus, and one that says whether the server is
   * well: `HOST:PORT` (port 0 picks a free one). Everybody who gets there may read them. Default:
   * nowhere.
   */
  metrics?: string | undefined;
  /**
   * Hears of what happens; of refusals and errors one of a kind a second at most, of those who
   * come, go or do not read 10 a second from a network (200 at once). Default: errors that are the
   * server's own fault go to standard error.
   */
  onEvent?: (event: ServerEvent) => void;
}
