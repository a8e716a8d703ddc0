import type { FaultyFile } from "./fault.ts";

/** Faults in the sessions of a server. */
export const SERVER_SESSIONS: readonly FaultyFile[] = [
  {
    file: "server/session/answers.ts",
    tests: ["tests/unit/server/answers_test.ts"],
    faults: [
      {
        code: "return this.#maxInFlight - this.#inFlight;",
        by: "return this.#maxInFlight;",
        seen: "a session has more unanswered posts than the bound says",
      },
      {
        code: "this.#refusals.push(refusal);\n    this.#onDue();",
        by: "this.#refusals.push(refusal);",
        seen: "an author learns that a note is refused only when something else happens",
      },
      {
        code: "this.#outcomes.push(outcome);\n    this.#onDue();",
        by: "this.#outcomes.push(outcome);",
        seen: "an order is answered only when something else happens",
      },
      {
        code: "while (this.#found.length > 0) await",
        by: "if (false) await",
        seen: "a search is faster than its peer reads, and fills the memory",
      },
      {
        code: "this.#inFlight -= count + lists +",
        by: "this.#inFlight -= count +",
        seen: "a session that asks for the list of rooms often gets no more answers",
      },
      {
        code: "return this.#inFlight === 0;",
        by: "return true;",
        seen: "a client that has ended its side does not get the last answers",
      },
    ],
  },
  {
    file: "server/session/draft.ts",
    tests: ["tests/unit/server/draft_test.ts"],
    faults: [
      {
        code: 'if (name === "") throw',
        by: "if (false) throw",
        seen: "a reader without a name posts",
      },
      {
        code: "checkMessage(message, maxNoteBytes);",
        by: "",
        seen: "a note is larger than the server allows",
      },
      {
        code: "checkRecipient(kind, to);",
        by: "",
        seen: "a note to everybody says that it is private",
      },
      {
        code: "author !== undefined && isKey(author)",
        by: "author !== undefined",
        seen: "people without a key are shown as if they had proven one",
      },
      {
        code: "return identity === undefined || isKey(identity)\n    ? { to: guest }",
        by: "return identity === undefined\n    ? { to: guest }",
        seen: "a private note to ~ann reaches the owner of the name",
      },
    ],
  },
  {
    file: "server/session/leave_reason.ts",
    tests: ["tests/unit/server/leave_reason_test.ts"],
    faults: [
      {
        code: "if (end === undefined) return LEFT;\n  return end instanceof ChatError ? REASONS",
        by: "return end instanceof ChatError ? REASONS",
        seen: "who leaves is shown as lost by an error of the server",
      },
      {
        code: "REASONS[end.code] ?? end.message",
        by: "end.message",
        seen: "people in a room see words that were for the client alone",
      },
    ],
  },
  {
    file: "server/session/original.ts",
    tests: ["tests/wire/access/gate_test.ts"],
    faults: [
      {
        code: "checkOpen(gate);\n  const room",
        by: "const room",
        seen: "anybody reads a server that is for members",
      },
      {
        code: 'sanctions.check("ban", reader);',
        by: "",
        seen: "a banned person reads with an older client",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "checkName(name);",
        by: "",
        seen: "an older client writes under a name that drives terminals",
        tests: ["tests/wire/contract_test.ts"],
      },
    ],
  },
  {
    file: "server/session/posts.ts",
    tests: ["tests/wire/private_note_test.ts"],
    faults: [
      {
        code: 'sanctions.check("mute", session);',
        by: "",
        seen: "a muted person posts",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: 'draft.kind !== "whisper" || draft.reader !== undefined',
        by: "true",
        seen: "a private note to nobody is acknowledged",
      },
      {
        code: "if (seq === undefined) throw",
        by: "if (true) throw",
        seen:
          "a private note that is sent again after its recipient left is refused, though it is stored",
      },
      {
        code: "retry_ms === undefined ? refusal : { ...refusal, retry_ms }",
        by: "refusal",
        seen: "a client that is too fast does not know when it may try again",
        tests: ["tests/wire/limits/rate_test.ts"],
      },
      {
        code: "names.findOwner(name) ?? this",
        by: "this",
        seen: "a private note to the owner of a name who is away is refused",
      },
    ],
  },
  {
    file: "server/session/set_topic.ts",
    tests: ["tests/wire/access/topic_test.ts"],
    faults: [
      {
        code: "if (unlisted) throw",
        by: "if (false) throw",
        seen: "somebody who is not in the room sets its topic",
      },
      { code: "checkTopic(text);", by: "", seen: "a topic is of any length" },
      { code: 'sanctions.check("mute", session);', by: "", seen: "a muted person sets the topic" },
      {
        code: "return { ...current, text, by",
        by: "return { ...current, locked: false, text, by",
        seen: "a topic that an operator sets is not locked any more",
      },
    ],
  },
  {
    file: "server/session/start_position.ts",
    tests: ["tests/wire/reading/start_test.ts"],
    faults: [
      {
        code: "if (from !== undefined) return Math.max(1, from);",
        by: "if (from !== undefined) return from;",
        seen: "a start at 0 fails",
      },
    ],
  },
  {
    file: "server/session/updates.ts",
    tests: ["tests/wire/session_test.ts"],
    faults: [
      {
        code: "this.#rosterVersion = roster.version;\n    return toRosterMessage(roster);",
        by: "return toRosterMessage(roster);",
        seen: "who joins is told of joins before theirs again",
      },
      {
        code: "return this.#mutes.length > 0 ? [encode({ mutes: this.#mutes.splice(0) })] : [];",
        by: "return this.#mutes.length > 0 ? [encode({ mutes: this.#mutes })] : [];",
        seen: "a person is told of their mute again with each note",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "this.#next = segment.end;",
        by: "this.#next = segment.end - 1;",
        seen: "each note is sent without end",
      },
      {
        code: "return segment.start > next ?",
        by: "return false ?",
        seen: "a reader is not told of notes that were dropped before they were sent",
      },
    ],
  },
  {
    file: "server/session/serve_backup.ts",
    tests: ["tests/files/backup_test.ts"],
    faults: [
      {
        code: "checkAdmission(request, services);",
        by: "",
        seen: "a copy goes on to an operator who is banned",
      },
      {
        code: "gate.checkOperator(key);\n      await",
        by: "await",
        seen: "a copy goes on to somebody who is no operator any more",
      },
      {
        code: "if (bytes > 0) report",
        by: "report",
        seen: "the log says that somebody has copied data who was refused",
      },
    ],
  },
  {
    file: "server/session/session.ts",
    tests: ["tests/wire/session_test.ts"],
    faults: [
      {
        code: "void this.#read(first).catch(this.#abort);",
        by: "void this.#read(first).catch(() => {});",
        seen: "a session with an invalid frame hangs",
      },
      { code: "this.#end = undefined;", by: "", seen: "who leaves is shown as lost" },
      {
        code: "const pending = await this.#updates.count(head);",
        by: "const pending = undefined;",
        seen: "who returns is not told how many notes they have missed",
      },
      {
        code: 'this.#peer.refused("order");',
        by: "",
        seen: "a peer may send refused orders without end",
        tests: ["tests/hostile/hostile_peer_test.ts"],
      },
      {
        code: "...await this.#updates.encodeNotes(segment)",
        by:
          "...await this.#updates.encodeNotes(segment), ...await this.#updates.encodeNotes(segment)",
        seen: "each note is sent twice",
      },
    ],
  },
];
