import type { FaultyFile } from "./fault.ts";

/** Faults in the people in a room, and the names that look alike. */
export const PEOPLE: readonly FaultyFile[] = [
  {
    file: "room/state/roster.ts",
    tests: ["tests/unit/room/roster_test.ts"],
    faults: [
      {
        code: "if (count > this.#changes.length) return undefined;",
        by: "if (count >= this.#changes.length) return undefined;",
        seen: "after each join everybody gets the whole roster instead of the change",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/wire/unlisted_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
        ],
      },
      {
        code: "return session?.key ?? session?.guest;",
        by: "return session?.key;",
        seen: "private notes cannot be sent to people without a key",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
      },
      {
        code: "before.attempt > session.attempt",
        by: "before.attempt >= session.attempt",
        seen: "a client that joins again is refused",
      },
      {
        code: "entry.holder.key === session.key;",
        by: "true;",
        seen: "another key takes a name that is in use",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_random_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
        ],
      },
      {
        code: "!isSameName(session.name, entry.name);",
        by: "true;",
        seen: "two keys have the same name in one room",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/wire/limits/limits_test.ts",
        ],
      },
      {
        code: "if (!before && this.#sessions.size >= maxMembers) {",
        by: "if (!before && this.#sessions.size > maxMembers) {",
        seen: "a room takes one member more than its bound",
      },
      {
        code: "before?.end(replacedError(before));",
        by: "",
        seen: "a session that was replaced goes on, and the person is there twice",
      },
      {
        code: "if (this.#sessions.get(clientKey(session)) !== session) return false;",
        by: "",
        seen: "the end of a replaced session removes the person who has joined again",
      },
      {
        code: "this.#sessions.delete(clientKey(session));",
        by: "",
        seen: "who leaves still counts as a member",
      },
      {
        code: "if (person.sessions.size === 0) {",
        by: "if (true) {",
        seen: "a person who ends one of two sessions vanishes from the roster",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_random_test.ts",
          "tests/unit/server/cluster/recheck_test.ts",
        ],
      },
      {
        code: "this.#names.delete(person.name);",
        by: "",
        seen: "the name of somebody who has left stays taken",
      },
      {
        code: "for (const { name } of this.#people) this.#names.delete(name);",
        by: "",
        seen: "after an outage between servers, names of people who are gone stay taken",
        tests: ["tests/unit/room/roster_test.ts", "tests/unit/server/cluster/presence_test.ts"],
      },
      {
        code: "this.#changes.length = 0;",
        by: "",
        seen: "after an outage between servers, people see joins and leaves that do not fit",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/unit/server/cluster/presence_loss_test.ts",
        ],
      },
      {
        code: "this.#version++;\n    this.#onChange();\n  }\n\n  #findPerson",
        by: "this.#onChange();\n  }\n\n  #findPerson",
        seen: "after an outage between servers, people see an old roster",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/unit/server/cluster/presence_loss_test.ts",
        ],
      },
      {
        code: "(person.sessions.size > 1 || this.#names.get(name))",
        by: "this.#names.get(name)",
        seen: "a person with two sessions who renames one loses the name in the other",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/wire/limits/repeated_post_test.ts",
        ],
      },
      {
        code: "if (name === was || person.sessions.size > 1) return;",
        by: "",
        seen: "a reconnect is shown as a change of name",
      },
      {
        code: "this.#names.delete(was);",
        by: "",
        seen: "a name that somebody has given up stays taken",
      },
      {
        code: 'joined: true, reason: "", was }',
        by: 'joined: true, reason: "" }',
        seen: "a new name is shown as somebody else joining",
      },
      {
        code: "if (this.#changes.length > MAX_CHANGES) this.#changes.shift();",
        by: "",
        seen: "memory grows with each join and leave",
      },
      {
        code: "verified: key !== undefined,",
        by: "verified: key === undefined,",
        seen: "everybody is shown with the mark of somebody else",
      },
      {
        code: "return `${key} ${client}`;",
        by: "return client;",
        seen: "who learns the secret of a client can throw out its session without the key",
      },
    ],
  },
  {
    file: "room/confusable.ts",
    tests: ["tests/unit/room/confusable_test.ts"],
    faults: [
      {
        code: ".add(foldIAndL(skeleton(lower)))",
        by: "",
        seen: "a name with l passes for one with I",
      },
      {
        code: "if (first !== lower) skeletons.add(skeleton(first));",
        by: "",
        seen: "a name that begins with I passes for one with l",
      },
      {
        code: "skeletons.add(skeleton(name.toUpperCase()));",
        by: "",
        seen: "a name in other capitals passes for another one",
      },
      {
        code: "return new Set(same ? [same, ...alike] : alike);",
        by: "return new Set(alike);",
        seen: "names that are the same do not count as alike",
        tests: [
          "tests/unit/room/confusable_test.ts",
          "tests/unit/server/cluster/recheck_test.ts",
          "tests/unit/room/roster_test.ts",
        ],
      },
      {
        code: "if (alike) alike.push(entry);",
        by: "if (alike) {}",
        seen: "of several names that look alike only one is protected",
      },
      {
        code: "this.#byFolded.delete(foldName(name));",
        by: "",
        seen: "a released name stays taken",
      },
      {
        code: "if (others.length > 0) this.#bySkeleton.set(skeleton, others);",
        by: "if (others.length > 1) this.#bySkeleton.set(skeleton, others);",
        seen: "the release of a name frees another one that looks like it",
      },
      {
        code: 'foldName(name) === foldName(entry.name) ? "" :',
        by: 'foldName(name) !== foldName(entry.name) ? "" :',
        seen: "an error does not say which name yours looks like",
        tests: [
          "tests/unit/room/confusable_test.ts",
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
        ],
      },
    ],
  },
];
