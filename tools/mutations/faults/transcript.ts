import type { FaultyFile } from "./fault.ts";

/** Faults in what a person sees of a room. */
export const TRANSCRIPT: readonly FaultyFile[] = [
  {
    file: "client/conversation/transcript.ts",
    tests: ["tests/unit/client/conversation/transcript_test.ts"],
    faults: [
      {
        code: "if (this.#unread.repeats(note)) continue;",
        by: "this.#unread.repeats(note);",
        seen: "after a change of name notes are shown twice",
      },
      {
        code: "if (live && this.#shouldRing(note, named)) bell = true;",
        by: "if (this.#shouldRing(note, named)) bell = true;",
        seen: "the bell rings for notes of before",
      },
      {
        code: "if (this.#roster.isSelf(change.name)) own.push(change);",
        by: "if (false) own.push(change);",
        seen: "one's own new name is hidden with /quiet",
      },
      { code: "this.#settings.quiet ? [] : others", by: "others", seen: "/quiet has no effect" },
      { code: "this.#reportedOutage = false;", by: "", seen: "the second outage is not shown" },
      { code: "this.#roster.reset(name, members);", by: "", seen: "/who shows nobody" },
      {
        code: "const isNewRoom = !isSameName(room, before.room);",
        by: "const isNewRoom = room !== before.room;",
        seen: "a room that is spelled otherwise after a restart shows everything again",
      },
      {
        code: "if (before.connected) return [...renamed, ...topic];",
        by: "",
        seen: "a change of name says that the connection is back",
      },
      { code: "if (isKnown) return [];", by: "", seen: "each attempt to connect is a line" },
      {
        code: "this.#connected = false;",
        by: "",
        seen: "after an outage nothing says that it is over",
      },
      {
        code: "this.#roster.recordSpeaker(note);",
        by: "",
        seen: "Tab does not offer those first who have just spoken",
      },
      {
        code: 'if (kind !== "whisper" || this.#ownNames.has(foldName(name))) return;',
        by: 'if (kind !== "whisper") return;',
        seen: "/reply answers oneself",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      {
        code: "const stay = live ? this.#roster.stayOf(name) : undefined;",
        by: "const stay = this.#roster.stayOf(name);",
        seen: "/reply to an old note reaches somebody else who has the name now",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      {
        code: 'if (change.type === "renamed") ignored.rename(before, change.name);',
        by: "",
        seen: "an ignored person is shown under a new name",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      {
        code: 'if (change.type === "left") ignored.leave(change);',
        by: "",
        seen: "a name stays ignored that an ignored person had for a while",
        tests: ["tests/unit/client/conversation/talk_test.ts"],
      },
      { code: 'bell === "off" ||', by: "", seen: "/bell off has no effect" },
      {
        code: "this.#topic = topic;\n    return topic",
        by: "return topic",
        seen: "a change of the topic is shown again with each connection",
        tests: ["tests/unit/client/conversation/topic_test.ts"],
      },
    ],
  },
  {
    file: "client/conversation/unread.ts",
    tests: ["tests/unit/client/conversation/unread_test.ts"],
    faults: [
      {
        code: "this.#brought = 0;",
        by: "",
        seen: "after an outage the number of new notes is wrong",
      },
      {
        code: "this.#lost = undefined;\n    if (isNewRoom",
        by: "if (isNewRoom",
        seen: "after an outage lost notes are reported that were not",
        tests: [
          "tests/unit/client/conversation/unread_test.ts",
          "tests/unit/client/conversation/missed_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
        ],
      },
      {
        code: "isNewRoom || since?.history !== head?.history",
        by: "isNewRoom",
        seen: "after a new history of the server no note is shown",
      },
      {
        code: "this.#seen !== undefined && this.#seen.history === head?.history",
        by: "this.#seen !== undefined",
        seen: "a position of another history decides which notes are new",
        tests: [
          "tests/unit/client/conversation/unread_test.ts",
          "tests/unit/client/conversation/missed_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
        ],
      },
      {
        code: "} else if (since && since.history !== head?.history) this.#newAfter = 0;",
        by: "}",
        seen: "after a new history of the server no note counts as new",
        tests: [
          "tests/unit/client/conversation/unread_test.ts",
          "tests/unit/client/conversation/missed_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
        ],
      },
      {
        code: "if (!event.earlier) return [line(renderEvent(event))];",
        by: "",
        seen: "lost notes are shown as if they were before one's time",
        tests: [
          "tests/unit/client/conversation/unread_test.ts",
          "tests/unit/client/conversation/missed_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
        ],
      },
      {
        code: "this.#seen && this.#seen.history === this.#head?.history",
        by: "false",
        seen: "who was away is not told how many notes are lost",
      },
      {
        code: "seq <= this.#last.seq;",
        by: "seq < this.#last.seq;",
        seen: "after a change of name the last note is shown twice",
        tests: [
          "tests/unit/client/conversation/unread_test.ts",
          "tests/unit/client/conversation/missed_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
          "tests/unit/client/conversation/transcript_test.ts",
          "tests/unit/client/conversation/topic_test.ts",
        ],
      },
      {
        code: "this.#newAfter = Math.max(this.#newAfter, seq ?? 0);",
        by: "",
        seen: "notes that were shown count as new again after a reconnect",
        tests: [
          "tests/unit/client/conversation/unread_test.ts",
          "tests/unit/client/conversation/missed_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
        ],
      },
      {
        code: "Math.min(lost.count, seq - 1 - (this.#seen?.seq ?? seq))",
        by: "lost.count",
        seen: "who was away is told of lost notes that they had seen",
      },
      {
        code: "this.#seen = undefined;\n    if",
        by: "if",
        seen: "each new note has a line above it",
      },
      {
        code: "|| seq > head.seq) return [];",
        by: ") return [];",
        seen: "a note that is posted while one is there is marked as missed",
      },
      {
        code: 'if (!last || !head) return "back";',
        by: "",
        seen: "a reconnect on the original contract ends the client",
      },
      {
        code: "if (last.history !== head.history) return",
        by: "if (false) return",
        seen: "a person is not told that the server has lost the notes",
      },
    ],
  },
  {
    file: "client/conversation/missed.ts",
    tests: ["tests/unit/client/conversation/missed_test.ts"],
    faults: [
      {
        code: ".slice(-MAX_MISSED.presence);",
        by: ";",
        seen: "joins in a room that nobody looks at fill the memory",
        tests: [
          "tests/unit/client/conversation/missed_test.ts",
          "tests/unit/client/conversation/open_rooms_test.ts",
        ],
      },
      {
        code: 'if (row.type === "line" && row.passing) continue;',
        by: "",
        seen: "a room shows outages that are long over",
      },
      {
        code: "this.#chars += lengthOf(row);",
        by: "",
        seen: "long notes in a room that nobody looks at fill the memory",
      },
      {
        code: "this.#notes = this.#mentions = 0;",
        by: "",
        seen: "a room that was read still counts as unread",
      },
      {
        code: "this.#presence = [];\n    return",
        by: "return",
        seen: "joins are shown again each time",
      },
    ],
  },
  {
    file: "client/conversation/found_notes.ts",
    tests: ["tests/unit/client/conversation/found_notes_test.ts"],
    faults: [
      {
        code: "if (view.isHidden(next.value)) continue;",
        by: "",
        seen: "a search shows notes of ignored people",
      },
      {
        code: "if (count++ === 0) view",
        by: "if (count++ >= 0) view",
        seen: "a search shows its heading over each note",
      },
      {
        code: ": next.value.more",
        by: ": false",
        seen: "a search does not say that there is more",
      },
      {
        code: "before: seq + AROUND + 1",
        by: "before: seq + AROUND",
        seen: "/history #SEQ shows one note too few after it",
      },
      {
        code: "notes.unshift(note);",
        by: "notes.push(note);",
        seen: "/history #SEQ shows the newest note first",
      },
      {
        code: "if (!notes.some((note) => note.seq === seq)) {",
        by: "if (notes.length === 0) {",
        seen: "/history #SEQ of a private note of others shows what is around it",
      },
      {
        code: "notes.filter((note) => !view.isHidden(note)).flatMap",
        by: "notes.flatMap",
        seen: "/history #SEQ shows notes of ignored people",
      },
      {
        code: '.filter(({ start, end }) => !message.slice(start, end).includes("\\n"));',
        by: ";",
        seen: "a found phrase across two lines breaks the colors",
      },
    ],
  },
];
