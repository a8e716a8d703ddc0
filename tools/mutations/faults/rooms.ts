import type { FaultyFile } from "./fault.ts";

/** Faults in a room, and the order of its notes. */
export const ROOMS: readonly FaultyFile[] = [
  {
    file: "room/state/room.ts",
    tests: ["tests/unit/room/room_test.ts", "tests/unit/room/room_segments_test.ts"],
    faults: [
      {
        code: "if (log.first <= log.head) {",
        by: "if (log.first < log.head) {",
        seen:
          "after a restart with a single note, a note gets an earlier time than the one before it",
      },
      {
        code: "this.#segments.add(notes),",
        by: "{},",
        seen: "each new note is read from the log again for every reader",
      },
      {
        code: "onAnswered: () => this.#wakeups.notify(),",
        by: "onAnswered: () => {},",
        seen: "nobody in the room sees a new note before something else happens",
      },
      {
        code: "if (history === this.history && seq > this.head) await",
        by: "if (seq > this.head) await",
        seen: "a reader with a position of another history waits for a note that will never come",
      },
      {
        code: "return seq <= this.head ? seq + 1 : 1;",
        by: "return seq < this.head ? seq + 1 : 1;",
        seen: "who returns having seen everything gets all notes again",
      },
      {
        code: "this.#log.origins.get(history) ?? 0",
        by: "this.#log.origins.get(history) ?? seq",
        seen: "after another server has taken over, a reader skips notes that it has never seen",
      },
      {
        code: "return this.#closed ? Promise.reject(roomGone()) : this.#postings.add(drafts);",
        by: "return this.#postings.add(drafts);",
        seen: "a post to a removed room is acknowledged, and lost",
      },
      {
        code: "await this.#postings.answered();",
        by: "",
        seen:
          "a private note whose recipient has left is refused, though the same post is being stored",
      },
      {
        code: "if (!this.#log.reach || !here.includes(undefined)) return here;",
        by: "return here;",
        seen: "a note that another server has stored is refused when it is sent again",
      },
      {
        code: "this.#following?.[Symbol.dispose]();",
        by: "",
        seen: "a removed room goes on receiving the notes of other servers",
      },
      {
        code: "if (session.unlisted) return UNLISTED;",
        by: "",
        seen: "a reader that nobody should see is shown as a member",
      },
      {
        code: "if (topic === this.#topic) return;",
        by: "",
        seen: "everybody in a room is woken for a topic that has not changed",
      },
      {
        code: "this.#topic = topic;",
        by: "",
        seen: "people in the room never see a topic that was set",
      },
      {
        code: "if (this.#closed) throw roomGone();\n    return this.#wakeups.add(wakeup);",
        by: "return this.#wakeups.add(wakeup);",
        seen: "a session that enters a removed room waits there for ever",
      },
      {
        code: "return next > this.#log.head ? undefined : this.#segments.get(next);",
        by: "return next >= this.#log.head ? undefined : this.#segments.get(next);",
        seen: "the newest note stays invisible until the next one comes",
      },
      {
        code: "return Math.max(0, this.#log.head + 1 - next);",
        by: "return this.#log.head + 1 - next;",
        seen: "a reader that is ahead is counted as behind by a negative number",
      },
      {
        code: "next = segment.end;",
        by: "next = segment.end + 1;",
        seen: "a reader misses a note after each batch",
      },
      {
        code: "if (!audience || reader !== undefined && audience.has(reader)) yield note;",
        by: "yield note;",
        seen: "a search finds the private notes of others",
      },
      {
        code: "await this.#log.trim(this.#now(), TRIM_STEP) === TRIM_STEP",
        by: "await this.#log.trim(this.#now(), TRIM_STEP) > TRIM_STEP",
        seen: "old notes beyond the retention stay for long",
      },
      {
        code: "this.#first = this.#log.first;\n    if",
        by: "if",
        seen: "statistics count the same dropped notes again and again",
      },
      {
        code: "this.#postings.advance(notes.at(-1)?.time ?? 0);",
        by: "",
        seen: "times go backwards when the clock of another server is ahead",
      },
      {
        code: "this.#segments.add(notes);\n    this.#wakeups.notify();",
        by: "this.#segments.add(notes);",
        seen: "notes of other servers are not shown until something else happens",
      },
      {
        code: "if (this.#notifyScheduled) return;",
        by: "",
        seen: "a burst of joins wakes all readers once for each of them",
      },
      {
        code: "this.#notifyScheduled = false;",
        by: "",
        seen: "only the first join or leave is shown; later ones wait for a note",
      },
    ],
  },
  {
    file: "room/state/postings.ts",
    tests: ["tests/unit/room/room_test.ts"],
    faults: [
      {
        code: "this.#newestTime = Math.max(this.#newestTime, time);",
        by: "this.#newestTime = time;",
        seen: "a clock that is set back makes notes older than the ones before them",
      },
      {
        code: "this.advance(now);",
        by: "",
        seen: "notes have the time of the one before them, or none",
      },
      { code: "this.#waiting = [];\n        await", by: "await", seen: "notes are stored twice" },
      {
        code: "while (this.#waiting.length > 0) {",
        by: "if (this.#waiting.length > 0) {",
        seen: "posts that come while the log is busy are answered only after the next post",
      },
      {
        code: "this.#appending = undefined;",
        by: "",
        seen: "after the first post nothing is stored any more",
      },
      {
        code: "accept(seqs.slice(taken, taken += drafts.length))",
        by: "accept(seqs.slice(taken, drafts.length))",
        seen: "authors learn the positions of the notes of others",
      },
      {
        code: "onStored(notes);",
        by: "",
        seen: "new notes are read from the log again for every reader",
      },
      { code: "onAnswered();", by: "", seen: "readers are not woken for a new note" },
      {
        code: "drafts.length + TRIM_STEP).catch(onError);",
        by: "drafts.length + TRIM_STEP);",
        seen: "a failure of retention fails the server",
      },
      {
        code: "for (const posting of batch) posting.refuse(error);",
        by: "",
        seen: "a post that the disk refuses is never answered",
      },
      {
        code: "cause instanceof ChatError\n      ? cause",
        by: "false\n      ? cause",
        seen: "a refusal of the log is reported as a failure of the server",
      },
      {
        code: 'if (error.code === "unavailable") this.#options.onError(error);',
        by: "this.#options.onError(error);",
        seen: "the server's log has an error for each refused post",
      },
      {
        code: "await trimming;",
        by: "",
        seen: "dropped notes are counted only with the next batch",
        tests: [
          "tests/unit/room/room_test.ts",
          "tests/unit/server/cluster/shared_rooms_test.ts",
          "tests/files/rooms_test.ts",
        ],
      },
      {
        code: "while (this.#appending) await this.#appending;",
        by: "if (this.#appending) await Promise.resolve();",
        seen: "a room is removed while its last post is being stored",
        tests: [
          "tests/unit/room/room_test.ts",
          "tests/unit/server/cluster/shared_rooms_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
    ],
  },
  {
    file: "room/wakeup.ts",
    tests: ["tests/unit/room/room_test.ts"],
    faults: [
      {
        code: "else this.#notified = true;",
        by: "",
        seen: "a note that arrives while the last one is written is not sent until the next one",
      },
      { code: "if (wake) wake();", by: "if (wake);", seen: "a reader at the head is never woken" },
      {
        code: 'signal.addEventListener("abort", this.notify, { once: true });',
        by: "",
        seen: "a session that is ended waits until the next note",
        tests: [
          "tests/unit/room/room_test.ts",
          "tests/unit/client/conversation/batches_test.ts",
          "tests/unit/client/conversation/open_rooms_test.ts",
        ],
      },
      {
        code: "signal.throwIfAborted();",
        by: "",
        seen: "a session goes on after its end",
        tests: [
          "tests/unit/room/room_test.ts",
          "tests/unit/server/cluster/cluster_log_test.ts",
          "tests/unit/client/conversation/batches_test.ts",
        ],
      },
      {
        code: "return { [Symbol.dispose]: () => void this.#all.delete(wakeup) };",
        by: "return { [Symbol.dispose]: () => {} };",
        seen: "memory grows with each session that was ever there",
      },
    ],
  },
  {
    file: "room/state/log.ts",
    tests: ["tests/unit/room/room_test.ts", "tests/unit/room/room_segments_test.ts"],
    faults: [
      {
        code: "if (note && note.time < time) low = note.seq + 1;",
        by: "if (note && note.time <= time) low = note.seq + 1;",
        seen: "--since leaves out the note of exactly that time",
      },
      {
        code: "low = Math.max(low, log.first);",
        by: "",
        seen: "--since starts at notes that are gone",
      },
      {
        code: "let high = log.head + 1;",
        by: "let high = log.head;",
        seen: "--since a time after all notes shows the newest one",
      },
    ],
  },
];
