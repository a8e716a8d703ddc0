import type { FaultyFile } from "./fault.ts";

/** Faults in which rooms there are, and their topics. */
export const ROOM_LIST: readonly FaultyFile[] = [
  {
    file: "room/state/rooms.ts",
    tests: ["tests/files/rooms_test.ts"],
    faults: [
      {
        code:
          "while (this.#removing.has(key)) await this.#removing.get(key);\n    const createOrAwait",
        by: "const createOrAwait",
        seen: "who joins during a removal gets the room that is being removed",
      },
      { code: "entry.uses++;", by: "", seen: "a room disappears while somebody is in it" },
      {
        code: 'if (!this.#known.has(key)) throw new ChatError("missing"',
        by: 'if (false) throw new ChatError("missing"',
        seen: "the removal of a room that is not there says that it is removed",
      },
      {
        code: "if (!this.#store.followTopics) await this.#topics.settle();",
        by: "",
        seen: "a topic comes back in the next room of the name",
      },
      { code: "resolve();\n    }", by: "}", seen: "who joins during a removal waits for ever" },
      {
        code: "if (!entry || this.#rooms.get(key) !== entry) throw roomGone();",
        by: "",
        seen: "a topic is set in a room that is removed meanwhile",
      },
      {
        code: 'if (!this.has(name)) throw new ChatError("missing"',
        by: 'if (false) throw new ChatError("missing"',
        seen: "somebody who waits for a room makes it by its topic",
      },
      { code: 'checkNewName(name, "Room");', by: "", seen: "a room may be named like an address" },
      {
        code: "this.#known.checkNew(name);",
        by: "",
        seen: "there are more rooms than the bound says",
      },
      {
        code: "if (there) return there;",
        by: "",
        seen: "two people in one room do not see each other",
      },
      {
        code: "room.head > 0 || key === LOBBY",
        by: "key === LOBBY",
        seen: "a room disappears with all its notes when its last person leaves",
      },
      {
        code: "this.#open.close(room);\n    this.#known.remove(key);",
        by: "this.#known.remove(key);",
        seen: "a room that was made anew has two sets of people",
      },
      {
        code: "this.#known.remove(key);\n    await this.#store.remove",
        by: "await this.#store.remove",
        seen: "an empty room is listed for ever",
      },
      {
        code: "if (name !== undefined) return this.#known.addStored(key, name);",
        by: "if (name !== undefined) return;",
        seen: "a room made on another server is not listed",
        tests: [
          "tests/files/rooms_test.ts",
          "tests/unit/server/cluster/shared_sanctions_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "this.#options.onRemoved?.(spelling, words)",
        by: "undefined",
        seen: "people stay in a room that another server has removed",
        tests: [
          "tests/files/rooms_test.ts",
          "tests/unit/server/cluster/shared_sanctions_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "if (!this.#store.followRooms) this.#known.addStored(key, this.spelling(key));",
        by: "",
        seen: "a room with a topic disappears when its last person leaves",
      },
      {
        code: "void this.#rooms.get(key)?.room.then(announce, () => {});",
        by: "",
        seen: "people in a room do not see that its topic changes",
      },
      {
        code: "return foldName(name) || LOBBY;",
        by: "return foldName(name);",
        seen: "who names no room is not in the lobby",
      },
    ],
  },
  {
    file: "room/state/known_rooms.ts",
    tests: ["tests/files/rooms_test.ts"],
    faults: [
      {
        code: "this.#known.size - Number(this.#known.has(LOBBY)) < maxRooms",
        by: "this.#known.size < maxRooms",
        seen: "the lobby counts as one of the rooms that may be created",
      },
      {
        code: "this.#sorted = undefined;\n  }\n\n  /** Adds a room that is in the store.",
        by: "}\n\n  /** Adds a room that is in the store.",
        seen: "a new room is missing from the list",
      },
      {
        code: "this.#stored.add(key);",
        by: "",
        seen: "a room with a topic disappears when its last person leaves",
      },
      {
        code: 'checkCount(this.#awaited.size, this.#options.maxRooms, "readers");',
        by: "",
        seen: "readers may wait for any number of rooms",
      },
      {
        code: "if (count < max) return;",
        by: "if (count <= max) return;",
        seen: "readers wait for one room more than the bound says",
      },
      {
        code: "this.#awaited.delete(key);\n    this.#sorted = undefined;\n  }\n\n  /**\n   * Notes",
        by: "this.#sorted = undefined;\n  }\n\n  /**\n   * Notes",
        seen: "rooms that nobody waits for any more count as ones that readers wait for",
      },
    ],
  },
  {
    file: "room/state/open_rooms.ts",
    tests: ["tests/unit/room/open_rooms_test.ts"],
    faults: [
      {
        code: "this.#wakeups.notify();\n  }\n\n  /** Closes",
        by: "}\n\n  /** Closes",
        seen: "the server's output does not show the first notes of a new room",
        tests: ["tests/files/rooms_test.ts"],
      },
      { code: "room.close();", by: "", seen: "posts to a removed room are accepted" },
      {
        code: "this.#heads.delete(room);",
        by: "",
        seen: "retention goes on in rooms that are removed",
      },
      {
        code: "{ next: head + 1 }",
        by: "{ next: head }",
        seen: "the server's output shows an old note of each room",
      },
    ],
  },
  {
    file: "room/topics/topics.ts",
    tests: ["tests/files/rooms_test.ts"],
    faults: [
      {
        code: "if (this.#changing === changing) this.#changing = undefined;",
        by: "",
        seen: "memory of changes of topics that are over",
      },
      {
        code: "if (!this.#store.followTopics) this.#apply({ room, topic });",
        by: "",
        seen: "a topic is stored, and shown only after a restart",
      },
    ],
  },
  {
    file: "room/load_and_follow.ts",
    tests: ["tests/unit/room/load_and_follow_test.ts"],
    faults: [
      {
        code: "for (const change of early) onChange(change);",
        by: "",
        seen: "a change that another server makes during the start is missed",
      },
      { code: "isLoaded = true;", by: "", seen: "changes of other servers are missed" },
      {
        code: "await load();",
        by: "load();",
        seen: "changes of other servers are applied before what they change",
      },
    ],
  },
  {
    file: "room/room_list.ts",
    tests: ["tests/unit/room/room_list_test.ts"],
    faults: [
      {
        code: "b.members - a.members ||",
        by: "a.members - b.members ||",
        seen: "the emptiest rooms come first in the list",
      },
      {
        code: ".slice(0, MAX_LISTED_ROOMS);",
        by: ";",
        seen: "a list of very many rooms is larger than a frame",
      },
      {
        code: "if (rooms.length === MAX_LISTED_ROOMS) break;",
        by: "",
        seen: "a list of very many rooms is larger than a frame",
      },
      {
        code: "if (!members.has(name)) rooms.push",
        by: "rooms.push",
        seen: "rooms with people are listed twice",
      },
      {
        code: "more: names.length - rooms.length",
        by: "more: 0",
        seen: "the list does not say that there are more rooms",
      },
      {
        code: "chars.length > MAX_START_CHARS ?",
        by: "chars.length >= MAX_START_CHARS ?",
        seen: "a short topic is shown as if there were more of it",
      },
    ],
  },
];
