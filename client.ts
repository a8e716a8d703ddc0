/**
 * Joins a chat, by whichever contract the server speaks.
 *
 * @module
 */

import type { Chat, DisconnectedEvent, Position, SayOptions } from "./client/chat.ts";
import { LONGEST_MS } from "./client/net/backoff.ts";
import { SharedConnections } from "./client/net/shared_connections.ts";
import { needsTls, type TlsOptions } from "./client/net/tls.ts";
import type { Identity } from "./client/profile/identity.ts";
import { checkPosition } from "./client/session/check_position.ts";
import type { Start } from "./client/session/incoming.ts";
import { LAST_BOUNDS } from "./client/session/number_bounds.ts";
import { OriginalChat } from "./client/session/original_chat.ts";
import { SessionChat } from "./client/session/session_chat.ts";
import { toWireSince } from "./client/session/since.ts";
import { DEFAULTS, LOBBY } from "./room/defaults.ts";
import { ChatError, errorMessage } from "./room/errors.ts";
import { checkName } from "./room/note.ts";
import { formatAddress } from "./text/address.ts";
import { checkAddressList } from "./text/address_list.ts";
import { checkNumber } from "./text/check_number.ts";
import type { Since } from "./text/since.ts";

export { SharedConnections };

/** The options of {@linkcode join}. */
export interface JoinOptions {
  /**
   * The name to speak under: words of letters and digits, up to 64 characters. Default: none, to
   * read only.
   */
  name?: string | undefined;
  /** The room: words of letters and digits, up to 64 characters. Default `lobby`. */
  room?: string | undefined;
  /**
   * The server: `HOST:PORT` or `unix:PATH`. Several addresses, at most 16, are those of servers of
   * one chat: they are tried in this order, and when one is away, the next one takes its place.
   * Default `127.0.0.1:11912`.
   */
  address?: string | readonly string[] | undefined;
  /**
   * The encryption; `false` for plaintext. Default: plaintext if all addresses are on this machine
   * (loopback and Unix sockets), and else TLS with a certificate of a public authority.
   */
  tls?: TlsOptions | false | undefined;
  /**
   * The number of the room's newest notes to start with. Default: all of them. A server of the
   * original contract always sends all of them.
   */
  last?: number | undefined;
  /**
   * The note to start after, as an event of an earlier chat in the same room had it: what follows is
   * exactly what that chat would have received next. If it is given, `last` and `since` are ignored,
   * so a first run may have another start. Default: none.
   */
  after?: Position | undefined;
  /** The note to start with, instead of `last`. Its position or time may be in the future. */
  since?: Since | undefined;
  /**
   * True to wait, without a name, for a room that does not exist. By default such a room is refused
   * to a reader; with a name it is created.
   */
  wait?: boolean | undefined;
  /** True to end after the newest note at the time of joining. Default false. */
  untilNow?: boolean | undefined;
  /**
   * True to be no member of the room: nobody sees this reader, and it does not occupy its name.
   * Default: true without a name, which a member must have, and false with one.
   */
  unlisted?: boolean | undefined;
  /**
   * True to pace what is said: when the server limits the rate, the chat waits and says the text
   * again, before all later ones. False to refuse such a text with the error `limited` instead.
   * Default true.
   */
  pace?: boolean | undefined;
  /** The key that proves who owns the name. Default: none, so that anybody can have the name. */
  identity?: Identity | undefined;
  /** The password, for a server that asks for one. Default: none. */
  password?: string | undefined;
  /**
   * Called with the id and address of a server without TLS, before anything is proven to it. The id
   * has 32 bytes, and stays the same for as long as the server keeps its data. The servers of one
   * chat have the same id. Default: not called.
   */
  meet?: ((server: Uint8Array, address: string) => Promise<void>) | undefined;
  /**
   * The time to keep trying for the first connection, and the timeout for one attempt to reconnect,
   * in milliseconds. Several addresses share that time, and each of their attempts ends after
   * 10,000 at the latest. Default 10,000.
   */
  timeoutMs?: number | undefined;
  /**
   * The silence of the server before the client asks for a sign of life, in milliseconds. The
   * connection is lost if none comes within 0.8 of that time. Default 10,000.
   */
  keepaliveMs?: number | undefined;
  /**
   * Called for each attempt to connect that fails before {@linkcode join} resolves, with the reason
   * and the wait before the next one.
   */
  onRetry?: ((failure: DisconnectedEvent) => void) | undefined;
  /** Leaves the chat when aborted. */
  signal?: AbortSignal | undefined;
}

/** What the joins of a program may have in common. */
export interface Sharing {
  /**
   * The connections to use and to share with all joins that get the same object, the same `tls` and
   * the same `keepaliveMs`. Default: connections for this chat and those that it opens alone.
   */
  connections?: SharedConnections | undefined;
}

/** The encryption if none is given. It is one object, by which connections are shared. */
const BY_AUTHORITY: TlsOptions = { trust: { by: "authority" } };

/** The options of {@linkcode send}: those of {@linkcode join} that matter for one note. */
export interface SendOptions extends
  Pick<
    JoinOptions,
    | "room"
    | "address"
    | "tls"
    | "identity"
    | "password"
    | "meet"
    | "keepaliveMs"
    | "onRetry"
    | "signal"
  >,
  SayOptions {
  /** The name to speak under. */
  readonly name: string;
  /**
   * The time for everything, until the server has accepted the note, in milliseconds. Default
   * 10,000.
   */
  readonly timeoutMs?: number | undefined;
}

