import { ChatError } from "../../room/errors.ts";
import { displayName, escapeName, guestName, parseGuestName } from "../../room/note.ts";
import type { Person } from "../../room/person.ts";
import type { NamedPerson } from "./commands/slash_command.ts";
import type { Stay } from "./roster.ts";

/**
 * The other person of private notes. A name with a key stays with its owner. One without a key may
 * be somebody else's after its user has left, so those are known by their stay in the room.
 */
export interface Correspondent extends NamedPerson {
  /** Their stay in the room, if they were there. */
  readonly stay: Stay | undefined;
}

/** The people in a room, for finding a correspondent again. */
export interface Whereabouts {
  /** Finds a person in the room, or else a recent speaker. */
  find(name: string): NamedPerson | undefined;
  /** Finds the person of a stay, unless it is over. */
  at(stay: Stay): Person | undefined;
  /** Returns the stay of the person who has a name in the room. */
  stayOf(name: string): Stay | undefined;
}

/**
 * Returns the recipient for a private note to a correspondent, under the name that they have now.
 *
 * @throws {ChatError} `missing`, if the note might reach somebody else.
 */
export function recipientOf(correspondent: Correspondent, room: Whereabouts): string {
  const { name, verified, stay } = correspondent;
  const here = stay && room.at(stay);
  if (here) return toRecipient(here);
  const shown = displayName(correspondent);
  if (verified !== true) {
    const how = `/msg ${shown} TEXT writes to whoever has the name now`;
    throw missing(`${shown} has left, or may be somebody else by now: ${how}`);
  }
  const known = room.find(name);
  if (!known) throw missing(`"${escapeName(name)}" is not here and has not spoken lately`);
  if (known.verified === true) return known.name;
  throw missing(`${displayName(known)} has no key, and so is not the ${escapeName(name)} you mean`);
}

/**
 * Finds the person that a recipient means now: a name, or `~ann` for a person without a key.
 *
 * @throws {ChatError} `missing`, if it is a person without a key who is not here.
 */
export function findCorrespondent(recipient: string, room: Whereabouts): Correspondent {
  const guest = parseGuestName(recipient);
  const name = guest ?? recipient;
  const stay = room.stayOf(name);
  const person = stay ? room.at(stay) : room.find(name);
  const isGuest = guest !== undefined || person?.verified === false;
  if (isGuest && !(stay && person?.verified === false)) {
    throw missing(`Nobody here is named ${guestName(escapeName(name))}`);
  }
  return { ...(person ?? { name }), stay };
}

/** Returns how a correspondent is shown, under the name that they have now. */
export function showCorrespondent({ stay, ...person }: Correspondent, room: Whereabouts): string {
  return displayName((stay && room.at(stay)) ?? person);
}

function toRecipient({ name, verified }: NamedPerson): string {
  return verified === false ? guestName(name) : name;
}

function missing(message: string): ChatError {
  return new ChatError("missing", message);
}
