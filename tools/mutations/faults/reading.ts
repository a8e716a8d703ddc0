import type { FaultyFile } from "./fault.ts";

/** Faults in what readers of a room get of its log. */
export const READING: readonly FaultyFile[] = [
  {
    file: "room/state/segment.ts",
    tests: ["tests/unit/room/segment_test.ts"],
    faults: [
      {
        code: "else forAll.push(note);",
        by: "forAll.push(note);",
        seen: "everybody receives all private notes",
      },
      {
        code: "forAll.length === notes.length ? notes : forAll",
        by: "forAll",
        seen: "the notes of a busy room are encoded for each reader again",
      },
      {
        code: "return this.start + this.notes.length;",
        by: "return this.start + this.#forAll.length;",
        seen: "a reader gets notes again after each private note",
      },
      {
        code: ".sort((a, b) => a.seq - b.seq)",
        by: "",
        seen: "private notes come after all other notes of a batch",
      },
    ],
  },
  {
    file: "room/state/segment_cache.ts",
    tests: ["tests/unit/room/room_segments_test.ts", "tests/unit/room/room_test.ts"],
    faults: [
      {
        code: "i + 1 - from === MAX_SEGMENT.notes",
        by: "i + 1 - from > MAX_SEGMENT.notes",
        seen: "a frame has more notes than allowed",
      },
      { code: "from = i + 1;", by: "from = i;", seen: "a note between two frames is sent twice" },
      {
        code: "this.#stored.findLast(isThere) ??",
        by: "",
        seen: "each of many returning readers reads the log anew",
      },
      {
        code: "this.#read.push(reading);",
        by: "",
        seen: "many readers that return at once read the log once each",
      },
      {
        code: "await this.#yieldToEventLoop();",
        by: "",
        seen: "one late reader holds up everybody else",
      },
      {
        code: "new Segment(notes[0]?.seq ?? this.#log.first, notes)",
        by: "new Segment(start, notes)",
        seen: "readers are not told of notes that were dropped during the read",
      },
      {
        code: "next + MAX_READ.notes - (next - 1) % MAX_READ.notes",
        by: "next + MAX_READ.notes",
        seen: "readers at different places share nothing",
      },
      {
        code: "if (start > next && start < end) end = start;",
        by: "",
        seen: "readers at different places read the same notes twice",
      },
      {
        code: "this.#stored.length > MAX_STORED.segments ||",
        by: "",
        seen: "memory grows with each small batch of notes",
      },
      {
        code: "this.#stored.length > 1 && this.#storedChars > MAX_STORED.chars",
        by: "false",
        seen: "memory grows with each large note",
      },
      {
        code: "this.#storedChars -= countChars(this.#stored.shift()!);",
        by: "this.#stored.shift();",
        seen: "after a while nothing is kept in memory, and each reader reads the log",
      },
      {
        code: "if (done.length > MAX_READ_KEPT) this.#forget(done[0]!);",
        by: "",
        seen: "memory grows with all that late readers read",
      },
      {
        code: "if (done.length > MAX_READ_KEPT) this.#forget(done[0]!);",
        by: "this.#forget(reading);",
        seen: "late readers at the same place read the log again and again",
      },
      {
        code: "() => this.#forget(reading)",
        by: "() => {}",
        seen: "after a failed read, a part of the room cannot be read any more",
      },
    ],
  },
  {
    file: "room/state/visible_notes.ts",
    tests: ["tests/unit/room/room_test.ts", "tests/unit/room/room_segments_test.ts"],
    faults: [
      {
        code: "let start = head + 1 - count;",
        by: "let start = head - count;",
        seen: "--last shows one note too many",
      },
      {
        code: "if (seq < start) break;",
        by: "",
        seen: "--last counts private notes of others that are older than the start",
      },
      {
        code: "start--;",
        by: "",
        seen: "--last shows fewer notes than it should after private notes of others",
      },
      {
        code: "return Math.max(1, start);",
        by: "return start;",
        seen: "a reader that asks for more notes than there are gets a wrong start",
      },
      {
        code: "Math.max(from, this.#log.known)",
        by: "from",
        seen: "who was away is told of lost notes that the server cannot know",
        tests: ["tests/unit/room/room_segments_test.ts"],
      },
      {
        code: "if (start >= to) return 0;",
        by: "",
        seen: "a wrong number of missed notes",
        tests: ["tests/unit/room/room_segments_test.ts"],
      },
      {
        code: "hidden < MAX_PRIVATE ? to - start - hidden : undefined",
        by: "to - start - hidden",
        seen: "a number of missed notes that includes private notes of others",
      },
      {
        code: "found < MAX_PRIVATE;",
        by: "found <= MAX_PRIVATE;",
        seen: "a join looks up more private notes than it may",
      },
      {
        code: "end = seqs.at(-1)!;",
        by: "end = seqs.at(0)!;",
        seen: "private notes are counted more than once",
      },
      {
        code: "await this.#yieldToEventLoop();",
        by: "",
        seen: "one join with many private notes holds up everybody else",
        tests: ["tests/unit/room/room_segments_test.ts"],
      },
    ],
  },
];
