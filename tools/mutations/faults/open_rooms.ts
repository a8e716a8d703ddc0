import type { FaultyFile } from "./fault.ts";

/** Faults in the rooms that a person has open. */
export const OPEN_ROOMS: readonly FaultyFile[] = [
  {
    file: "client/conversation/front_end.ts",
    tests: [
      "tests/unit/client/conversation/several_rooms_test.ts",
      "tests/unit/client/conversation/front_end_test.ts",
      "tests/unit/client/conversation/open_rooms_test.ts",
    ],
    faults: [
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
        seen: "lines that were not answered at the end are put back where nobody sees them",
      },
      {
        code: ".finally(() => this.#handling.delete(handled))",
        by: "",
        seen: "the program says at its end that lines wait which do not",
      },
      {
        code: 'if (typed.trim() === "") return;',
        by: "",
        seen: "Enter on an empty line says something",
      },
      {
        code: 'if (parsed.type === "error") return',
        by: "if (false) return",
        seen: "a line with a mistake does nothing",
      },
      {
        code: "!parsed.command.args.isMessage) {",
        by: "true) {",
        seen: "a refused /me is lost",
        tests: ["tests/unit/client/conversation/front_end_test.ts"],
      },
      {
        code: "} else if (this.#leaving) this.#unanswered.push(typed);",
        by: "} else if (this.#leaving) {}",
        seen: "lines that were not answered at the end are not reported",
      },
      {
        code: "isSameRecipient && this.openRooms.includes(room)",
        by: "this.openRooms.includes(room)",
        seen: "a refused private text is put back where it goes to everybody",
        tests: ["tests/unit/client/conversation/front_end_test.ts"],
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
        tests: ["tests/unit/client/conversation/front_end_test.ts"],
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
        by: "if (room && i === 0) this.#rooms.view(room);",
        seen: "a room that is slow to join takes the view from the one that was chosen since",
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
    file: "client/conversation/open_rooms.ts",
    tests: [
      "tests/unit/client/conversation/several_rooms_test.ts",
      "tests/unit/client/conversation/open_rooms_test.ts",
      "tests/unit/client/conversation/moves_test.ts",
    ],
    faults: [
      {
        code: "await this.saveReadMarker();",
        by: "",
        seen: "the last note seen is not stored when the program ends",
      },
      {
        code: "for (const room of this.#rooms) room.leave();",
        by: "",
        seen: "/quit leaves none of the rooms",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      { code: "if (open) return open;", by: "", seen: "a room is open twice" },
      {
        code: "this.#opening.delete(key);",
        by: "",
        seen: "a room that could not be joined can never be joined",
      },
      {
        code: "void this.#follow(room);\n    if",
        by: "if",
        seen: "nothing of a second room is ever shown",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "const done = this.#turn.then(run);",
        by: "const done = run();",
        seen: "a room is joined under a former name",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "this.#turn = done.catch(() => {});",
        by: "this.#turn = done;",
        seen: "after one refused room no other can be joined",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (this.#opening.has(foldName(name))) {",
        by: "if (false) {",
        seen: "a room is open twice",
      },
      {
        code: "this.#rooms.length + this.#opening.size >= MAX_OPEN_ROOMS",
        by: "this.#rooms.length + this.#opening.size > MAX_OPEN_ROOMS",
        seen: "one room more than allowed is open",
      },
      {
        code: "void this.saveReadMarker();",
        by: "",
        seen: "what was seen in a room is forgotten when another one is in view at the end",
      },
      {
        code: "this.#visited.filter((other) => other !== room), former",
        by: "this.#visited.filter((other) => other !== room)",
        seen: "after /part the wrong room is in view",
      },
      {
        code: "display.enter(room, room.missed.take());",
        by: "display.enter(room, []);",
        seen: "what was missed in a room is not shown",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (!room.connected && isNews) display",
        by: "if (false) display",
        seen: "a room without a connection does not say so",
      },
      {
        code: "if (room === this.#current) this.#options.display.show(rows);\n    else",
        by: "if (true) this.#options.display.show(rows);\n    else",
        seen: "what a search finds is shown in another room",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "room.leave();\n    this.#remove(room);",
        by: "this.#remove(room);",
        seen: "/part does not leave the room",
      },
      {
        code: "room === current || before === undefined) throw error;",
        by: "before === undefined) throw error;",
        seen: "an error of the room in view names the room",
      },
      {
        code: "const kept = await keepingName(renamed, before);",
        by: "const kept: string[] = [];",
        seen: "a name that one room refuses is kept in the others",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (!this.#rooms.includes(room)) return;\n    if (this",
        by: "if (this",
        seen: "a room that was left ends the program",
      },
      {
        code: "if (this.#rooms.length > 1) return this.#remove(room, failure);",
        by: "",
        seen: "a room that is removed ends the program",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (failure) this.#finished.reject(failure.error);",
        by: "if (false) this.#finished.reject(failure.error);",
        seen: "who is removed from the last room is not told why",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      { code: "this.#visited.at(-1) ??", by: "", seen: "after /part the wrong room is in view" },
      {
        code: "this.#visited = this.#visited.filter((other) => other !== room);\n    if",
        by: "if",
        seen: "after /part a closed room is in view",
      },
      {
        code: '...draft === "" ? [] : [',
        by: "...true ? [] : [",
        seen: "a line that was begun in a closed room is lost",
      },
      {
        code: "if (room === this.#current) display.show(news.rows);",
        by: "if (true) display.show(news.rows);",
        seen: "notes of all rooms are shown in the one in view",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (mention) display.show",
        by: "if (false) display.show",
        seen: "a private note in another room is not shown",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (news.bell) display.ring",
        by: "if (false) display.ring",
        seen: "the bell never rings",
      },
    ],
  },
  {
    file: "client/conversation/conversation.ts",
    tests: [
      "tests/unit/client/conversation/moves_test.ts",
      "tests/unit/client/conversation/several_rooms_test.ts",
      "tests/unit/client/conversation/open_rooms_test.ts",
    ],
    faults: [
      {
        code: "this.#next?.abort();",
        by: "",
        seen: "who leaves during a change of name waits for it",
      },
      {
        code: "this.#here.left.abort();",
        by: "",
        seen: "/quit does not leave",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "this.#saying.add(said);",
        by: "",
        seen: "a text that was said right before a change of name is refused",
      },
      {
        code: "if (this.#moving) {",
        by: "if (false) {",
        seen: "two changes of name at once confuse the room",
      },
      {
        code: "if (!this.#connected) throw",
        by: "if (false) throw",
        seen: "/nick without a connection waits without a word",
      },
      {
        code: "await Promise.allSettled(this.#saying);",
        by: "",
        seen: "a text that was said right before a change of name is refused",
      },
      {
        code: "if (this.#left || this.#ended) return;",
        by: "",
        seen: "who leaves during a change of name joins again",
      },
      {
        code: "...(after && { after }), ...to",
        by: "...to",
        seen: "after a change of name notes are shown twice",
      },
      {
        code: "if (rewind !== undefined) this.#rewind(rewind);",
        by: "",
        seen: "/history shows nothing",
      },
      {
        code: "else if (!this.#left) throw withoutAddress(error);",
        by: "",
        seen: "a refused change of name says nothing",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "this.#moving = undefined;",
        by: "",
        seen: "the name can be changed only once",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "this.#next = undefined;",
        by: "",
        seen: "after a change of name, a person who is removed is not told",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (location === this.#here) this.#handle(batch);",
        by: "this.#handle(batch);",
        seen: "after a change of name notes of the chat before are shown",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: 'if (type === "disconnected") this.#connected = false;',
        by: "",
        seen: "what is typed during an outage is not shown as waiting",
      },
      {
        code: "if (this.#connected) this.#arrived.resolve();",
        by: "",
        seen: "the other rooms of --room a,b are never opened",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (location !== this.#here) return;",
        by: "",
        seen: "a change of name ends the chat",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      {
        code: "if (!this.#next) this.#finish(error);",
        by: "this.#finish(error);",
        seen: "a change of name ends the chat",
      },
      { code: "this.#ended = false;", by: "", seen: "the second change of name does nothing" },
      {
        code: "left.abort();\n    void",
        by: "void",
        seen: "a person is there twice after /history",
      },
      {
        code: "void this.#follow(location);\n  }\n\n  #rewind",
        by: "}\n\n  #rewind",
        seen: "after a change of name nothing is shown any more",
        tests: ["tests/unit/client/conversation/open_rooms_test.ts"],
      },
      { code: "this.transcript.rewind();", by: "", seen: "/history shows only its first line" },
      {
        code: "error.cause instanceof ChatError ? error.cause : error",
        by: "error",
        seen: "a refused name is shown with the address of the server",
      },
    ],
  },
  {
    file: "client/conversation/place_markers.ts",
    tests: ["tests/unit/client/conversation/several_rooms_test.ts"],
    faults: [
      {
        code: "await this.#stored;",
        by: "",
        seen: "the last note seen is not stored when the program ends",
      },
    ],
  },
  {
    file: "client/conversation/batches.ts",
    tests: ["tests/unit/client/conversation/batches_test.ts"],
    faults: [
      {
        code: "if (!urgent && batch.length > 1) continue;",
        by: "if (batch.length > 1) continue;",
        seen: "a note after a join is shown late",
      },
      {
        code: "clearTimeout(timer);\n        timer",
        by: "timer",
        seen: "a burst of joins is several lines",
      },
      {
        code: "urgent ? 0 : maxDelayMs",
        by: "maxDelayMs",
        seen: "each note is shown a quarter of a second late",
      },
      { code: "ended = true;", by: "", seen: "a chat that has ended does not end the program" },
      { code: "batch = [];\n    if", by: "if", seen: "notes are shown again and again" },
      {
        code: "if (batch.length > 0) yield batch;",
        by: "",
        seen: "the last notes before the end are not shown",
        tests: [
          "tests/unit/client/conversation/batches_test.ts",
          "tests/unit/client/conversation/open_rooms_test.ts",
          "tests/unit/client/conversation/front_end_test.ts",
        ],
      },
      { code: "await collecting;", by: "", seen: "a person who is removed is not told why" },
    ],
  },
];
