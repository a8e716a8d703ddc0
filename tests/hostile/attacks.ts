/**
 * Hostile peers, from a first byte that is not HTTP/2 to an invalid frame of the chat.
 *
 * @module
 */

import {
  bytewise,
  EMPTY,
  type HostilePeer,
  JOIN,
  once,
  setting,
  zeros,
} from "../support/wire/attack.ts";
import {
  concat,
  FLAG,
  frame,
  message,
  openCall,
  PREFACE,
  RawConnection,
  repeat,
  type Target,
  text,
  TYPE,
} from "../support/wire/raw_http2.ts";
import { CALLS, CONTENTS, NOTHING } from "./bad_calls.ts";
import { FLOODS, MALFORMED } from "./bad_frames.ts";
import { CUTS } from "./cut_calls.ts";

/** All of them. */
export const HOSTILE_PEERS: readonly HostilePeer[] = [
  { does: "connects and stays silent", sends: () => undefined, bare: true },
  { does: "sends the preface and stays silent", sends: () => undefined },
  { does: "sends noise", sends: once(text("abc".repeat(1_000))), bare: true },
  { does: "sends endless noise", sends: () => new Uint8Array(65_536).fill(0xa5), bare: true },
  { does: "sends half a preface", sends: once(PREFACE.subarray(0, 12)), bare: true },
  {
    does: "speaks TLS",
    sends: once(Uint8Array.fromHex("16030100a5010000a10303"), zeros(160)),
    bare: true,
  },
  {
    does: "sends no SETTINGS first",
    sends: once(PREFACE, frame({ type: TYPE.ping }, zeros(8))),
    bare: true,
  },
  {
    does: "sends the preface a byte at a time",
    sends: bytewise(concat(PREFACE, repeat(frame({ type: TYPE.settings }), 100))),
    bare: true,
    slow: true,
  },
  {
    does: "joins a byte at a time",
    sends: bytewise(concat(openCall(1, "Session"), repeat(message(1, JOIN), 20))),
    slow: true,
  },
  ...MALFORMED.map(([does, ...frames]) => ({ does: `sends ${does}`, sends: once(...frames) })),
  ...FLOODS.map(([what, sends]) => ({ does: `floods with ${what}`, sends })),
  ...CALLS.map(([does, sends]) => ({ does, sends })),
  ...CONTENTS.map(([does, sends]) => ({ does, sends })),
  ...NOTHING.map(([does, sends]) => ({ does, sends })),
  ...CUTS.map(([does, sends]) => ({ does, sends, bare: true })),
  {
    does: "never reads the answers to its calls",
    sends: once(
      setting(4, 0),
      openCall(1, "ChatStream"),
      message(1, EMPTY, { flags: FLAG.endStream }),
    ),
    stays: true,
  },
];

/**
 * The most parts that a peer sends if the server never closes its connection, so that its test
 * ends.
 */
const MAX_PARTS = 20_000;
/** The wait of the slow ones, in milliseconds. */
const SLOW_MS = 20;

/**
 * Runs an attack, and resolves once the server has closed the connection, or answered with the end
 * of a call. Returns false if it has done neither.
 */
export async function attack(target: Target, peer: HostilePeer): Promise<boolean> {
  await using connection =
    await (peer.bare ? RawConnection.open(target) : RawConnection.greet(target));
  for (let round = 0; round < MAX_PARTS && !connection.closed; round++) {
    const part = peer.sends(round);
    if (!part || !await connection.send(part)) break;
    if (peer.slow) await new Promise((wake) => setTimeout(wake, SLOW_MS));
  }
  if (peer.stays) return true;
  const isAnswer = ({ type, flags }: { type: number; flags: number }) =>
    type === TYPE.headers && (flags & FLAG.endStream) > 0 || type === TYPE.rstStream ||
    type === TYPE.goaway;
  await connection.until(isAnswer);
  return connection.closed || connection.frames.some(isAnswer);
}
