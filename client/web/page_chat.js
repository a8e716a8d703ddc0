import { FrontEnd } from "../conversation/front_end.ts";
import { quoteName } from "../conversation/commands/arguments.ts";
import { isKept } from "../conversation/commands/is_kept.ts";
import { isOwn, remark } from "../render/render.ts";
import { dimLine } from "../render/row.ts";
import { LOCAL_ZONE } from "../render/time.ts";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { escapeName, isSameName } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";
import { roomInAddress, showInAddress } from "./address.js";
import { element } from "./elements.js";
import { IgnoredNames } from "./storage/ignored_names.ts";
import { joinRoom } from "./join_room.js";
import { NotesView } from "./notes_view.js";
import { notify } from "./notifications.js";
import { readOlder } from "./older_notes.ts";
import { OpenRoomsStore } from "./storage/open_rooms_store.ts";
import { SeenNotes } from "./storage/seen_notes.ts";
import { RoomPoll } from "./room_poll.js";
import { Side } from "./side.js";
import { SentTexts } from "./storage/sent_texts.ts";
import { storage, tabStorage } from "./storage/storage.js";
import { TextBox } from "./text_box.js";
import { showTopic } from "./topic.js";

/** @import { Conversation } from "../conversation/conversation.ts" */
/** @import { Display } from "../conversation/display.ts" */
/** @import { NoteRow, Row } from "../render/row.ts" */
/** @import { Connections } from "./connections.js" */
/** @import { Joined, Who } from "./join_room.js" */

const here = element("here", HTMLElement);
const state = element("state", HTMLElement);

/**
 * A chat on the page, from the join until the person leaves.
 *
 * @implements {Display}
 */
