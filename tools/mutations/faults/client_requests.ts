import type { FaultyFile } from "./fault.ts";

/** Faults in what a client has said or asked, and received ahead of its reader. */
export const CLIENT_REQUESTS: readonly FaultyFile[] = [
  {
    file: "client/session/outbox.ts",
    tests: ["tests/unit/client/session/outbox_test.ts"],
    faults: [
      {
        code: "return this.#sent > 0 || this.#unsent.length > 0 && this.#tooSoon.length === 0;",
        by: "return this.#sent > 0;",
        seen: "a text is not sent while nobody reads the notes",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/answers_test.ts",
          "tests/library/pace_test.ts",
        ],
      },
      {
        code: "while (this.#pending.size > 0) await this.#settled.promise;",
        by: "if (this.#pending.size > 0) await this.#settled.promise;",
        seen: "who leaves loses the texts after the first",
      },
      {
        code: "if (this.#closed) return Promise.reject(this.#closed);",
        by: "",
        seen: "a text that is said after the end is never answered",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/reading/search_test.ts",
          "tests/wire/host_name_test.ts",
        ],
      },
      {
        code: "this.#pending.size >= MAX_PENDING.posts ||",
        by: "",
        seen: "texts without a connection fill the memory",
      },
      {
        code: "${++this.#count}`",
        by: "${this.#count}`",
        seen: "of several texts only the first is ever posted",
      },
      {
        code: "this.#chars += post.message.length;\n    const",
        by: "const",
        seen: "long texts without a connection fill the memory",
      },
      {
        code: "if (error) this.refuse(post.id, error);\n    else this",
        by: "this",
        seen: "a text that is too long takes others with it",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/reading/search_test.ts",
          "tests/wire/host_name_test.ts",
        ],
      },
      {
        code: "if (this.#tooSoon.length > 0) return;",
        by: "",
        seen: "a text overtakes one that was refused for being too soon",
      },
      {
        code: "this.#maxSent - this.#sent",
        by: "this.#maxSent",
        seen: "a pipe sends more ahead of the answers than it may",
      },
      {
        code: "this.#sent += posts.length;",
        by: "",
        seen: "a pipe sends more ahead of the answers than it may",
      },
      {
        code: "frame.length < MAX_FRAME.posts && chars < MAX_FRAME.chars",
        by: "frame.length < MAX_FRAME.posts",
        seen: "many long texts are sent in a frame that the server refuses",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/reading/search_test.ts",
          "tests/wire/host_name_test.ts",
        ],
      },
      { code: "if (frame.length > 0) yield frame;", by: "", seen: "a single text is never sent" },
      {
        code: "this.#sent = 0;\n    this.#unsent",
        by: "this.#unsent",
        seen: "after an outage a pipe gets slower and slower, and stops",
      },
      {
        code: "pending.isSent = false;\n      const",
        by: "const",
        seen: "after an outage a pipe counts texts as sent that are not",
      },
      {
        code:
          "if (!error || mayBeStored && post.message.length <= MAX_LARGE_CHARS) this.#unsent.push(post);",
        by: "if (!error);",
        seen: "a text that was not answered before an outage is lost",
      },
      {
        code: "if (!pending) return;",
        by: "",
        seen: "an answer of a server to a text that was never said ends the chat",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/reconnect_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
      },
      {
        code: "this.#maxSent = Math.min(this.#maxSent + 1,",
        by: "this.#maxSent = Math.min(this.#maxSent,",
        seen: "a pipe that was once too fast sends one line at a time for ever",
      },
      {
        code: "if (this.#isPaced && reason.retryMs !== undefined) this",
        by: "if (this.#isPaced) this",
        seen: "a refused line is sent again and again",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/move_test.ts",
          "tests/wire/client_test.ts",
        ],
      },
      {
        code: "this.#closed = reason;",
        by: "",
        seen: "a text that is said after the end is never answered",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/reading/search_test.ts",
          "tests/wire/host_name_test.ts",
        ],
      },
      {
        code: "this.#chars -= pending.post.message.length;",
        by: "",
        seen: "after 64 MB of texts nothing can be said any more",
      },
      {
        code: "this.#settled.resolve();",
        by: "",
        seen: "a program that leaves waits for ten seconds",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/wire/reading/search_test.ts",
          "tests/wire/host_name_test.ts",
        ],
      },
      {
        code: "if (!pending?.isSent) return;",
        by: "if (!pending) return;",
        seen: "a line is sent twice after a server has refused it twice",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/library/leave_test.ts",
          "tests/library/pace_test.ts",
        ],
      },
      {
        code: "this.#sent--;\n    this.#tooSoon",
        by: "this.#tooSoon",
        seen: "a pipe that was too fast stops for ever",
      },
      {
        code: "Math.max(this.#restMs, retryMs)",
        by: "retryMs",
        seen: "a pipe tries again before it may",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/library/leave_test.ts",
          "tests/library/pace_test.ts",
        ],
      },
      {
        code: "if (this.#unsent.length > 0) this.#onReady();",
        by: "",
        seen: "a pipe stops after 500 lines",
      },
      {
        code: "} else if (this.#sent === 0) {",
        by: "} else {",
        seen: "a line overtakes one that was refused for being too soon",
        tests: [
          "tests/unit/client/session/outbox_test.ts",
          "tests/library/leave_test.ts",
          "tests/library/pace_test.ts",
        ],
      },
      {
        code: "[...this.#tooSoon, ...this.#unsent]",
        by: "[...this.#unsent, ...this.#tooSoon]",
        seen: "lines after one that was refused for being too soon come before it",
      },
      {
        code: "this.#maxSent = 1;",
        by: "",
        seen: "a pipe that was too fast is too fast again at once",
      },
      {
        code: "clearTimeout(this.#rest);",
        by: "",
        seen: "after an outage, a wait that is over ends the next one early",
      },
      {
        code: "this.#restMs = 0;",
        by: "",
        seen: "a pipe that was once too fast waits longer and longer",
      },
      { code: "this.#tooSoon = [];\n  }", by: "}", seen: "after a wait, nothing is sent any more" },
    ],
  },
  {
    file: "client/session/backlog.ts",
    tests: ["tests/unit/client/session/backlog_test.ts"],
    faults: [
      {
        code: "if (this.#isStopped) return;",
        by: "",
        seen: "a chat that was left goes on filling the memory",
      },
      {
        code: "if (this.#isFull) this.#dropOutdated(event);",
        by: "",
        seen: "memory grows with each attempt to connect while nobody reads",
      },
      {
        code: "if (items >= this.#max.items || chars >= this.#max.chars) this.#isFull = true;",
        by: "if (items >= this.#max.items) this.#isFull = true;",
        seen: "long notes that nobody reads fill the memory",
      },
      {
        code: "this.#wakeReader();\n  }\n\n  /** Ends the events",
        by: "}\n\n  /** Ends the events",
        seen: "a reader at the head sees no new note",
        tests: [
          "tests/unit/client/session/backlog_test.ts",
          "tests/wire/access/topic_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
      },
      {
        code: "this.#end ??= end;",
        by: "this.#end = end;",
        seen: "the reason why a chat has ended is lost",
        tests: ["tests/unit/client/session/backlog_test.ts"],
      },
      {
        code: "if (this.#end) return;\n    this.#isStopped",
        by: "this.#isStopped",
        seen: "events that were received before the end are lost",
      },
      {
        code: "this.clear();\n    this.end();",
        by: "this.end();",
        seen: "a chat that was left still shows notes",
      },
      {
        code: "if (this.#isFull) this.#wakeReceivers();",
        by: "",
        seen: "a text is never answered while nobody reads the notes",
      },
      {
        code: 'leave.addEventListener("abort", wake, { once: true });',
        by: "",
        seen: "a chat whose notes nobody reads cannot be left",
      },
      {
        code: "&& !this.#isAnswerAwaited() && !leave.aborted",
        by: "&& !leave.aborted",
        seen: "a text is never answered while nobody reads the notes",
      },
      {
        code: "while (this.#isFull) await this.#changed.promise;",
        by: "",
        seen: "a connection is cut again at once while nobody reads",
        tests: ["tests/unit/client/session/backlog_test.ts", "tests/wire/answers_test.ts"],
      },
      {
        code: 'if ("error" in this.#end) throw this.#end.error;',
        by: "",
        seen: "a program takes a chat that has failed for one that has ended",
      },
      { code: "this.#next++;", by: "", seen: "the first event is read without end" },
      {
        code: "this.#count(event, -1);\n    const",
        by: "const",
        seen: "a chat stops for ever after 10,000 notes",
      },
      {
        code: "items <= this.#max.items / 2 &&",
        by: "",
        seen: "a backlog counts as read while it is full of small notes",
      },
      {
        code: "this.#isFull = false;\n      this.#wakeReceivers();",
        by: "this.#isFull = false;",
        seen: "a chat stops for ever once its backlog was full",
      },
      {
        code: 'if (last?.type !== "disconnected") return;',
        by: "",
        seen: "news is dropped while a chat connects again",
      },
      {
        code: '&& before?.type === "connected") this.#dropLast(2);',
        by: '&& before?.type === "connected") this.#dropLast(1);',
        seen: "memory grows with each connection while nobody reads",
      },
    ],
  },
  {
    file: "client/session/pending_search.ts",
    tests: ["tests/unit/client/pending_search_test.ts", "tests/wire/reading/search_test.ts"],
    faults: [
      {
        code: "if (last && code !== 0) return",
        by: "if (false) return",
        seen: "a refused search finds nothing, and does not say why",
      },
      {
        code: "notes.slice(0, this.#due)",
        by: "notes",
        seen: "a server sends more found notes than it was asked for",
      },
      {
        code: "this.#due -= due.length;",
        by: "",
        seen: "a server sends more found notes than it was asked for",
      },
      { code: "if (last) this.#end = { searched, more };", by: "", seen: "a search never ends" },
      { code: "this.#wakeup.notify();", by: "", seen: "a search shows nothing, and never ends" },
      {
        code: "this.#own.has(note) ? { ...note, own: true } : note",
        by: "note",
        seen: "a bot takes its own found notes for those of others",
      },
      {
        code: "this.#notes = [];\n        yield",
        by: "yield",
        seen: "found notes are shown again and again",
      },
      {
        code: "if (this.#notes.length > 0) continue;",
        by: "",
        seen: "notes that are found while others are shown are lost",
      },
      {
        code: "this.#isAwaited = false;",
        by: "",
        seen: "a search that nobody reads keeps a chat from being bounded",
      },
    ],
  },
  {
    file: "client/session/requests.ts",
    tests: [
      "tests/wire/answers_test.ts",
      "tests/wire/access/own_names_test.ts",
      "tests/wire/access/moderation_test.ts",
    ],
    faults: [
      {
        code: "if (this.#server?.orders === false) {",
        by: "if (false) {",
        seen: "an order to an old server is never answered",
      },
      {
        code: "this.#server = undefined;",
        by: "",
        seen: "after an outage a request is judged by what the server before could do",
      },
    ],
  },
];
