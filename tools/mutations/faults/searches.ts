import type { FaultyFile } from "./fault.ts";

/** Faults in searches through a log. */
export const SEARCHES: readonly FaultyFile[] = [
  {
    file: "room/search/search_log.ts",
    tests: ["tests/files/log_test.ts"],
    faults: [
      {
        code: "Math.min(before, log.head + 1)",
        by: "Math.min(before, log.head)",
        seen: "a search does not find the newest note",
      },
      {
        code: "Math.max(1, from, log.first)",
        by: "Math.max(1, from)",
        seen: "a search through a room with retention fails",
      },
      {
        code: "while (end > oldest()) {",
        by: "if (end > oldest()) {",
        seen: "a search gives up early, and says that there is nothing",
      },
      {
        code: "if (turns.isOver) break;",
        by: "",
        seen: "a search of a long room holds up everybody",
      },
      { code: "notes.reverse()", by: "notes", seen: "a search shows the oldest notes first" },
      {
        code: "(chars += note.message.length) > MAX_CHARS",
        by: "false",
        seen: "a search of long notes holds up everybody",
      },
      {
        code: ".filter((seq) => seq > top - RUN.notes)",
        by: "",
        seen: "a search reads all notes between those that it finds",
      },
      {
        code: "note?.seq === seq && query.matches(note) ? { seq, note } : { seq }",
        by: "note ? { seq, note } : { seq }",
        seen: "a search finds notes without the words",
      },
      {
        code: "end - 1 - index)",
        by: "start + index)",
        seen: "a search shows notes of a room out of order",
      },
      {
        code: "return message === LEFT_OUT || query.isIn(query.fold(message));",
        by: "return query.isIn(query.fold(message));",
        seen: "a search for an author passes over long notes",
      },
    ],
  },
  {
    file: "room/search/note_query.ts",
    tests: ["tests/files/log_test.ts"],
    faults: [
      {
        code: '.trim().replaceAll(SPACES, " ")',
        by: "",
        seen: "a search for a phrase with two spaces finds nothing",
      },
      {
        code: "foldName(name) === this.#name",
        by: "name === this.#name",
        seen: "a search for Ann finds nothing of ann",
      },
      {
        code: 'this.#hasPhrase ? folded.replaceAll(SPACES, " ") : folded',
        by: "folded",
        seen: "a phrase is not found across a line break",
      },
      {
        code: "this.#words.every(",
        by: "this.#words.some(",
        seen: "a search finds notes that have only one of the words",
      },
    ],
  },
  {
    file: "room/search/search_words.ts",
    tests: ["tests/unit/room/search_words_test.ts"],
    faults: [
      {
        code: "(phrase ?? word).trim()",
        by: "word.trim()",
        seen: "a phrase is searched for with its quotes",
        tests: ["tests/unit/client/conversation/commands_test.ts"],
      },
      {
        code: '.filter((word) => word !== "");',
        by: ";",
        seen: "an empty pair of quotes is an error",
        tests: ["tests/unit/client/conversation/commands_test.ts"],
      },
      {
        code: "if (words.length > MAX_WORDS.count) {",
        by: "if (words.length >= MAX_WORDS.count) {",
        seen: "a search for as many words as allowed is refused",
      },
      {
        code: 'if (word.trim() === "") throw',
        by: "if (false) throw",
        seen: "a search for nothing finds everything",
      },
      {
        code: "if (word.length <= MAX_WORDS.chars) continue;",
        by: "if (word.length < MAX_WORDS.chars) continue;",
        seen: "a search for a word of the allowed length is refused",
      },
      {
        code: "limit >= 1 && limit",
        by: "limit >= 0 && limit",
        seen: "a search for 0 notes is no error",
      },
      {
        code: '/\\s/.test(word) ? `"${word}"` : word',
        by: "word",
        seen: "the line over found notes shows a phrase as words",
      },
    ],
  },
];
