import { fromWireKind } from "../../proto/enums.ts";
import type { PostMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { isKey } from "../../room/identity.ts";
import {
  checkMessage,
  checkRecipient,
  type Draft,
  isPostId,
  MAX_ID_CHARS,
  parseGuestName,
} from "../../room/note.ts";

/** The parts of a session that its drafts depend on. */
export interface DraftOptions {
  /** The name of the author; empty if the session only reads. */
  readonly name: string;
  /** The identity of the author; undefined for a guest who is in no roster. */
  readonly identity: string | undefined;
  /** The largest message, in bytes of UTF-8. */
  readonly maxNoteBytes: number;
  /** Finds the identity of a name now. A private note to a name without one reaches nobody. */
  readonly resolveIdentity: (name: string) => string | undefined;
}

/**
 * Checks a post, and converts it to a draft.
 *
 * @throws {ChatError} `invalid` or `too_large`, if the post breaks a rule.
 */
export function toDraft(
  post: PostMessage,
  { name, identity: author, maxNoteBytes, resolveIdentity }: DraftOptions,
): Draft {
  const { id, message, to } = post;
  if (name === "") throw new ChatError("invalid", "A session without a name only reads");
  if (!isPostId(id)) {
    throw new ChatError("invalid", `The id of a post must have 1 to ${MAX_ID_CHARS} characters`);
  }
  checkMessage(message, maxNoteBytes);
  const kind = fromWireKind(post.kind);
  checkRecipient(kind, to);
  const verified = author !== undefined && isKey(author);
  const draft = { id, name, message, kind, verified };
  const isPrivate = kind === "whisper";
  const signed = author !== undefined && (verified || isPrivate) ? { ...draft, author } : draft;
  return isPrivate ? { ...signed, ...resolveRecipient(to, resolveIdentity) } : signed;
}

/**
 * Finds the recipient of a private note. `~ann` means the person who has that name without a key,
 * and nobody else.
 */
function resolveRecipient(
  to: string,
  resolveIdentity: DraftOptions["resolveIdentity"],
): Pick<Draft, "to" | "reader"> & { readonly to: string } {
  const reader = resolveIdentity(to);
  if (reader !== undefined) return { to, reader };
  const guest = parseGuestName(to);
  if (guest === undefined) return { to };
  const identity = resolveIdentity(guest);
  return identity === undefined || isKey(identity)
    ? { to: guest }
    : { to: guest, reader: identity };
}
