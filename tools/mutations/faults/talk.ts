import type { FaultyFile } from "./fault.ts";

/** Faults in private notes, ignored people and typed commands. */
export const TALK: readonly FaultyFile[] = [
  {
    file: "client/conversation/correspondence.ts",
    tests: ["tests/unit/client/conversation/talk_test.ts"],
    faults: [
      { code: "this.update();\n", by: "\n", seen: "the prompt does not show whom a query is with" },
      {
        code: "this.#query && recipientOf(this.#query, this.#here())",
        by: "this.#query?.name",
        seen: "a private text reaches somebody else who has the name now",
      },
    ],
  },
  {
    file: "client/conversation/correspondent.ts",
    tests: ["tests/unit/client/conversation/talk_test.ts"],
    faults: [
      {
        code: "if (here) return toRecipient(here);",
        by: "",
        seen: "a query with a person without a key does not follow their new name",
      },
      {
        code: "if (verified !== true) {",
        by: "if (false) {",
        seen: "a private text reaches somebody else who has the name now",
      },
      {
        code: "if (!known) throw",
        by: "if (false) throw",
        seen: "a private text to somebody who is not there fails in the client",
        tests: [
          "tests/unit/client/conversation/talk_test.ts",
          "tests/unit/client/conversation/front_end_test.ts",
        ],
      },
      {
        code: "if (known.verified === true) return known.name;",
        by: "return known.name;",
        seen: "a private text reaches a person without the key that was meant",
      },
      {
        code: "guest !== undefined || person?.verified === false",
        by: "person?.verified === false",
        seen: "a query with ~ann is with the owner of the name",
      },
      {
        code: "if (isGuest && !(stay && person?.verified === false)) {",
        by: "if (false) {",
        seen: "a query with a person without a key who is not here reaches whoever comes",
      },
      {
        code: "verified === false ? guestName(name) : name",
        by: "name",
        seen: "an answer to a person without a key is sent to the owner of the name",
      },
      {
        code: "displayName((stay && room.at(stay)) ?? person)",
        by: "displayName(person)",
        seen: "the prompt shows an old name of the person that a query is with",
      },
    ],
  },
  {
    file: "client/conversation/front_end.ts",
    tests: [
      "tests/unit/client/conversation/several_rooms_test.ts",
      "tests/unit/client/conversation/front_end_test.ts",
      "tests/unit/client/conversation/open_rooms_test.ts",
    ],
    faults: [
      {
        code: "await this.ignored.load();",
        by: "",
        seen: "ignored people are shown after a restart",
      },
      { code: "void this.#openMore();", by: "", seen: "--room a,b opens only a" },
      { code: "await this.current.arrived;", by: "", seen: "--room a,b opens b before a" },
      {
        code: "if (!(error instanceof ChatError)) throw error;\n        this.print",
        by: "throw error;\n        this.print",
        seen: "a room of --room a,b that refuses keeps the others closed",
      },
      {
        code: "this.#leaving = true;",
        by: "",
        seen: "who leaves at the start of --room a,b,c joins c for a moment",
      },
      {
        code: "if (!room.connected) this.print",
        by: "if (false) this.print",
        seen: "what is typed during an outage vanishes without a word",
      },
      {
        code: 'if (where !== "" && room !== this.current) {',
        by: 'if (where !== "") {',
        seen: "an answer to another room is shown twice",
      },
      {
        code: 'to === undefined ? {} : { kind: "whisper", to }',
        by: "{}",
        seen: "what is typed in a query is read by everybody",
      },
      {
        code: "room.room);\n  }\n\n  get queried",
        by: "undefined);\n  }\n\n  get queried",
        seen: "an answer to a private note of another room goes to somebody in this room",
      },
      {
        code: "if (names.length === 1 && isSameName(names[0]!, this.transcript.room)) {",
        by: "if (false) {",
        seen: "/join of the room in view says nothing",
      },
      {
        code: "if (!this.connected && !names.every((name) => this.#rooms.named(name))) {",
        by: "if (false) {",
        seen: "/join without a connection waits without a word",
      },
      {
        code: "if (room && i === 0 && this.current === current) this.#rooms.view(room);",
        by: "if (room && this.current === current) this.#rooms.view(room);",
        seen: "/join a,b shows b",
      },
      {
        code: "if (this.openRooms.length === 1) {",
        by: "if (false) {",
        seen: "/part of the only room leaves nothing to see",
      },
      {
        code: "this.openRooms[number - 1]",
        by: "this.openRooms[number]",
        seen: "Alt-1 shows the second room",
      },
      {
        code: "this.#knownRooms = list.rooms",
        by: "void list.rooms",
        seen: "Tab does not complete the names of rooms",
      },
    ],
  },
  {
    file: "client/conversation/ignored_people.ts",
    tests: ["tests/unit/client/conversation/talk_test.ts"],
    faults: [
      {
        code: "this.#people.size >= MAX_IGNORED) {",
        by: "this.#people.size > MAX_IGNORED) {",
        seen: "one person more than allowed is ignored",
      },
      {
        code: "for (const key of keys) this.#people.delete(key);",
        by: "",
        seen: "/unignore has no effect",
      },
      {
        code: "...parseGuestName(name) ? [] : [guestName(foldName(name))]",
        by: "",
        seen: "/unignore ann leaves ~ann ignored",
      },
      {
        code: "if (removed.length > 0) await",
        by: "if (false) await",
        seen: "after a restart, people are ignored who were not any more",
        tests: [
          "tests/unit/client/conversation/talk_test.ts",
          "tests/unit/client/conversation/commands_test.ts",
        ],
      },
      {
        code: "if (!this.has(was) || this.has(now)",
        by: "if (this.has(now)",
        seen: "everybody who takes a new name is ignored",
      },
      {
        code: "if (was.verified !== true) return this.#set(guestName(name), true);",
        by: "",
        seen: "the new name of a person without a key is stored as ignored for ever",
      },
      {
        code: "&& this.#people.get(key)?.isFollowed) this",
        by: ") this",
        seen: "an ignored person without a key is not ignored after they return",
      },
      {
        code: "await this.#store({ add: [name] });",
        by: "",
        seen: "ignored people are shown after a restart",
      },
    ],
  },
  {
    file: "client/conversation/last_private_note.ts",
    tests: ["tests/unit/client/conversation/talk_test.ts"],
    faults: [
      {
        code: "if (last && !note.live && !isNewer(received, last)) return;",
        by: "",
        seen: "/reply answers an old note that was shown after a newer one",
      },
      {
        code: "if (last && !isSamePerson(received, last)) this.#overtake(last);",
        by: "",
        seen: "/reply answers somebody who wrote while it was typed",
      },
      { code: "this.#overtaken.delete(from);", by: "", seen: "/reply asks twice" },
      {
        code: "if (!last) throw",
        by: "if (false) throw",
        seen: "/reply without a note fails in the client",
      },
      {
        code: "if (overtaken && text.startsWith(overtaken.text)) {",
        by: "if (overtaken) {",
        seen: "/reply asks about an answer that was begun after the last note",
      },
      {
        code: "if (!this.#options.rooms().includes(room)) {",
        by: "if (false) {",
        seen: "/reply answers into a room that is closed",
      },
      {
        code: "if (note.time !== last.time) return note.time > last.time;",
        by: "",
        seen: "/reply answers an old note of another room",
      },
      {
        code: "note.room !== last.room || note.seq > last.seq",
        by: "note.seq > last.seq",
        seen: "after a room is joined again, /reply says that it is closed",
      },
      {
        code: "&& !this.#overtaken.has(room)) {",
        by: ") {",
        seen: "/reply names a wrong person when two have written meanwhile",
      },
      {
        code:
          "const isKnown = a.room === b.room || (a.author.verified === true && b.author.verified === true);",
        by: "const isKnown = true;",
        seen: "/reply takes people without a key in two rooms for one",
      },
    ],
  },
  {
    file: "client/conversation/commands/is_kept.ts",
    tests: ["tests/unit/client/input_histories_test.ts"],
    faults: [
      {
        code: "return queried === undefined;",
        by: "return true;",
        seen: "private texts are kept in a file",
      },
      {
        code: "return !isPrivate &&",
        by: "return true &&",
        seen: "private texts are kept in a file",
      },
      {
        code: 'case "error":\n      return false;',
        by: 'case "error":\n      return true;',
        seen: "private texts with a mistake are kept in a file",
      },
    ],
  },
  {
    file: "client/conversation/commands/parse_line.ts",
    tests: ["tests/unit/client/conversation/commands_test.ts"],
    faults: [
      {
        code:
          "if (indented !== undefined && suggestCommand(SLASH_COMMANDS, indented) !== undefined) {",
        by: "if (false) {",
        seen: "a command with a space before it is said to everybody",
      },
      {
        code: 'if (line.startsWith("//")) return',
        by: "if (false) return",
        seen: "a text that begins with a slash cannot be said",
      },
      {
        code: "if (!command) throw",
        by: "if (false) throw",
        seen: "a command that does not exist fails in the client",
      },
      {
        code: "escapeText(error.message) + usage",
        by: "error.message + usage",
        seen: "what is typed drives the terminal",
      },
    ],
  },
  {
    file: "client/conversation/commands/arguments.ts",
    tests: ["tests/unit/client/conversation/commands_test.ts"],
    faults: [
      {
        code: 'if (typed.trim() === "") return undefined;',
        by: "return undefined;",
        seen: "/quit with a text quits",
      },
      {
        code: 'typed.replace(/^\\s*#/, ""), "Room"',
        by: 'typed, "Room"',
        seen: "/join #dev is refused",
      },
      {
        code: "checkName(parseGuestName(name) ?? name, what);",
        by: "checkName(name, what);",
        seen: "/msg ~ann is refused",
        tests: [
          "tests/unit/client/conversation/commands_test.ts",
          "tests/unit/client/conversation/several_rooms_test.ts",
        ],
      },
      {
        code: 'quoted === undefined ? plain ?? "" : unquote(quoted)',
        by: 'plain ?? ""',
        seen: "a name in quotes is missing",
      },
      {
        code: 'if (text.trim() === "") throw',
        by: "if (false) throw",
        seen: "/msg ann says nothing to ann",
      },
      { code: "characters.length > 40 ?", by: "false ?", seen: "an error fills the screen" },
    ],
  },
  {
    file: "client/conversation/commands/open_room.ts",
    tests: [
      "tests/unit/client/conversation/several_rooms_test.ts",
      "tests/unit/client/conversation/commands_test.ts",
    ],
    faults: [
      {
        code: "rooms[Number(typed) - 1]",
        by: "rooms[Number(typed)]",
        seen: "/room 1 shows the second room",
      },
      {
        code: "if (begun.length === 1) return begun[0]!;",
        by: "if (begun.length >= 1) return begun[0]!;",
        seen: "/room d shows any room that begins with d",
      },
      {
        code: "if (begun.length === 0) {",
        by: "if (false) {",
        seen: "a room that is not open is called the start of several",
      },
    ],
  },
  {
    file: "client/conversation/commands/find_recipient.ts",
    tests: ["tests/unit/client/conversation/commands_test.ts"],
    faults: [
      {
        code: "if (found !== undefined) return found;",
        by: "",
        seen: "/msg ann is refused though she is here",
      },
    ],
  },
];
