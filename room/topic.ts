import { formatNumber } from "../text/number.ts";
import { ChatError } from "./errors.ts";

/** The topic of a room, and whether it is locked. */
export interface Topic {
  /** The text; empty if there is none. */
  readonly text: string;
  /** The name of the person who has set or removed it last; empty if nobody has. */
  readonly by: string;
  /** When they did, in milliseconds since the Unix epoch; 0 if nobody has. */
  readonly time: number;
  /** Whether only operators may set it. */
  readonly locked: boolean;
  /** The name of the operator who has locked or unlocked it last; empty if nobody has. */
  readonly lockedBy: string;
}

/** The topic of a room in which nobody has ever set or locked one. */
export const NO_TOPIC: Topic = { text: "", by: "", time: 0, locked: false, lockedBy: "" };

/** The longest topic, in characters. */
export const MAX_TOPIC_CHARS = 300;

/** Whether two topics are the same. */
export function isSameTopic(a: Topic, b: Topic): boolean {
  return a.text === b.text && a.by === b.by && a.time === b.time && a.locked === b.locked &&
    a.lockedBy === b.lockedBy;
}

/** Everything that ends a line, for any program that may show the topic. */
const LINE_BREAK = /[\n\v\f\r\x85\u2028\u2029]/;

/**
 * Checks the text of a topic. Like a message it may contain anything that is escaped when it is
 * shown.
 *
 * @throws {ChatError} `invalid`, if it is too long, more than one line, or only white space.
 */
export function checkTopic(text: string): void {
  const chars = [...text].length;
  if (chars > MAX_TOPIC_CHARS) {
    const bound = `at most ${MAX_TOPIC_CHARS} are allowed`;
    throw new ChatError("invalid", `The topic has ${formatNumber(chars)} characters: ${bound}`);
  }
  if (LINE_BREAK.test(text)) throw new ChatError("invalid", "The topic has more than one line");
  if (text !== "" && text.trim() === "") throw new ChatError("invalid", "The topic is blank");
}
