import { fromWireKind } from "../proto/kind.ts";
import type { PostMessage } from "../proto/mod.ts";
import { ChatError } from "../room/errors.ts";
import { checkMessage, checkRecipient, type Draft, MAX_ID_CHARS } from "../room/note.ts";

/**
 * What a session wants to say, checked.
 *
 * @param name The name of who says it; empty for those who only read.
 * @param verified Whether they have proven that it is theirs.
 * @throws {ChatError} `invalid` or `too_large`, if the post breaks a rule.
 */
export function toDraft(
  post: PostMessage,
  { name, verified }: { readonly name: string; readonly verified: boolean },
  maxNoteBytes: number,
): Draft {
  const { id, message, to } = post;
  if (name === "") throw new ChatError("invalid", "A session without a name only reads");
  if (id === "" || id.length > MAX_ID_CHARS) {
    throw new ChatError("invalid", `The id of a post must have 1 to ${MAX_ID_CHARS} characters`);
  }
  checkMessage(message, maxNoteBytes);
  const kind = fromWireKind(post.kind);
  checkRecipient(kind, to);
  const draft = { id, name, message, kind, verified };
  return to ? { ...draft, to } : draft;
}
