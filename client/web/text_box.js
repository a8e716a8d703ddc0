import { History } from "../editor/history.ts";
import { element } from "./elements.js";

/** @import { Conversation } from "../conversation/conversation.ts" */

const input = element("text", HTMLTextAreaElement);
const recipient = element("recipient", HTMLElement);

/** The hint in an empty box, if it goes to everybody. */
const EVERYBODY = input.placeholder;

/**
 * What a person has typed in an open room.
 *
 * @typedef {object} Typed
 * @property {History} history The texts that were sent there.
 * @property {string} draft The text begun there, while the room is out of view.
 */

/** The box for messages. Each room has its own draft and history. */
export class TextBox {
  /** @type {Map<Conversation, Typed>} */
  #rooms = new Map();
  /** @type {Typed} Of the room in view. */
  #typed = { history: new History(), draft: "" };
  #options;

  /**
   * @param {object} options
   * @param {(text: string) => void} options.onSend Called with each text that is sent.
   * @param {(room: Conversation) => History} options.historyOf Makes the history of a room. Each
   * text is added to it before it is sent.
   * @param {AbortSignal} options.signal Ends it.
   */
  constructor(options) {
    this.#options = options;
    const { signal } = options;
    input.value = "";
    input.addEventListener("keydown", (event) => this.#press(event), { signal });
    element("say", HTMLFormElement)
      .addEventListener("submit", (event) => this.#submit(event), { signal });
  }

  /**
   * Goes on with what was typed in another room.
   *
   * @param {Conversation} room
   */
  enter(room) {
    this.#typed.draft = input.value;
    this.#typed = this.#rooms.get(room) ??
      { history: this.#options.historyOf(room), draft: "" };
    this.#rooms.set(room, this.#typed);
    input.value = this.#typed.draft;
  }

  /**
   * Forgets a room; returns the text begun there.
   *
   * @param {Conversation} room
   */
  forget(room) {
    const draft = this.#rooms.get(room)?.draft ?? "";
    this.#rooms.delete(room);
    return draft;
  }

  /**
   * Puts a text back into an empty box; returns whether it is there.
   *
   * @param {string} text
   * @param {Conversation} room
   */
  restore(text, room) {
    const typed = this.#rooms.get(room);
    if (!typed) return false;
    const isHere = typed === this.#typed;
    const present = isHere ? input.value : typed.draft;
    if (present !== "") return present === text;
    if (isHere) input.value = text;
    else typed.draft = text;
    return true;
  }

  /**
   * Returns the text begun in a room.
   *
   * @param {Conversation} room
   */
  textOf(room) {
    const typed = this.#rooms.get(room);
    return typed === this.#typed ? input.value : typed?.draft ?? "";
  }

  /**
   * Shows the recipient of texts.
   *
   * @param {string | undefined} person
   */
  showRecipient(person) {
    recipient.hidden = person === undefined;
    recipient.textContent = person === undefined ? "" : `@${person}`;
    input.placeholder = person === undefined ? EVERYBODY : "Privately, or /query";
  }

  /**
   * Begins a text for the person to complete, unless there is one.
   *
   * @param {string} text
   */
  begin(text) {
    if (input.value === "") input.value = text;
    input.focus();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = input.value;
    if (text.trim() === "") return;
    this.#typed.history.add(text, text);
    input.value = "";
    input.focus();
    this.#options.onSend(text);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing) return; // The key chooses a character.
    if (event.key === "Enter" && event.altKey) return this.#breakRow(event);
    if (event.key === "Enter" && !event.shiftKey) return this.#submit(event);
    const { value, selectionStart, selectionEnd } = input;
    const { history } = this.#typed;
    const place = event.key === "ArrowUp" && selectionEnd === 0
      ? history.find(-1)
      : event.key === "ArrowDown" && selectionStart === value.length
      ? history.find(1)
      : undefined;
    if (place === undefined) return;
    const found = history.visit(place, { text: value }).text;
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
}
