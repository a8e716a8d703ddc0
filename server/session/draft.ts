import { fromWireKind } from "../../proto/enums.ts";
import type { PostMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { isKey } from "../../room/identity.ts";
import {
  checkMessage,
  checkRecipient,
  type Draft,
  MAX_ID_CHARS,
  parseGuestName,
} from "../../room/note.ts";

/** The author of all notes of a session. */
export interface Author {
  /** The name; empty if the session only reads. */
  readonly name: string;
  /** Whether the author has proven to own the name. */
  readonly verified: boolean;
  /** The author's identity; undefined for a guest who is in no roster. */
  readonly identity: string | undefined;
}

/** Finds the identity that a name has now. */
type ResolveIdentity = (name: string) => string | undefined;

/**
 * Checks a post, and converts it to a draft.
 *
 * @param resolveIdentity A private note to a name without an identity reaches nobody.
 * @throws {ChatError} `invalid` or `too_large`, if the post breaks a rule.
 */
export function toDraft(
  post: PostMessage,
  { name, verified, identity: author }: Author,
  maxNoteBytes: number,
  resolveIdentity: ResolveIdentity,
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
  resolveIdentity: ResolveIdentity,
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
