import { fromWireAction } from "../../proto/enums.ts";
import type {
  GoodbyeMessage,
  NoteMessage,
  RosterChangeMessage,
  SanctionMessage,
  ServerFrame,
} from "../../proto/messages.ts";
import { fromWireNote } from "../../proto/note.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import type { Person } from "../../room/person.ts";
import type { ChatEvent, ShownNote } from "../chat.ts";
import { NOT_A_CHAT_SERVER } from "../net/transport.ts";

/** The longest wait for a retry that is accepted from the server, in milliseconds. */
const LONGEST_RETRY_MS = 60_000;

/**
 * Checks that a session begins with a welcome, which comes once, or with a goodbye.
 *
 * @throws {ChatError} the reason of a goodbye that comes first; `unavailable`, if no chat server
 *   sends such frames.
 */
export function checkFrame({ welcome, goodbye }: ServerFrame, welcomed: boolean): void {
  if (!welcomed && goodbye) throw toError(goodbye);
  if (welcomed ? !welcome : welcome?.head && welcome.roster) return;
  throw new ChatError("unavailable", NOT_A_CHAT_SERVER);
}

/**
 * Returns whether a frame has events that may be dropped. A later session brings notes, the roster
 * with all changes, and the topic again. It does not repeat news of mutes, which are harmless to
 * lose: the refusal of each text names the mute.
 */
export function hasEvents({ lost, notes, changes, roster, mutes, topic }: ServerFrame): boolean {
  return lost > 0 || notes.length > 0 || changes.length > 0 || roster !== null ||
    mutes.length > 0 || topic !== null;
}

/** Returns a frame without those events. */
export function withoutEvents(frame: ServerFrame): ServerFrame {
  return { ...frame, lost: 0, notes: [], changes: [], roster: null, mutes: [], topic: null };
}

/** The error that a goodbye stands for. */
export function toError({ code, reason }: GoodbyeMessage): ChatError {
  return new ChatError(fromStatus(code) ?? "unavailable", reason);
}

/** The error that a refused post, search or order gets; with `retryMs`, if it was only too soon. */
export function toRefusal(
  { code, reason, retry_ms }: Pick<ServerFrame["refusals"][number], "code" | "reason" | "retry_ms">,
): ChatError {
  const retryMs = Math.min(retry_ms, LONGEST_RETRY_MS);
  return retryMs > 0
    ? new ChatError("limited", reason, { retryMs })
    : new ChatError(fromStatus(code) ?? "unavailable", reason);
}

/** Returns a note as a chat shows it. `identities` is whether the server reports who is verified. */
export function toShownNote(received: NoteMessage, identities: boolean): ShownNote {
  const note = fromWireNote(received);
  if (identities) return note;
  const { verified: _unknown, ...rest } = note;
  return rest;
}

/** The event that a change of the roster stands for. */
export function toEvent({ joined, was, reason, ...rest }: RosterChangeMessage): ChatEvent {
  const { name, verified, sessions } = rest;
  const person: Person = { name, verified, sessions };
  if (was) return { type: "renamed", was, ...person };
  if (sessions !== (joined ? 1 : 0)) return { type: "sessions", ...person };
  return joined ? { type: "joined", ...person } : { type: "left", reason, ...person };
}

/** The event that news of a mute stands for: none, if a newer server sends another kind of news. */
export function* toMuteEvent(
  { action, by, reason, time, until }: SanctionMessage,
): Generator<ChatEvent, void> {
  const word = fromWireAction(action);
  if (word === "unmute") yield { type: "unmuted", by };
  if (word === "mute") {
    yield { type: "muted", by, reason, ...(until > 0 && { spanMs: until - time }) };
  }
}
