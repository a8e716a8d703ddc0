import { FrontEnd } from "../conversation/front_end.ts";
import { History } from "../editor/history.ts";
import { WebSocketConnection } from "../net/web_socket.ts";
import { quoteName } from "../conversation/commands/arguments.ts";
import { remark } from "../render/render.ts";
import { dimLine } from "../render/row.ts";
import { LOCAL_ZONE } from "../render/time.ts";
import { SessionChat } from "../session/session_chat.ts";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { escapeName, isSameName } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";
import { roomInAddress, showInAddress } from "./address.js";
import { element } from "./elements.js";
import { IgnoredNames } from "./ignored_names.ts";
import { NotesView } from "./notes_view.js";
import { notify } from "./notifications.js";
import { readOlder } from "./older_notes.ts";
import { SeenNotes } from "./seen_notes.ts";
import { Side } from "./side.js";
import { storage } from "./storage.js";
import { showTopic } from "./topic.js";

/** @import { Chat, ChatEvent } from "../chat.ts" */
/** @import { ReadMarker } from "../profile/read_markers.ts" */
/** @import { Row } from "../render/row.ts" */
/** @import { Signer } from "../session/prover.ts" */
/** @import { SessionChatOptions } from "../session/session_chat.ts" */

/** @typedef {Omit<SessionChatOptions, "start" | "unlisted" | "wait" | "meet" | "untilNow">} Options */
/** @typedef {{ connection?: WebSocketConnection }} Latest The latest connection. */
/**
 * The person who joins.
 *
 * @typedef {object} Who
 * @property {string} name
 * @property {string} room
 * @property {string} password
 * @property {Signer | undefined} identity
 */

/** The number of the newest notes to start with. */
const LAST = 100;

/** How often the list of rooms is asked for, in milliseconds. */
const ROOMS_MS = 30_000;

/** The longest wait for that list before the connection counts as lost, in milliseconds. */
const PATIENCE_MS = 15_000;

const here = element("here", HTMLElement);
const state = element("state", HTMLElement);
const input = element("text", HTMLTextAreaElement);
const recipient = element("recipient", HTMLElement);
const typed = new History();

/** The hint in an empty input line, if it goes to everybody. */
const EVERYBODY = input.placeholder;

