import { quoteName } from "../conversation/commands/arguments.ts";
import { renderPerson } from "../render/render.ts";
import { topicText } from "../render/topic.ts";
import { escapeName, guestName, isSameName } from "../../room/note.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import { element, make, styledElements, VIEW } from "./elements.js";

/** @import { RoomList } from "../../room/room_list.ts" */
/** @import { Conversation } from "../conversation/conversation.ts" */
/** @import { Person } from "../../room/person.ts" */

const people = element("people", HTMLElement);
const peopleTitle = element("people-title", HTMLElement);
const rooms = element("rooms", HTMLElement);
const openPart = element("open", HTMLElement);
const openRooms = element("open-rooms", HTMLElement);
const otherRoom = element("other-room", HTMLInputElement);
const showButton = element("show-side", HTMLButtonElement);

/**
 * The actions of a person at the side of the chat.
 *
 * @typedef {object} SideActions
 * @property {(text: string) => void} write Begins a line for the person to complete.
 * @property {(room: string) => void} goTo Goes to a room.
 * @property {(room: string) => void} part Leaves an open room.
 */

/** The people and the rooms at the side of the chat. */
export class Side {
  #actions;
  /** The people who are shown, and their number. */
  #shown = "";
  #count = 0;
  /** @type {RoomList} */
  #rooms = { rooms: [], more: 0 };
  /** @type {string | undefined} */
  #here;
  /** The open rooms that are shown, with their marks. */
  #open = "";

  /**
   * @param {SideActions} actions
   * @param {AbortSignal} signal Ends it.
   */
  constructor(actions, signal) {
    this.#actions = actions;
    element("go", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#act(() => actions.goTo(otherRoom.value.trim()));
      otherRoom.value = "";
    }, { signal });
    showButton.addEventListener("click", () => {
      showButton.ariaExpanded = showButton.ariaExpanded === "true" ? "false" : "true";
    }, { signal });
  }

  /**
   * Shows who is in the room.
   *
   * @param {readonly Person[]} members
   * @param {string | undefined} self
   */
  showPeople(members, self) {
    const shown = members.map(renderPerson).join("\n");
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#count = members.length;
    this.#updateRooms(); // They are listed now and then, and people come and go meanwhile.
    peopleTitle.textContent = `People (${members.length})`;
    replaceItems(
      people,
      members.map((person) => {
        const to = person.verified === false ? guestName(person.name) : person.name;
        const row = VIEW.style.name(renderPerson(person), person.name);
        const item = this.#item(row, () => this.#actions.write(`/msg ${quoteName(to)} `));
        if (isSameName(person.name, self)) item.firstElementChild?.append(" (you)");
        else item.firstElementChild?.setAttribute("title", "Write a private note");
        return item;
      }),
    );
  }

  /**
   * Shows the open rooms, if there are several, and what is new in those out of view.
   *
   * @param {readonly Conversation[]} open
   * @param {Conversation} current
   */
  showOpenRooms(open, current) {
    const marks = open.map(({ missed: { notes, mentions } }) =>
      mentions > 0 ? `@${formatNumber(mentions)}` : notes > 0 ? formatNumber(notes) : ""
    );
    const shown = JSON.stringify([open.map(({ room }) => room), marks, open.indexOf(current)]);
    if (shown === this.#open) return;
    this.#open = shown;
    openPart.hidden = open.length === 1;
    const news = marks.filter((mark) => mark !== "");
    const mark = news.find((mark) => mark.startsWith("@")) ?? news[0];
    showButton.textContent = `People and rooms${mark === undefined ? "" : ` (${mark})`}`;
    replaceItems(
      openRooms,
      open.map((conversation, i) => {
        const { room } = conversation;
        const item = this.#item(escapeName(room), () => this.#actions.goTo(room));
        const [button] = item.children;
        if (conversation === current) button?.setAttribute("aria-current", "page");
        if (marks[i]) button?.append(" ", make("span", marks[i], ["mark"]));
        const part = make("button", "×", ["part"]);
        part.type = "button";
        part.title = `Leave ${escapeName(room)}`;
        part.ariaLabel = part.title;
        part.addEventListener("click", () => this.#act(() => this.#actions.part(room)));
        item.append(part);
        return item;
      }),
    );
  }

  /**
   * Shows the rooms.
   *
   * @param {RoomList} list
   * @param {string | undefined} here The room that the person is in.
   */
  showRooms(list, here) {
    this.#rooms = list;
    this.#here = here;
    this.#updateRooms();
  }

  #updateRooms() {
    const { rooms: known, more } = this.#rooms;
    const items = known.map(({ name, members, topic }) => {
      const isHere = isSameName(name, this.#here);
      const label = `${escapeName(name)} (${isHere ? this.#count : members})`;
      const item = this.#item(label, () => this.#actions.goTo(name));
      if (isHere) item.firstElementChild?.setAttribute("aria-current", "page");
      if (topic !== "") item.firstElementChild?.setAttribute("title", topicText({ text: topic }));
      return item;
    });
    if (more > 0) items.push(make("li", `and ${formatCount(more, "more room")}`));
    replaceItems(rooms, items);
  }

  /**
   * @param {string} row
   * @param {() => void} onClick
   */
  #item(row, onClick) {
    const button = make("button");
    button.type = "button";
    button.append(...styledElements(row));
    button.addEventListener("click", () => this.#act(onClick));
    const item = make("li");
    item.append(button);
    return item;
  }

  /**
   * Acts, and covers the notes no more on a narrow screen.
   *
   * @param {() => void} action
   */
  #act(action) {
    showButton.ariaExpanded = "false";
    action();
  }
}

/**
 * Replaces the items of a list. The focus stays at its place.
 *
 * @param {HTMLElement} list
 * @param {readonly HTMLElement[]} items
 */
function replaceItems(list, items) {
  const focused = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...items);
  const [button] = items[Math.min(focused, items.length - 1)]?.children ?? [];
  if (button instanceof HTMLElement) button.focus();
}
