import { DEFAULTS, FIXED } from "../../../room/defaults.ts";
import { MAX_NAME_CHARS } from "../../../room/note.ts";
import { formatNumber } from "../../../text/number.ts";
import { integer, seconds } from "../../framework/flag_kinds.ts";
import type { Values } from "../../framework/flags.ts";

/** How many new ones come back. */
const NEW = `${FIXED.newPerMinute} a minute`;

/** The flags of the bounds for peers that are too many, too fast, too slow or mean harm. */
export const boundFlags = {
  rate: integer({
    value: "NOTES",
    help: "notes of a person in a second, by all sessions; 0 for any number, of joins too",
    fallback: DEFAULTS.rate,
    min: 0,
    max: 1_000_000,
  }),
  burst: integer({
    value: "NOTES",
    help: "notes of a person at once after a rest",
    fallback: DEFAULTS.burst,
    min: 1,
    max: 1_000_000,
  }),
  "join-burst": integer({
    value: "JOINS",
    help: `joins of a person at once, then ${FIXED.joinsPerSecond} a second; 0 for any number`,
    fallback: DEFAULTS.joinBurst,
    min: 0,
    max: 1_000_000,
  }),
  "new-rooms": integer({
    value: "ROOMS",
    help: `new rooms of a person, and of a network, at once, then ${NEW}; 0 for any number`,
    fallback: DEFAULTS.newRooms,
    min: 0,
    max: 1_000_000,
  }),
  "new-names": integer({
    value: "NAMES",
    help: `new names of a key, and of a network, at once, then ${NEW}; 0 for any number`,
    fallback: DEFAULTS.newNames,
    min: 0,
    max: 1_000_000,
  }),
  "max-sessions": integer({
    value: "SESSIONS",
    help: "how many sessions a connection may have",
    fallback: DEFAULTS.maxSessions,
    min: 1,
    max: 10_000,
  }),
  "max-connections": integer({
    value: "CONNECTIONS",
    help:
      "how many connections there may be in all; beyond, those make way by which nobody has joined",
    fallback: DEFAULTS.maxConnections,
    min: 1,
    max: 1_000_000,
  }),
  "max-per-address": integer({
    value: "CONNECTIONS",
    help:
      "how many connections an address may have; an IPv6 /48 network twice as many, Unix sockets any number",
    fallback: DEFAULTS.maxPerAddress,
    min: 1,
    max: 1_000_000,
  }),
  "join-timeout": seconds({
    help: "how long a connection may take to its first call, and a session to join",
    fallback: DEFAULTS.joinTimeoutMs,
    min: 0.1,
    max: 3_600,
  }),
  "idle-timeout": seconds({
    help: "how long a connection may be without a call",
    fallback: DEFAULTS.idleTimeoutMs,
    min: 1,
    max: 86_400,
  }),
};

/** What the flags say, as the server takes it. */
export function boundsOf(values: Values<typeof boundFlags>) {
  return {
    rate: values.rate,
    burst: values.burst,
    joinBurst: values["join-burst"],
    newRooms: values["new-rooms"],
    newNames: values["new-names"],
    maxSessions: values["max-sessions"],
    maxConnections: values["max-connections"],
    maxPerAddress: values["max-per-address"],
    joinTimeoutMs: values["join-timeout"],
    idleTimeoutMs: values["idle-timeout"],
  };
}

const { frameBytes, fields, joinBytes, headerFields, headerBytes } = FIXED;
const { frames, calls, unreadBytes, awayMs } = FIXED;

/** The bounds that have no flags, for the help. */
export const FIXED_BOUNDS = [
  `No flag moves these: a name of a person or a room has at most ${MAX_NAME_CHARS} characters, a frame of the protocol`,
  `${formatNumber(frameBytes)} bytes besides its largest note and ${
    formatNumber(fields)
  } fields in all, ${formatNumber(joinBytes)} bytes before its sender has`,
  `joined, and a call ${headerFields} header fields of ${
    formatNumber(headerBytes)
  } bytes. Nothing may be compressed. A connection is`,
  `cut that sends what nobody gains by: more than ${
    formatNumber(frames.perSecond)
  } HTTP/2 frames a second (${formatNumber(frames.burst)} at once), or`,
  `${calls.perSecond} calls (${calls.burst} at once), not counting those that post notes; or most of what is not read yet, if`,
  `that of all is more than ${
    formatNumber(unreadBytes)
  } bytes. A name under which nothing was ever said is free again once its`,
  `owner has been away for ${awayMs / 3_600_000} hours.`,
].join("\n");
