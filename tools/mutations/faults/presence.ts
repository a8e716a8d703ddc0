import type { FaultyFile } from "./fault.ts";

/** Faults in who is in a room, as a person sees it. */
export const PRESENCE: readonly FaultyFile[] = [
  {
    file: "client/conversation/roster.ts",
    tests: ["tests/unit/client/conversation/transcript_test.ts"],
    faults: [
      {
        code: "({ name }) => name).reverse();",
        by: "({ name }) => name);",
        seen: "Tab offers those first who have spoken longest ago",
      },
      {
        code: "return [...names.values()].filter((name) => !this.isSelf(name));",
        by: "return [...names.values()];",
        seen: "Tab offers one's own name",
      },
      {
        code: "verified === false);",
        by: "true);",
        seen: "Tab offers ~ann for people with a key",
      },
      {
        code: "this.#members.get(key) ?? this.#speakers.get(key)",
        by: "this.#members.get(key)",
        seen: "somebody who has left cannot be answered",
        tests: [
          "tests/unit/client/conversation/transcript_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
        ],
      },
      {
        code: "this.#speakers.delete(key); // Otherwise it would keep its old place.",
        by: "",
        seen: "Tab offers those last who have just spoken again",
      },
      {
        code: "if (this.#speakers.size > MAX_SPEAKERS) {",
        by: "if (false) {",
        seen: "memory grows with each speaker",
      },
      {
        code: "this.#beginStays();\n        return changes;",
        by: "return changes;",
        seen: "a query goes on with another person after changes were missed",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      {
        code: "this.#stays.set(foldName(event.name), Symbol());",
        by: "",
        seen: "nobody who joins later can be talked with",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      {
        code: "this.#stays.delete(foldName(event.name));",
        by: "",
        seen: "a query with the owner of a name who has just left is refused",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      {
        code: "this.#members.delete(foldName(event.name));",
        by: "",
        seen: "who has left is still in /who",
      },
      {
        code: "if (this.isSelf(event.was)) this.#self = event.name;",
        by: "",
        seen: "after a change of name by another session, one's own notes ring the bell",
      },
      {
        code: "return known ? [] : [event];",
        by: "return [event];",
        seen: "a change of name is shown twice",
      },
      {
        code: "return this.isSelf(event.name) ? [] : [event];",
        by: "return [event];",
        seen: "one's own join is shown",
      },
      {
        code: "this.stayOf(event.was) ?? Symbol()",
        by: "Symbol()",
        seen: "a query does not follow a new name",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      {
        code: "!this.#members.has(key));",
        by: "true);",
        seen: "after changes were missed, everybody is shown as joining",
      },
      {
        code: "!is.has(key));",
        by: "false);",
        seen: "after changes were missed, people who have left stay in /who",
      },
      {
        code: "key === before || key !== now);",
        by: "true);",
        seen: "Tab offers the latest speaker late, if an earlier one had the same name",
      },
    ],
  },
  {
    file: "client/conversation/presence_summary.ts",
    tests: ["tests/unit/client/conversation/transcript_test.ts"],
    faults: [
      {
        code: "before === undefined && now !== undefined",
        by: "now !== undefined",
        seen: "a new name is shown as a join, too",
      },
      {
        code: "before !== undefined && now === undefined",
        by: "now === undefined",
        seen: "somebody who has come and gone is shown as having left",
      },
      {
        code: "now.name !== before.name",
        by: "true",
        seen: "a person who reconnects is shown with a new name",
      },
      {
        code: "if (all.length <= MAX_NAMED) return all.map(describe);",
        by: "if (all.length < MAX_NAMED) return all.map(describe);",
        seen: "of three people one is only counted",
        tests: [
          "tests/unit/client/conversation/presence_summary_test.ts",
          "tests/unit/client/conversation/transcript_test.ts",
        ],
      },
      {
        code: "gone.delete(key);",
        by: "",
        seen: "somebody who left, came back and left again is not shown",
        tests: [
          "tests/unit/client/conversation/presence_summary_test.ts",
          "tests/unit/client/conversation/transcript_test.ts",
        ],
      },
      {
        code: "people.length - named.length",
        by: "people.length",
        seen: '"ann, bob and 16 others" joined who were 16 in all',
      },
      {
        code: 'reason === "left" || reason === "" ? "" :',
        by: "",
        seen: "somebody who simply left has a reason",
      },
    ],
  },
  {
    file: "client/conversation/replay_detector.ts",
    tests: ["tests/unit/client/conversation/transcript_test.ts"],
    faults: [
      {
        code: "return seq > this.#headSeq;",
        by: "return seq >= this.#headSeq;",
        seen: "the bell rings for a note of before",
      },
      {
        code: "if (now - this.#heardAt >= REPLAY_PAUSE_MS) this.#replaying = false;",
        by: "",
        seen: "the bell never rings, on the original contract",
      },
      {
        code: "this.#heardAt = now;\n    return",
        by: "return",
        seen: "the bell rings for the old notes of a slow server, on the original contract",
      },
      {
        code: 'this.#replaying = contract === "original";',
        by: "",
        seen: "the bell rings for each old note, on the original contract",
      },
    ],
  },
];
