import type { FaultyFile } from "./fault.ts";

/** Faults in send, tail, and joins through pipes. */
export const STREAMS: readonly FaultyFile[] = [
  {
    file: "client/stream/connection_report.ts",
    tests: ["tests/unit/client/connection_report_test.ts"],
    faults: [
      {
        code: "this.#address === undefined ? undefined : this.#again(event)",
        by: "this.#again(event)",
        seen: 'tail says "connected again" at its first connection',
      },
      {
        code: "this.#address = event.address;",
        by: "",
        seen: "tail does not say that it is connected again",
      },
      {
        code: "if (event.head && event.head.seq > 0) this.#readHistory = this.#history;",
        by: "",
        seen: "tail does not say that the server has started a new history",
      },
      {
        code: "if (event.awaited) {",
        by: "if (false) {",
        seen: "tail does not say that it waits for a room",
      },
      {
        code: "this.#readHistory = this.#history;\n    else",
        by: "{}\n    else",
        seen: "tail does not say that the server has started a new history",
      },
      {
        code: "if (this.#chats.size === 0) this.#report(renderEvent(event));",
        by: "this.#report(renderEvent(event));",
        seen: "an outage is a line for each room and attempt",
      },
      {
        code: "if (!this.#chats.delete(chat)) return;",
        by: "this.#chats.delete(chat);",
        seen: "tail says that it is connected again without an outage",
      },
      {
        code: "if (words.length > this.#words.length) this.#words = words;",
        by: "this.#words = words;",
        seen: "with several rooms, tail does not say that one has a new history",
      },
      {
        code: "if (this.#chats.size > 0) return;",
        by: "",
        seen: "with several rooms, tail says too early that it is connected again",
      },
      { code: 'this.#words = "";\n  }', by: "}", seen: "tail repeats words of an earlier outage" },
      {
        code: "this.#outage.end(this, undefined);\n  }",
        by: "}",
        seen: "tail waits for a room that has ended before it says that it is connected again",
      },
    ],
  },
  {
    file: "client/stream/line_buffer.ts",
    tests: ["tests/unit/client/lines_test.ts"],
    faults: [
      {
        code: "if (fitting.length < bytes.length) this.#overflows = true;",
        by: "",
        seen: "a line that is too long is sent cut off",
      },
      {
        code: "new Uint8Array(Math.max(length, this.#bytes.length * 2));",
        by: "new Uint8Array(length * 2); this.#kept = 0;",
        seen: "a long line is sent without its beginning",
      },
      {
        code: "larger.set(this.#bytes.subarray(0, this.#kept));",
        by: "",
        seen: "a long line begins with characters that nobody typed",
      },
      { code: "this.#kept = length;", by: "", seen: "lines are sent empty" },
      {
        code: "this.#overflows || bytes.length > MAX_NOTE_BYTES",
        by: "this.#overflows",
        seen: "a line that is slightly too long is sent, and refused by the server",
      },
      {
        code: "this.#kept = 0;\n    this.#overflows",
        by: "this.#overflows",
        seen: "each line begins with those before it",
      },
      {
        code: "this.#overflows = false;\n    if",
        by: "if",
        seen: "after one line that is too long all others are refused",
      },
      {
        code: "fatal: true, ignoreBOM: true",
        by: "fatal: false, ignoreBOM: true",
        seen: "a file that is no text is sent with characters replaced",
      },
      {
        code: "bytes.at(-2) === CR ? -2 : -1",
        by: "-1",
        seen: "lines of Windows end with a control character",
      },
      {
        code: "while (broken - valid > 1) {",
        by: "while (broken - valid > 2) {",
        seen: "the error about a file names a wrong byte",
      },
    ],
  },
  {
    file: "client/stream/lines.ts",
    tests: ["tests/unit/client/lines_test.ts"],
    faults: [
      {
        code: "chunk.subarray(start, end + 1)",
        by: "chunk.subarray(0, end + 1)",
        seen: "lines are sent with those before them",
      },
      { code: "start = end + 1;", by: "start = end;", seen: "an empty line follows each line" },
      {
        code: "line.add(chunk.subarray(start));",
        by: "",
        seen: "a line in two parts is sent without its beginning",
      },
      {
        code: "if (!line.empty) yield toInputLine(line, ++number);",
        by: "",
        seen: "a last line without a newline is not sent",
      },
      { code: "if (whole.overflows) break;", by: "", seen: "an endless input is read for ever" },
      {
        code: "if (!whole.empty) yield",
        by: "yield",
        seen: "an empty input is sent as an empty note",
      },
      {
        code: "if (!(error instanceof ChatError)) throw error;",
        by: "",
        seen: "a file that is no text is reported for each of its lines",
      },
    ],
  },
  {
    file: "client/stream/note_printer.ts",
    tests: ["tests/rooms/tail_rooms_test.ts"],
    faults: [
      {
        code: "this.#printed = this.#printed.then(() => this.#print(notes, room));",
        by: "this.#print(notes, room);",
        seen: "with a slow output, notes of two rooms are mixed up",
      },
    ],
  },
  {
    file: "client/stream/pipe.ts",
    tests: ["tests/program/join_test.ts"],
    faults: [
      { code: ".finally(() => left.abort())", by: "", seen: "a join through a pipe never ends" },
      {
        code: "await sending;",
        by: "",
        seen: "a join through a pipe does not report input that is no text",
      },
    ],
  },
  {
    file: "client/stream/search_rooms.ts",
    tests: ["tests/program/search_command_test.ts"],
    faults: [
      {
        code: "const isGone = !rooms && error",
        by: "const isGone = error",
        seen: "chat search of a room that does not exist says that it has found nothing",
      },
      {
        code: "if (next.value.more) hasMore = true;",
        by: "",
        seen: "chat search does not say that there is more",
      },
      {
        code: "(b.note.time ?? 0) - (a.note.time ?? 0)",
        by: "(a.note.time ?? 0) - (b.note.time ?? 0)",
        seen: "chat search in several rooms prints the oldest notes first",
      },
      {
        code: "yield* found.slice(0, search.limit);",
        by: "yield* found;",
        seen: "chat search in several rooms prints more notes than --limit says",
      },
    ],
  },
  {
    file: "client/stream/send.ts",
    tests: ["tests/program/send/send_test.ts"],
    faults: [
      {
        code: 'signal.addEventListener("abort", stop, { once: true });',
        by: "",
        seen: "chat send cannot be stopped",
      },
      {
        code: 'this.#options.unit === "note" && this.#window.given === 0',
        by: "false",
        seen: "chat send without a text says that it is done",
      },
      {
        code: "this.#saidAway || to === undefined",
        by: "to === undefined",
        seen: "chat send --to says for each line that the recipient is away",
        tests: ["tests/program/send/send_private_test.ts"],
      },
      {
        code: 'if (given === 0) return " before the first line";',
        by: "",
        seen: "chat send that is stopped early says that 0 lines are accepted",
      },
    ],
  },
  {
    file: "client/stream/send_window.ts",
    tests: ["tests/program/send/send_test.ts"],
    faults: [
      {
        code: 'this.#failed > 0 ? "failed" : this.#rejected > 0 ? "rejected" : "done"',
        by: 'this.#failed > 0 ? "failed" : "done"',
        seen: "chat send whose lines were refused says that it is done",
      },
      {
        code: "while (this.#isFull()) await this.#answered.promise;",
        by: "",
        seen: "chat send reads a whole file into the memory",
      },
      {
        code: "if (this.#failed > 0 || this.#broken) break;",
        by: "",
        seen: "chat send goes on reading when the server is gone",
        tests: ["tests/unit/client/stream/send_window_test.ts"],
      },
      {
        code: "if (this.#broken) throw this.#broken.error;",
        by: "",
        seen: "chat send whose output is closed says that it is done",
        tests: ["tests/unit/client/stream/send_window_test.ts"],
      },
      {
        code: "chars >= MAX_UNANSWERED.chars",
        by: "false",
        seen: "chat send reads long lines into the memory",
      },
      {
        code: "if (this.#owed === 1) this.#resetDeadline();",
        by: "",
        seen: "chat send waits for ever for a server that does not answer",
        tests: ["tests/program/send/send_deadline_test.ts"],
      },
      {
        code: "this.#accepted++;\n      this.#resetDeadline();",
        by: "this.#accepted++;",
        seen: "chat send of a long file ends by its deadline though the server answers",
        tests: ["tests/unit/client/stream/send_window_test.ts"],
      },
      {
        code: "await this.#options.accepted?.(seq);",
        by: "void this.#options.accepted?.(seq);",
        seen: "chat send prints positions faster than they are read",
      },
      {
        code: "this.#unanswered.chars -= text.length;",
        by: "",
        seen: "chat send stops after 8 MB",
      },
      {
        code: 'error.code === "unavailable" || error.code === "timeout"',
        by: 'error.code === "unavailable"',
        seen: "chat send to an older server that is silent says that its lines were refused",
        tests: ["tests/unit/client/stream/send_window_test.ts"],
      },
    ],
  },
  {
    file: "client/stream/tail_all.ts",
    tests: ["tests/rooms/tail_rooms_test.ts"],
    faults: [
      {
        code: "rooms.checkError();",
        by: "",
        seen: "tail --all that is banned says that all is well",
      },
      {
        code: "while (this.#running.size > 0) await Promise.all(this.#running);",
        by: "if (this.#running.size > 0) await Promise.all(this.#running);",
        seen: "tail --all --until-now ends before the last rooms",
        tests: ["tests/unit/client/stream/tail_all_test.ts"],
      },
      {
        code: "this.#catchingUp++;",
        by: "",
        seen: "tail --all reads all rooms at once into the memory",
        tests: ["tests/unit/client/stream/tail_all_test.ts"],
      },
      {
        code: "room.isOver = true;\n          return",
        by: "return",
        seen: "tail --all never joins a room that was missing once",
        tests: ["tests/unit/client/stream/tail_all_test.ts"],
      },
      {
        code: 'if (error.code !== "unavailable") throw error;',
        by: "throw error;",
        seen: "tail --all does not follow a room that it could not join at once",
        tests: ["tests/unit/client/stream/tail_all_test.ts"],
      },
      {
        code: "if (isJoined) return; // Reported unless",
        by: "// Reported unless",
        seen: "tail --all that is banned reports the end of each room, too",
        tests: ["tests/unit/client/stream/tail_all_test.ts"],
      },
    ],
  },
  {
    file: "client/stream/tail_rooms.ts",
    tests: ["tests/unit/client/stream/tail_rooms_test.ts"],
    faults: [
      {
        code: "connection.close();",
        by: "",
        seen: "tail --room a,b never says that it is connected again once a room is removed",
      },
    ],
  },
];
