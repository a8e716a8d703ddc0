import type { FaultyFile } from "./fault.ts";

/** Faults in the sessions of a client. */
export const CLIENT_SESSIONS: readonly FaultyFile[] = [
  {
    file: "client/session/session_chat.ts",
    tests: ["tests/wire/move_test.ts"],
    faults: [
      {
        code: "const stays = last === undefined && isSameName(room, this.#options.room);",
        by: "const stays = isSameName(room, this.#options.room);",
        seen: "/history shows nothing",
      },
    ],
  },
  {
    file: "client/session/incoming.ts",
    tests: ["tests/library/notes_test.ts"],
    faults: [
      { code: "this.#own.add(name);", by: "", seen: "one's own notes are not marked" },
      {
        code: "this.#positions.set(event, this.#received!);",
        by: "",
        seen: "after a move, notes are shown again",
        tests: ["tests/wire/move_test.ts"],
      },
      {
        code:
          "const { history, seq } = this.#received; // A read marker has a time too, which is no field.\n    return { after: { history, seq } };",
        by: "return { after: this.#received };",
        seen: "a client that returns with a read marker sends a field that is none",
        tests: ["tests/unit/client/session/incoming_test.ts"],
      },
    ],
  },
  {
    file: "client/session/connect.ts",
    tests: ["tests/wire/client_test.ts"],
    faults: [
      {
        code: 'if (event?.type === "disconnected") onRetry?.(event);',
        by: "",
        seen: "a person who waits for a server is not told why",
      },
      {
        code: "backlog.push(event);\n  const received",
        by: "const received",
        seen: "a chat does not say that it is connected",
      },
    ],
  },
  {
    file: "client/session/departure.ts",
    tests: ["tests/library/leave_test.ts"],
    faults: [
      {
        code: "this.#leaving && new ChatError",
        by: "new ChatError",
        seen: "nothing can be said at all",
      },
      {
        code: "return this.#leaving ??= this.#leave(timeoutMs);",
        by: "return this.#leave(timeoutMs);",
        seen: "who leaves twice waits for answers twice",
      },
      {
        code: "await Promise.race([this.#options.answered(), sleep(timeoutMs, answered.signal)]);",
        by: "",
        seen: "the last text before leaving is lost",
      },
    ],
  },
  {
    file: "client/session/original_chat.ts",
    tests: ["tests/wire/client_test.ts", "tests/wire/answers_test.ts"],
    faults: [
      {
        code: "if (last !== undefined) throw",
        by: "if (false) throw",
        seen: "/history shows nothing, and says nothing, on the original contract",
        tests: ["tests/library/original_contract_test.ts"],
      },
      {
        code: "connection.close();\n    }",
        by: "}",
        seen: "memory grows with each connection, on the original contract",
        tests: [
          "tests/wire/client_test.ts",
          "tests/wire/access/own_names_test.ts",
          "tests/wire/access/topic_test.ts",
        ],
      },
    ],
  },
  {
    file: "client/session/replay.ts",
    tests: ["tests/unit/client/session/replay_test.ts"],
    faults: [
      {
        code: "this.#position = 0;\n  }\n\n  /** Forgets",
        by: "}\n\n  /** Forgets",
        seen: "after an outage all notes are shown again, on the original contract",
      },
      {
        code: "Math.max(0, this.#digests.length - count)",
        by: "this.#digests.length",
        seen:
          "notes that nobody has seen are not shown after a change of name, on the original contract",
        tests: ["tests/unit/client/session/replay_test.ts", "tests/wire/answers_test.ts"],
      },
      {
        code: "if (!repeated) {",
        by: "if (false) {",
        seen: "notes of a server that was restarted are not shown, on the original contract",
      },
      {
        code: "this.#digests.length = this.#position;",
        by: "",
        seen: "after a restart of the server, notes are shown twice, on the original contract",
      },
      {
        code: "this.#position++;",
        by: "",
        seen: "after an outage all notes are shown again, on the original contract",
      },
      {
        code: "`${name.length}:${name}${message}`",
        by: "`${name}${message}`",
        seen: 'a note of "ab": "c" hides one of "a": "bc", on the original contract',
      },
    ],
  },
  {
    file: "client/session/own_notes.ts",
    tests: ["tests/unit/client/session/own_notes_test.ts"],
    faults: [
      {
        code: 'if (name !== "") this',
        by: "this",
        seen: "a reader takes notes without a name for its own",
      },
      {
        code: "verified === this.#hasKey &&",
        by: "",
        seen:
          "a bot takes the notes of a person without a key for its own, and does not answer them",
      },
      {
        code: "verified = this.#hasKey",
        by: "verified = !this.#hasKey",
        seen: "on an old server one's own notes are not marked",
      },
    ],
  },
  {
    file: "client/session/server_frame.ts",
    tests: ["tests/hostile/hostile_server_test.ts"],
    faults: [
      {
        code: "welcome?.head && welcome.roster",
        by: "welcome?.head",
        seen: "a hostile server ends the client",
      },
      {
        code: 'if (was) return { type: "renamed"',
        by: 'if (false) return { type: "renamed"',
        seen: "a new name is shown as somebody joining",
        tests: ["tests/wire/move_test.ts"],
      },
      {
        code: 'if (word === "unmute") yield',
        by: "if (false) yield",
        seen: "a person is not told that they may speak again",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
    ],
  },
];
