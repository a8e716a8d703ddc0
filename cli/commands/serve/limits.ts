import { LIMITS } from "../../../room/limits.ts";
import { MAX_NAME_CHARS } from "../../../room/note.ts";
import {
  type Bound,
  type BoundFlag,
  BOUNDS,
  type Bounds,
  mapBounds,
} from "../../../server/bounds.ts";
import { formatNumber } from "../../../text/number.ts";
import type { Section } from "../../framework/command.ts";
import { duration, integer, seconds, size } from "../../framework/flag_kinds.ts";
import type { Flag, Values } from "../../framework/flags.ts";

/** The flags of all bounds. */
export const boundFlags = Object.fromEntries(
  Object.values(BOUNDS).map((bound) => [bound.flag, boundFlag(bound)]),
) as Record<BoundFlag, Flag<number>>; // Each name has its flag.

function boundFlag({ unit, group = "Limits", help, fallback, min, max }: Bound): Flag<number> {
  const flag = { group, help, fallback };
  switch (unit) {
    case "duration":
      return duration(flag);
    case "seconds":
      return seconds({ ...flag, min, max });
    case "size":
      return size({ ...flag, min, max });
    default:
      return integer({ ...flag, value: unit.toUpperCase(), min, max });
  }
}

/** The options that the flags of the bounds stand for. */
export function boundOptions(values: Values<typeof boundFlags>): Bounds {
  return mapBounds((_bound, name) => values[BOUNDS[name].flag]);
}

const { frameBytes, fields, joinBytes, headerFields, requestFields, headerBytes } = LIMITS;
const { frames, calls, unreadBytes, awayMs, searches, orders } = LIMITS;

/** The limits that no flag changes, for the help. */
export const fixedLimits: Section = {
  heading: "Fixed limits",
  rows: [
    [`${MAX_NAME_CHARS} characters`, "in a name of a person or a room"],
    [
      `${formatNumber(frameBytes)} bytes`,
      "in a frame, besides its largest note; nothing may be compressed",
    ],
    [`${formatNumber(fields)} fields`, "in a frame, including fields of nested messages"],
    [`${formatNumber(joinBytes)} bytes`, "in a frame whose sender has not joined yet"],
    [
      `${headerFields} header fields`,
      `in a call (${requestFields} in a request of HTTP/1.1), of ${
        formatNumber(headerBytes)
      } bytes in total`,
    ],
    [
      `${formatNumber(frames.perSecond)} frames a second`,
      `of HTTP/2 on a connection (${
        formatNumber(frames.burst)
      } at once); one that sends more is cut`,
    ],
    [
      `${calls.perSecond} calls a second`,
      `on a connection (${calls.burst} at once), not counting posts; one that sends more is cut`,
    ],
    [
      `${searches.perSecond} searches a second`,
      `per person (${searches.burst} at once), of the notes of a room`,
    ],
    [
      `${orders.perSecond} orders a second`,
      `per person and network (${orders.burst} at once): topics, own names, operators' commands`,
    ],
    [
      `${formatNumber(unreadBytes)} bytes`,
      "not read yet from all connections; beyond that, the one that sent the most is cut",
    ],
    [
      `${awayMs / 3_600_000} hours`,
      "until a name is free again whose owner is away, if nothing was ever said under it",
    ],
  ],
};