/** A chat on the page, from the join until the person leaves. */
export class PageChat {
  #options;
  #latest;
  #frontEnd;
  #ended = new AbortController();
  #notes = new NotesView(() => void this.#showOlder(), this.#ended.signal);
  #side = new Side({
    write: (text) => this.#write(text),
    goTo: (room) => void this.#goTo(room),
  }, this.#ended.signal);
  /** @type {string | undefined} The room of the latest connection. */
  #room;
  #isHidden = document.hidden;
  /** Whether older notes are on their way. */
  #isLoading = false;

  /**
   * Joins.
   *
   * @param {Who} who
   * @param {(words: string) => void} onRetry Called with the reason of each attempt that fails.
   */
  static async join(who, onRetry) {
    const left = new AbortController();
    /** @type {Latest} */
    const latest = {};
    /** @type {Options} */
    const options = {
      ...who,
      dial: (address) => latest.connection = new WebSocketConnection(address),
      addresses: [location.origin],
      timeoutMs: 10_000,
      signal: left.signal,
      onRetry: ({ reason }) => onRetry(`${escapeText(reason)}; trying again …`),
    };
    const chat = await SessionChat.join({
      ...options,
      ...{ start: { last: LAST }, unlisted: false, wait: false, untilNow: false, meet: undefined },
    });
    const seen = await new SeenNotes(storage).read(options);
    return new PageChat({ chat, left, latest }, options, seen);
  }

  /**
   * @param {{ chat: Chat, left: AbortController, latest: Latest }} place
   * @param {Options} options
   * @param {ReadMarker | undefined} seen
   */
  constructor({ latest, ...place }, options, seen) {
    this.#options = options;
    this.#latest = latest;
    const { addresses, name, room } = options;
    this.#frontEnd = new FrontEnd(place, seen, {
      ...{ addresses, name, room, zone: LOCAL_ZONE, bell: "mention", quiet: false },
      seen: new SeenNotes(storage),
      ignored: new IgnoredNames(storage),
    }, {
      show: (rows, bell) => this.#show(rows, bell ?? false),
      restore: (text) => this.#restore(text),
      typed: () => input.value,
      showRecipient: (person) => this.#showRecipient(person),
      header: (event) => this.#arrive(event),
      close: () => this.#frontEnd.leave(),
    });
  }

  /**
   * Chats until the person leaves.
   *
   * @throws {ChatError} when the server does not admit them any more.
   */
  async run() {
    const { signal } = this.#ended;
    element("say", HTMLFormElement)
      .addEventListener("submit", (event) => this.#submit(event), { signal });
    input.addEventListener("keydown", (event) => this.#press(event), { signal });
    element("leave", HTMLButtonElement)
      .addEventListener("click", () => this.#frontEnd.leave(), { signal });
    document.addEventListener("visibilitychange", () => this.#look(), { signal });
    globalThis.addEventListener("hashchange", () => void this.#followAddress(), { signal });
    globalThis.addEventListener("beforeunload", (event) => {
      if (this.#frontEnd.isWaiting) event.preventDefault(); // The browser asks whether to leave.
    }, { signal });
    // A browser knows that it is offline before the connection does.
    globalThis.addEventListener("offline", () => this.#latest.connection?.close(), { signal });
    const timer = setInterval(() => void this.#listRooms(), ROOMS_MS);
    try {
      await this.#frontEnd.run();
    } finally {
      clearInterval(timer);
      this.#ended.abort();
      this.#showRecipient(undefined);
    }
  }

  /**
   * Begins with a room. The header of the page says what the line of a terminal says.
   *
   * @param {Extract<ChatEvent, { type: "connected" }>} event
   */
  #arrive(event) {
    this.#notes.reset(event);
    storage.setItem("room", event.room);
    showInAddress(event.room, this.#room);
    this.#room = event.room;
    queueMicrotask(() => void this.#listRooms());
    return [];
  }

  /**
   * @param {readonly Row[]} rows
   * @param {boolean} bell
   */
  #show(rows, bell) {
    this.#notes.append(rows.filter((row) => row.type !== "line" || row.text !== ""));
    const notes = rows.filter((row) => row.type === "note").map(({ note }) => note);
    if (bell && document.hidden) notify(notes, this.#frontEnd.transcript);
    this.#update();
  }

  /** Updates the header and the side. */
  #update() {
    const { transcript, connected } = this.#frontEnd;
    const room = escapeName(transcript.room ?? "");
    const { unseen } = this.#notes;
    here.textContent = room;
    showTopic(transcript.topic);
    document.title = unseen > 0 ? `(${unseen}) ${room}` : room;
    state.textContent = connected
      ? ""
      : "No connection. What you send now is sent when it is back.";
    this.#side.showPeople(transcript.members, transcript.name);
  }

  /** Lists the rooms. The answer also shows that the connection is alive. */
  async #listRooms() {
    const { connection } = this.#latest;
    const timer = setTimeout(() => connection?.close(), PATIENCE_MS);
    try {
      this.#side.showRooms(await this.#frontEnd.rooms(), this.#frontEnd.transcript.room);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error; // Without a connection the old list stays.
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {string} room */
  async #goTo(room) {
    input.focus();
    await this.#frontEnd.handle(`/join ${quoteName(room)}`);
  }

  /** Goes to the room in the address, which names the present one again if that fails. */
  async #followAddress() {
    const room = roomInAddress();
    if (!isSameName(room, this.#room)) await this.#goTo(room);
    const { room: now } = this.#frontEnd.transcript; // Unknown until the first news of a new room.
    if (now !== undefined) showInAddress(now, now);
  }

  /** @param {string} text */
  #write(text) {
    if (input.value === "") input.value = text;
    input.focus();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = input.value;
    if (text.trim() === "") return;
    typed.add(text);
    input.value = "";
    input.focus();
    this.#notes.follow(); // The note or the reason why it is refused appears at the end.
    this.#update();
    void this.#frontEnd.handle(text);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing) return; // The key chooses a character.
    if (event.key === "Enter" && event.altKey) return this.#breakRow(event);
    if (event.key === "Enter" && !event.shiftKey) return this.#submit(event);
    const { value, selectionStart, selectionEnd } = input;
    const place = event.key === "ArrowUp" && selectionEnd === 0
      ? typed.find(-1)
      : event.key === "ArrowDown" && selectionStart === value.length
      ? typed.find(1)
      : undefined;
    if (place === undefined) return;
    const found = typed.visit(place, { text: value }).text;
    event.preventDefault();
    input.value = found;
    const at = event.key === "ArrowUp" ? 0 : found.length;
    input.setSelectionRange(at, at);
  }

  /**
   * Starts a new row. Browsers do so at Shift-Enter only.
   *
   * @param {Event} event
   */
  #breakRow(event) {
    event.preventDefault();
    input.setRangeText("\n", input.selectionStart, input.selectionEnd, "end");
  }

  /** @param {string} text */
  #restore(text) {
    if (input.value !== "") return input.value === text;
    input.value = text;
    return true;
  }

  /**
   * Shows to whom typed lines go.
   *
   * @param {string | undefined} person
   */
  #showRecipient(person) {
    recipient.hidden = person === undefined;
    recipient.textContent = person === undefined ? "" : `@${person}`;
    input.placeholder = person === undefined ? EVERYBODY : "Privately, or /query";
  }

  /** The person looks at another page, or at this one again. */
  #look() {
    const wasHidden = this.#isHidden;
    this.#isHidden = document.hidden;
    if (document.hidden) {
      // What arrives from now on is not seen, even if the page is closed later.
      if (!wasHidden) void this.#frontEnd.saveReadMarker();
      return;
    }
    this.#notes.lookedBack();
    this.#update();
    void this.#listRooms();
  }

  async #showOlder() {
    const { oldest } = this.#notes;
    const { name, room = "" } = this.#frontEnd.transcript;
    if (this.#isLoading || !oldest) return;
    this.#isLoading = true;
    const { dial: _dial, onRetry: _onRetry, ...options } = this.#options;
    try {
      const older = await readOlder(oldest, {
        ...options,
        ...{ name: name ?? "", room, signal: this.#ended.signal },
        dial: (address) => new WebSocketConnection(address),
      });
      const notes = older.notes.filter((note) => !this.#frontEnd.ignored.has(note));
      if (this.#notes.oldest?.history === oldest.history) {
        this.#notes.prepend({ ...older, notes }, name);
      }
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (!(error instanceof ChatError)) throw error;
      this.#show([dimLine(remark(`no earlier notes: ${escapeText(errorMessage(error))}`))], false);
    } finally {
      this.#isLoading = false;
    }
  }
}
