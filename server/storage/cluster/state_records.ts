import {
  type Check,
  isCount,
  isFlag,
  isNumber,
  isOneOf,
  isText,
  listOf,
  objectOf,
  optional,
} from "../../cluster/shape.ts";

/** What the changes of some keys may have. */
interface Rule {
  readonly isValue: Check;
  /** Default: they are never deleted. */
  readonly isDeletion?: Check;
}

const isSanction = objectOf({
  ...{ kind: isOneOf("ban", "mute"), principal: isText, name: isText, by: isText },
  ...{ reason: isText, time: isNumber, until: optional(isNumber) },
});

/** An origin of a room: a history, and a position. */
const isOrigin: Check = (value) => Array.isArray(value) && isText(value[0]) && isCount(value[1]);

const isTopic = objectOf({
  ...{ text: isText, by: isText, time: isNumber, locked: isFlag, lockedBy: isText },
});

/** By the first part of the keys. */
const RULES = new Map<string | undefined, Rule>([
  ["id", { isValue: (value) => isText(value) && /^[\da-f]{64}$/.test(String(value)) }],
  ["name", {
    isValue: objectOf({
      ...{ name: isText, key: isText, time: isNumber, seen: isNumber, spoken: isFlag },
    }),
    isDeletion: objectOf({ name: isText }),
  }],
  ["sanction", {
    isValue: isSanction,
    isDeletion: objectOf({
      sanction: isSanction,
      lifting: optional(objectOf({ by: isText, reason: isText, time: isNumber })),
    }),
  }],
  ["room", {
    isValue: objectOf({
      ...{ room: isText, name: optional(isText), words: optional(isText) },
      ...{ removed: optional(isCount), history: optional(isText) },
      ...{ hasNotes: optional(isFlag), origins: optional(listOf(isOrigin)) },
      topic: optional(isTopic),
    }),
  }],
]);

/** Whether a server makes this change of a key: a value for it, or its deletion. */
export function isRecord(
  key: string,
  { value, deleted }: { readonly value?: unknown; readonly deleted?: unknown },
): boolean {
  const rule = RULES.get(key.split(".", 1)[0]);
  if (!rule) return true; // A later version has added it.
  return value === undefined ? rule.isDeletion?.(deleted) ?? false : rule.isValue(value);
}
