/**
 * The page of the chat: a front end like the terminal, out of the same parts, which the browser
 * loads from `/modules/`. `page.html` has the elements that they find by their ids.
 *
 * @module
 */

import { LOBBY } from "../../room/defaults.ts";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { keyFingerprint, shortKey } from "../../room/identity.ts";
import { escapeName, isSameName } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";
import { roomInAddress } from "./address.js";
import { Connections } from "./connections.js";
import { element } from "./elements.js";
import { loadIdentity } from "./key.js";
import { canAskToNotify } from "./notifications.js";
import { PageChat } from "./page_chat.js";
import { OpenRoomsStore } from "./storage/open_rooms_store.ts";
import { storage, tabStorage } from "./storage/storage.js";

const entrance = element("entrance", HTMLElement);
const chat = element("chat", HTMLElement);
const form = element("join", HTMLFormElement);
const nameField = element("name", HTMLInputElement);
const roomField = element("room", HTMLInputElement);
const moreRooms = element("more-rooms", HTMLElement);
const password = element("password-field", HTMLElement);
const passwordField = element("password", HTMLInputElement);
const enterButton = element("enter", HTMLButtonElement);
const trouble = element("trouble", HTMLElement);
const notifyButton = element("notify", HTMLButtonElement);

const connections = new Connections();

/** The person's key; undefined if the browser has none for this page. */
const identity = await loadIdentity();

/** Joins as the form says, and chats until the person is back at the form. */
async function enter() {
  const who = {
    name: nameField.value.trim(),
    room: roomField.value.trim(),
    password: passwordField.value,
    identity,
  };
  enterButton.disabled = true;
  trouble.textContent = "";
  try {
    const page = await PageChat.join(who, {
      connections,
      onRetry: (words) => trouble.textContent = words,
    });
    storage.setItem("name", who.name);
    trouble.textContent = "";
    show(chat);
    element("text", HTMLTextAreaElement).focus();
    await page.run();
  } catch (error) {
    explain(error);
  }
  enterButton.disabled = false;
  nameRoom(storage.getItem("room") ?? LOBBY);
  document.title = "Chat";
  show(entrance);
  (password.hidden ? enterButton : passwordField).focus();
}

/**
 * Writes a room into the form.
 *
 * @param {string} room
 */
function nameRoom(room) {
  roomField.value = room;
  showMoreRooms();
}

/** Shows the rooms that open with the one in the form, because they were open in this tab before. */
function showMoreRooms() {
  const room = roomField.value.trim();
  const more = new OpenRoomsStore(tabStorage).read().filter((other) => !isSameName(other, room));
  moreRooms.hidden = more.length === 0;
  moreRooms.textContent = `Also opens: ${more.map(escapeName).join(", ")}`;
}

/** @param {HTMLElement} part */
function show(part) {
  entrance.hidden = part !== entrance;
  chat.hidden = part !== chat;
}

/**
 * Shows why there is no chat.
 *
 * @param {unknown} error
 */
function explain(error) {
  if (!(error instanceof ChatError)) reportError(error);
  // The reason of the server, without its address, which is that of the page.
  const reason = error instanceof ChatError && error.cause instanceof ChatError
    ? error.cause
    : error;
  trouble.textContent = escapeText(errorMessage(reason));
  if (!(error instanceof ChatError && error.code === "unauthenticated")) return;
  password.hidden = false;
  passwordField.value = "";
}

/** Says whether others can know who the person is. */
async function introduce() {
  const words = identity
    ? `Your name belongs to a key of this browser (${
      shortKey(await keyFingerprint(identity.publicKey))
    }…): nobody else can use it.`
    : isSecureContext
    ? "This browser has no key for you: anybody can use your name, so it is shown with a ~."
    : "This page is not on a secure connection, so you have no key: anybody can use your name, " +
      "and it is shown with a ~.";
  element("identity", HTMLElement).textContent = words;
  element("me", HTMLElement).textContent = words;
}

function updateNotifyButton() {
  notifyButton.hidden = !canAskToNotify();
}

nameField.value = storage.getItem("name") ?? "";
nameRoom(roomInAddress() || (storage.getItem("room") ?? LOBBY));
globalThis.addEventListener("hashchange", () => nameRoom(roomInAddress() || roomField.value));
roomField.addEventListener("input", showMoreRooms);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void enter();
});
notifyButton.addEventListener("click", () => {
  void Notification.requestPermission().then(updateNotifyButton);
});
updateNotifyButton();
await introduce();
enterButton.disabled = false;
nameField.focus();
