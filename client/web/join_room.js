import { SessionChat } from "../session/session_chat.ts";
import { DEFAULTS } from "../../room/defaults.ts";
import { escapeText } from "../../text/escape.ts";
import { SeenNotes } from "./storage/seen_notes.ts";
import { storage } from "./storage/storage.js";

/** @import { Chat } from "../chat.ts" */
/** @import { ReadMarker } from "../profile/read_markers.ts" */
/** @import { Signer } from "../session/prover.ts" */
/** @import { Connections } from "./connections.js" */
/** @import { SessionChatOptions } from "../session/session_chat.ts" */

/** @typedef {Omit<SessionChatOptions, "start" | "unlisted" | "wait" | "meet" | "untilNow">} Options */

/**
 * The person who joins.
 *
 * @typedef {object} Who
 * @property {string} name
 * @property {string} room
 * @property {string} password
 * @property {Signer | undefined} identity
 */

/**
 * A room that was joined.
 *
 * @typedef {object} Joined
 * @property {Chat} chat
 * @property {AbortController} left Leaves it when aborted.
 * @property {Options} options
 * @property {ReadMarker | undefined} seen The last note that the person has seen there.
 */

/**
 * Joins the first room.
 *
 * @param {Who} who
 * @param {object} page
 * @param {Connections} page.connections Connects this room, and all that are opened later.
 * @param {(words: string) => void} page.onRetry Called with the reason of each attempt that fails.
 * @returns {Promise<Joined>}
 */
export async function joinRoom(who, { connections, onRetry }) {
  const left = new AbortController();
  /** @type {Options} */
  const options = {
    ...who,
    dial: (address) => connections.dial(address),
    addresses: [location.origin],
    timeoutMs: DEFAULTS.timeoutMs,
    signal: left.signal,
    onRetry: ({ reason }) => onRetry(`${escapeText(reason)}; trying again …`),
  };
  const chat = await SessionChat.join({
    ...options,
    start: { last: DEFAULTS.last },
    unlisted: false,
    wait: false,
    untilNow: false,
    meet: undefined,
  });
  const seen = await new SeenNotes(storage).read(options);
  return { chat, left, options, seen };
}