export class PageChat {
  #options;
  #connections;
  /** @type {FrontEnd} */
  #frontEnd;
  #poll;
  #ended = new AbortController();
  /** @type {Map<Conversation, NotesView>} */
  #views = new Map();
  /** The notes of the room in view. */
  #notes = this.#newView();
  #openRooms = new OpenRoomsStore(tabStorage);
  #sent = new SentTexts(storage);
  #box = new TextBox({
    onSend: (text) => this.#send(text),
    historyOf: ({ room }) =>
      this.#sent.historyOf(room, {
        isKept: (text) => isKept(text, this.#frontEnd.queried),
        onFailure: (error) => this.#frontEnd.reportFailure("keep what you type", error),
      }),
    signal: this.#ended.signal,
  });
  #side = new Side({
    write: (text) => this.#box.begin(text),
    goTo: (room) => void this.#goTo(room),
    part: (room) => void this.#frontEnd.handle(`/part ${room}`),
  }, this.#ended.signal);
  /** @type {string | undefined} The room in view, once the server has said its name. */
  #room;
  #isHidden = document.hidden;
  /** Whether older notes are on their way. */
  #isLoading = false;

  /**
   * Joins.
   *
   * @param {Who} who
   * @param {object} page
   * @param {Connections} page.connections Connects all rooms.
   * @param {(words: string) => void} page.onRetry Called with the reason of each attempt that fails.
   */
  static async join(who, page) {
    return new PageChat(await joinRoom(who, page), page.connections);
  }

  /**
   * @param {Joined} joined
   * @param {Connections} connections
   */
  constructor({ options, ...first }, connections) {
    this.#options = options;
    this.#connections = connections;
    const { addresses, room } = options;
    this.#frontEnd = new FrontEnd({ ...first, room }, {
      ...{ addresses, zone: LOCAL_ZONE, bell: "mention", quiet: false },
      moreRooms: this.#openRooms.read().filter((other) => !isSameName(other, room)),
      seen: new SeenNotes(storage),
      ignored: new IgnoredNames(storage),
    }, this);
    this.#poll = new RoomPoll({ frontEnd: this.#frontEnd, side: this.#side, connections });
  }

  #newView() {
    return new NotesView(() => void this.#showOlder());
  }

  /**
   * Chats until the person leaves.
   *
   * @throws {ChatError} when the server does not admit them any more.
   */
  async run() {
    const { signal } = this.#ended;
    element("leave", HTMLButtonElement)
      .addEventListener("click", () => this.#frontEnd.leave(), { signal });
    document.addEventListener("visibilitychange", () => this.#look(), { signal });
    globalThis.addEventListener("hashchange", () => void this.#followAddress(), { signal });
    globalThis.addEventListener("beforeunload", (event) => {
      if (this.#frontEnd.isWaiting) event.preventDefault(); // The browser asks whether to leave.
    }, { signal });
    this.#poll.run(signal);
    try {
      await this.#frontEnd.run();
      this.#openRooms.write([]); // The person has left all of them.
    } finally {
      this.#notes.leave();
      this.#ended.abort();
      this.#box.showRecipient(undefined);
    }
  }

  /** @param {readonly Row[]} rows */
  show(rows) {
    this.#arrive();
    this.#notes.append(rows.filter(isShown));
  }

  /**
   * @param {Conversation} room
   * @param {readonly NoteRow[]} notes
   */
  ring(room, notes) {
    if (document.hidden) notify(notes, room.room);
  }

  /**
   * @param {Conversation} room
   * @param {readonly Row[]} missed
   */
  enter(room, missed) {
    this.#box.enter(room);
    this.#notes.leave();
    this.#notes = this.#views.get(room) ?? this.#newView();
    this.#views.set(room, this.#notes);
    this.#arrive();
    this.#notes.enter(missed.filter(isShown));
    const { transcript } = room;
    if (transcript.room !== undefined) this.#present(transcript.room);
  }

  /** Begins with the notes of a room once the server has let the person in. */
  #arrive() {
    const { arrival } = this.#frontEnd.transcript;
    if (!arrival || !this.#notes.begin(arrival)) return;
    this.#present(arrival.room);
    queueMicrotask(() => void this.#poll.ask());
  }

  /**
   * Names the room in view in the address, and remembers it for the next visit.
   *
   * @param {string} room
   */
  #present(room) {
    storage.setItem("room", room);
    showInAddress(room, this.#room);
    this.#room = room;
  }

  /** @param {Conversation} room */
  forget(room) {
    this.#views.delete(room);
    return this.#box.forget(room);
  }

  /**
   * @param {string} text
   * @param {Conversation} room
   */
  restore(text, room) {
    return this.#box.restore(text, room);
  }

  /** @param {Conversation} room */
  typed(room) {
    return this.#box.textOf(room);
  }

  /** The header of the page says what the line of a terminal says. */
  header() {
    return [];
  }

  clear() {
    this.#notes.clear();
  }

  close() {
    this.#frontEnd.leave();
  }

  /** Updates the header and the side. */
  update() {
    const { transcript, connected, openRooms, current } = this.#frontEnd;
    const room = escapeName(transcript.room ?? "");
    const mentions = openRooms.reduce((sum, { missed }) => sum + missed.mentions, 0);
    const unseen = this.#notes.unseen + mentions;
    here.textContent = room;
    showTopic(transcript.topic);
    document.title = unseen > 0 ? `(${unseen}) ${room}` : room;
    this.#box.showRecipient(this.#frontEnd.queried);
    this.#side.showOpenRooms(openRooms, current);
    this.#openRooms.write([...openRooms.map(({ room }) => room), ...this.#frontEnd.roomsToOpen]);
    state.textContent = connected
      ? ""
      : "No connection. What you send now is sent when it is back.";
    this.#side.showPeople(transcript.members, transcript.name);
  }

  /** @param {string} room */
  async #goTo(room) {
    this.#box.begin("");
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
  #send(text) {
    this.#notes.follow(); // The note or the reason why it is refused appears at the end.
    this.update();
    void this.#frontEnd.handle(text);
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
    this.update();
    void this.#poll.ask();
  }

  async #showOlder() {
    const notes = this.#notes;
    const { oldest } = notes;
    const { name, room = "" } = this.#frontEnd.transcript;
    if (this.#isLoading || !oldest) return;
    this.#isLoading = true;
    const { dial: _dial, onRetry: _onRetry, ...options } = this.#options;
    try {
      const older = await readOlder(oldest, {
        ...options,
        ...{ name: name ?? "", room, signal: this.#ended.signal },
        dial: (address) => this.#connections.dial(address),
      });
      // They are asked for once more if the person has gone to another room meanwhile.
      const isHere = notes === this.#notes && notes.oldest?.history === oldest.history;
      const shown = older.notes.filter((note) =>
        isOwn(note, name) || !this.#frontEnd.ignored.has(note)
      );
      if (isHere) notes.prepend({ ...older, notes: shown }, name);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (!(error instanceof ChatError)) throw error;
      this.show([dimLine(remark(`no earlier notes: ${escapeText(errorMessage(error))}`))]);
    } finally {
      this.#isLoading = false;
    }
  }
}

/**
 * Whether a row is shown: the header of a room is not, which the page has elsewhere.
 *
 * @param {Row} row
 */
function isShown(row) {
  return row.type !== "line" || row.text !== "";
}
