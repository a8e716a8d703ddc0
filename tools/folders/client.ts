import type { Folder } from "./folder.ts";

/** The folders of the client, from the bottom up. */
export const CLIENT: Readonly<Record<string, Folder>> = {
  "client": { about: "the interface that every front end uses", imports: ["room", "text"] },
  "client/render": {
    about: "from a note to text: colors, times, mentions, JSON",
    imports: ["client", "room", "text"],
  },
  "client/editor": {
    about: "the input line and the screen: keys in, rows out",
    imports: ["client/render", "room", "text"],
  },
  "client/profile": {
    about: "the files of a person: key, known servers, notes seen",
    imports: ["client", "platform", "proto/identity", "room", "text"],
  },
  "client/net": {
    about: "connecting: gRPC, TLS, trust, reconnecting",
    imports: ["client", "client/profile", "platform", "proto", "proto/identity", "room", "text"],
  },
  "client/session": {
    about: "a chat over the wire: sessions, and the two original calls",
    imports: [
      "client",
      "client/net",
      "client/profile",
      "proto",
      "proto/identity",
      "room",
      "room/search",
      "text",
    ],
  },
  "client/stream": {
    about: "chats without a terminal: send, tail, pipes",
    imports: ["client", "client/net", "client/render", "room", "text"],
  },
  "client/admin": {
    about: "calls for operators: backup, health, stats",
    imports: ["client", "client/net", "client/session", "proto", "room", "text"],
  },
  "client/conversation/commands": {
    about: "slash commands: entries, arguments, completion, help",
    imports: ["client", "client/editor", "client/render", "room", "room/search", "text"],
  },
  "client/conversation": {
    about: "the interactive chat, on a terminal or a page: open rooms, transcript, roster",
    imports: [
      "client",
      "client/conversation/commands",
      "client/profile",
      "client/render",
      "room",
      "room/search",
      "text",
    ],
  },
  "client/terminal": {
    about: "the interactive chat on a terminal",
    imports: [
      "client",
      "client/conversation",
      "client/conversation/commands",
      "client/editor",
      "client/profile",
      "client/render",
      "room",
      "text",
    ],
  },
  "client/web/storage": {
    about: "what the page keeps in the browser",
    imports: [
      "client",
      "client/conversation",
      "client/conversation/commands",
      "client/editor",
      "client/profile",
      "room",
    ],
  },
  "client/web": {
    about: "the page: the interactive chat in a browser",
    imports: [
      "client",
      "client/conversation",
      "client/conversation/commands",
      "client/editor",
      "client/net",
      "client/profile",
      "client/render",
      "client/session",
      "client/web/storage",
      "room",
      "text",
    ],
  },
  "client.ts": {
    about: "puts a client together",
    imports: ["client", "client/net", "client/profile", "client/session", "room", "text"],
  },
};
