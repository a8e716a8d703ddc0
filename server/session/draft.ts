import { fromWireKind } from "../../proto/kind.ts";
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

/** Who a session speaks as. */
export interface Author {
  /** The name; empty for those who only read. */
  readonly name: string;
  /** Whether they have proven that it is theirs. */
  readonly verified: boolean;
  /** Their identity; undefined for guests who are in no roster. */
  readonly identity: string | undefined;
}

/**
 * What a session wants to say, checked.
 *
 * @param serverIdentity The identity that a name has now; a whisper to a name without one reaches
 * nobody.
 * @throws {ChatError} `invalid` or `too_large`, if the post breaks a rule.
 */
export function toDraft(
  post: PostMessage,
  { name, verified, identity: author }: Author,
  maxNoteBytes: number,
  resolveIdentity: (name: string) => string | undefined,
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
  if (!isPrivate || to === undefined) return signed;
  return { ...signed, ...resolveRecipient(to, resolveIdentity) };
}

/** Whom a whisper is to. One to `~ann` is for somebody called so who has no key, and nobody else. */
function resolveRecipient(
  to: string,
  resolveIdentity: (name: string) => string | undefined,
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