/**
 * Joins a chat: connects, and resolves once the server has let us in. The chat reconnects when the
 * connection is lost, until it is left.
 *
 * @example
 * ```ts
 * import { join } from "./client.ts";
 * import { serve } from "./server.ts";
 *
 * await using server = await serve({ address: "127.0.0.1:0" });
 * await using chat = await join({ name: "bob", address: server.address });
 * await chat.say("hello");
 * for await (const event of chat.events()) {
 *   if (event.type === "notes") break; // Our own note.
 * }
 * ```
 *
 * @throws {ChatError} `invalid`, if a name is not valid or the server cannot start there;
 * `unavailable`, if it cannot be reached in time; and the reason why it does not let us in.
 * @throws {RangeError} if a number is out of its bounds.
 * @throws the reason of `signal`, if it is aborted before.
 */
export async function join(options: JoinOptions & Sharing): Promise<Chat> {
  const {
    name = "",
    room = LOBBY,
    address = formatAddress(DEFAULTS),
    unlisted = name === "",
    wait = false,
    untilNow = false,
    pace = true,
    after,
    identity,
    password,
    meet,
    onRetry,
    connections = new SharedConnections(),
    signal = new AbortController().signal,
  } = options;
  const addresses = toAddresses(address);
  const tls = options.tls ?? (addresses.some(needsTls) ? BY_AUTHORITY : undefined);
  if (name !== "" || !unlisted) checkName(name);
  checkName(room, "Room");
  const timeoutMs = toDelay("timeoutMs", options.timeoutMs ?? DEFAULTS.timeoutMs);
  const keepaliveMs = toDelay("keepaliveMs", options.keepaliveMs ?? DEFAULTS.keepaliveMs);
  const start = toStart(options);
  if (after) checkPosition(after);
  const common = { name, addresses, timeoutMs, onRetry, signal };
  const connection = { keepaliveMs, tls };
  const dial = (address: string) => connections.dial(address, connection);
  const session = {
    dial,
    room,
    start,
    unlisted,
    wait,
    untilNow,
    pace,
    identity,
    password,
    meet,
    share: connections.share,
  };
  const startedAt = performance.now();
  try {
    return await SessionChat.join({ ...common, ...session }, after);
  } catch (error) {
    if (!(error instanceof ChatError && error.code === "unsupported")) throw error;
  }
  // The server speaks the original contract, which has one room and sends all of it.
  checkOriginal(room !== LOBBY, `it has no room "${room}"`);
  checkOriginal((after ?? options.since) !== undefined, "it sends all notes that it has");
  checkOriginal(untilNow, "it does not say which notes are new");
  return await OriginalChat.join({ ...common, tls }, { startedAt });
}

/**
 * Says one note: connects, waits until the server has accepted it, and leaves. Nobody sees us join
 * or leave. Returns the position of the note; undefined if the server does not say.
 *
 * @example
 * ```ts
 * import { send } from "./client.ts";
 * import { serve } from "./server.ts";
 *
 * await using server = await serve({ address: "127.0.0.1:0" });
 * await send("build 512 is out", { name: "ci", address: server.address });
 * ```
 *
 * @throws {ChatError} when the server does not accept it, with the reason; `timeout`, if it has not
 *   answered in time, so that the note may have arrived nevertheless; and like {@linkcode join}.
 * @throws the reason of `signal`, once it is aborted.
 */
export async function send(message: string, options: SendOptions): Promise<number | undefined> {
  const { kind, to, timeoutMs = DEFAULTS.timeoutMs, signal, ...rest } = options;
  const startedAt = performance.now();
  const late = new AbortController();
  const either = AbortSignal.any(signal ? [late.signal, signal] : [late.signal]);
  await using chat = await join({ ...rest, unlisted: true, last: 0, timeoutMs, signal: either });
  const restMs = Math.max(0, timeoutMs - (performance.now() - startedAt));
  const timer = setTimeout(() => late.abort(), Math.min(restMs, LONGEST_MS));
  try {
    return await chat.say(message, { kind, to });
  } catch (error) {
    signal?.throwIfAborted();
    if (!late.signal.aborted) throw error;
    const words = `The server has not accepted the note within ${timeoutMs / 1_000} s`;
    throw new ChatError("timeout", words, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function toAddresses(address: string | readonly string[]): readonly string[] {
  const addresses = typeof address === "string" ? [address] : address;
  try {
    return checkAddressList(addresses);
  } catch (cause) {
    throw new ChatError("invalid", `Cannot join: ${errorMessage(cause)}`, { cause });
  }
}

function toDelay(name: string, ms: number): number {
  return Math.min(checkNumber(name, ms, { min: 1, max: Infinity, isWhole: false }), LONGEST_MS);
}

function toStart({ last = Infinity, since }: JoinOptions): Start {
  if (last !== Infinity) checkNumber("last", last, LAST_BOUNDS);
  if (since) return toWireSince(since);
  return last === Infinity ? {} : { last };
}

function checkOriginal(refused: boolean, why: string): void {
  if (refused) throw new ChatError("invalid", `This server speaks the original contract: ${why}`);
}
