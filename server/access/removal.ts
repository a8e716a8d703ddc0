import { ChatError } from "../../room/errors.ts";
import { isSameName, nameInSentence } from "../../room/note.ts";
import type { Sessions } from "./sessions.ts";

/** Ends the sessions in a room that was removed, with the words of the operator. */
export function endSessionsIn(room: string, words: string, sessions: Sessions): void {
  const reason = new ChatError("forbidden", words);
  sessions.end(reason, (session) => isSameName(session.room, room));
}

/** The reason that ends a session by force. Everyone in the room sees it. */
export function removalError(
  state: string,
  { name }: { readonly name: string },
  reason: string,
): ChatError {
  const by = name === "" ? "by an operator" : `by ${nameInSentence({ name })}`;
  return new ChatError("forbidden", `${state} ${by}${reason === "" ? "" : `: ${reason}`}`);
}
