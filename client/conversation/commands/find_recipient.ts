import { ChatError } from "../../../room/errors.ts";
import { guestName, isSameName, parseGuestName } from "../../../room/note.ts";
import { suggest } from "../../../text/suggest.ts";
import type { CommandTranscript } from "./slash_command.ts";

/**
 * Finds the person that a typed name means. A name that nobody here has is refused: a typing error
 * must not become a private note to a stranger who uses that name one day. Only the server can
 * decide whether `~ann` has no key, at the time of the note.
 *
 * @throws {ChatError} `invalid`, if nobody has it.
 */
export function findRecipient(
  typed: string,
  { names, name: self }: Pick<CommandTranscript, "names" | "name">,
): string {
  const known = self === undefined ? names : [...names, self];
  const find = (name: string) => known.find((other) => isSameName(other, name));
  const found = find(typed);
  if (found !== undefined) return found;
  const name = parseGuestName(typed) ?? typed;
  const guest = find(name);
  if (guest !== undefined) return guestName(guest);
  const near = suggest(name, known);
  const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
  throw new ChatError("invalid", `"${typed}" is not here and has not spoken lately${hint}`);
}
