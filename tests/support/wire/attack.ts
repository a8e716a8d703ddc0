/**
 * The parts of attacks: frames and contents for hostile peers.
 *
 * @module
 */

import { health } from "../../../proto/health.ts";
import { chatServer, type ClientFrameInit } from "../../../proto/mod.ts";
import { reflections } from "../../../proto/reflection.ts";
import {
  callHeaders,
  concat,
  FLAG,
  frame,
  message,
  openCall,
  repeat,
  TYPE,
  uint32,
} from "./raw_http2.ts";

/** A hostile peer. */
export interface HostilePeer {
  /** A description of the attack. */
  readonly does: string;
  /**
   * The parts it sends, one after the other, for as long as it is connected. A greeting comes first
   * unless `bare` is set.
   */
  readonly sends: (round: number) => Uint8Array | undefined;
  /** True if it does not even send the preface of an HTTP/2 client. */
  readonly bare?: boolean;
  /** True if it pauses between the parts. */
  readonly slow?: boolean;
  /** True if it does nothing forbidden, so that it may stay connected. */
  readonly stays?: boolean;
}

/** The number of frames in a part of a flood. */
const FLOOD = 1_000;

/** No bytes. */
export const EMPTY: Uint8Array = new Uint8Array();

/** `length` zero bytes. */
export function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** Sends these frames, and then nothing. */
export function once(...parts: Uint8Array[]): HostilePeer["sends"] {
  return (round) => round === 0 ? concat(...parts) : undefined;
}

/** Sends `first` once, and then the same frame repeatedly, so many times per part. */
export function flood(
  each: Uint8Array,
  { first = EMPTY, times = FLOOD }: { first?: Uint8Array; times?: number } = {},
): (round: number) => Uint8Array {
  const part = repeat(each, times);
  return (round) => round === 0 ? concat(first, part) : part;
}

/** Makes so many calls per part, each on its own stream. */
export function calls(
  count: number,
  call: (stream: number) => Uint8Array,
): (round: number) => Uint8Array {
  return (round) =>
    concat(...Array.from({ length: count }, (_, i) => call((round * count + i) * 2 + 1)));
}

/** Sends one byte per part. */
export function bytewise(bytes: Uint8Array): HostilePeer["sends"] {
  return (round) => round < bytes.length ? bytes.subarray(round, round + 1) : undefined;
}

/** One setting. */
export function setting(id: number, value: number): Uint8Array {
  return frame({ type: TYPE.settings }, concat(Uint8Array.of(0, id), uint32(value)));
}

/** The header block of a call, or a substitute for it. */
export function headers(block: Uint8Array, flags: number = FLAG.endHeaders): Uint8Array {
  return frame({ type: TYPE.headers, flags, stream: 1 }, block);
}

/** Opens a session with further header fields. */
export function callWith(...fields: [name: string, value: string][]): Uint8Array {
  return headers(callHeaders("Session", fields));
}

/** A frame of a session. */
export function encode(content: ClientFrameInit): Uint8Array {
  return chatServer.Session.requestSerialize(content);
}

/** Sends this much in a session, which may cause a lot of answers. */
export function says(...contents: Uint8Array[]): HostilePeer["sends"] {
  return once(
    frame({ type: TYPE.windowUpdate }, uint32(2 ** 30)),
    setting(4, 2 ** 30),
    openCall(1, "Session"),
    ...contents.map((content) => message(1, content)),
  );
}

/** A frame with one post. */
export function post(id: string, message: string): Uint8Array {
  return encode({ posts: [{ id, message }] });
}

/** A protobuf field: its key and its value. */
export function field(number: number, wireType: number, ...bytes: number[]): Uint8Array {
  return Uint8Array.of(number << 3 | wireType, ...bytes);
}

/** A protobuf field with a value of any length. */
export function longField(number: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = content.length;
  for (; rest >= 128; rest >>= 7) length.push(rest & 127 | 128);
  return concat(field(number, 2, ...length, rest), content);
}

/** The paths of all calls that a server accepts. */
export const PATHS: readonly string[] = [chatServer, health, ...reflections].flatMap((service) =>
  Object.values(service).map(({ path }) => path)
);

/** The first frames of a well-behaved peer. */
export const JOIN: Uint8Array = encode({
  join: { name: "mallory", room: "", client: "client of mallory", last: 0 },
});
