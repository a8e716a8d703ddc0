import type { FaultyFile } from "./fault.ts";

/** Faults in the rooms that a person has open. */
export const OPEN_ROOMS: readonly FaultyFile[] = [
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
        code: "for (const opening of this.#opening.values()) opening.abort();",
        by: "",
        seen: "who leaves while a room is being joined waits for it",
      },
      {
        code: "for (const room of this.#rooms) room.leave();",
        by: "",
        seen: "/quit leaves none of the rooms",
      },
      { code: "if (open) return open;", by: "", seen: "a room is open twice" },
      {
        code: "if (this.#left) return undefined;",
        by: "",
        seen: "who leaves while a room is being joined is shown an error",
      },
      {
        code: "this.#opening.delete(key);",
        by: "",
        seen: "a room that could not be joined can never be joined",
      },
      {
        code: "void this.#follow(room);\n    if",
        by: "if",
        seen: "nothing of a second room is ever shown",
      },
      {
        code: "const done = this.#turn.then(run);",
        by: "const done = run();",
        seen: "a room is joined under a former name",
      },
      {
        code: "this.#turn = done.catch(() => {});",
        by: "this.#turn = done;",
        seen: "after one refused room no other can be joined",
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
        code: "if (!room.connected && isNews) display",
        by: "if (false) display",
        seen: "a room without a connection does not say so",
      },
      {
        code: "if (room === this.#current) this.#options.display.show(rows);\n    else",
        by: "if (true) this.#options.display.show(rows);\n    else",
        seen: "what a search finds is shown in another room",
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
      },
      {
        code: "if (failure) this.#finished.reject(failure.error);",
        by: "if (false) this.#finished.reject(failure.error);",
        seen: "who is removed from the last room is not told why",
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
      },
      {
        code: "if (mention) display.show",
        by: "if (false) display.show",
        seen: "a private note in another room is not shown",
      },
      {
        code: "const isFirst = room.missed.mentions === 0;",
        by: "const isFirst = true;",
        seen: "each mention in another room is a line",
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
      { code: "this.#here.left.abort();", by: "", seen: "/quit does not leave" },
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
      },
      { code: "this.#moving = undefined;", by: "", seen: "the name can be changed only once" },
      {
        code: "this.#next = undefined;",
        by: "",
        seen: "after a change of name, a person who is removed is not told",
      },
      {
        code: "if (location === this.#here) this.#handle(batch);",
        by: "this.#handle(batch);",
        seen: "after a change of name notes of the chat before are shown",
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
      },
      {
        code: "if (location !== this.#here) return;",
        by: "",
        seen: "a change of name ends the chat",
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
        by: "",
        seen: "joins and leaves that go on for long are never shown",
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
