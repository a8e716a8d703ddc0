import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Draft, Note } from "../../../room/note.ts";
import {
  type Log,
  type LogStore,
  MAX_DROPPED_PRIVATE_NOTES,
  type Retention,
} from "../../../room/state/log.ts";
import { FULL_DRAFT, FULL_NOTE } from "../full_note.ts";
import { ALL, drafts, read } from "./notes.ts";

const EVERYTHING = { notes: 1_000, ageMs: Infinity, bytes: Infinity };

const KEYS = [`SHA256:${"a".repeat(43)}`, `SHA256:${"b".repeat(43)}`] as const;

const UNUSUAL = [
  "",
  "\0",
  "before\0after\0",
  "\ufeffbyte order mark first",
  "\u{1F468}\u200d\u{1F469}\u200d\u{1F467} \u{10FFFF} \ufffd \uffff",
  "e\u0301 \u202e desrever",
  "'; DROP TABLE notes; --",
  "\u{1F600}\0".repeat(20_000),
  "x".repeat(100_000),
];

/** Trims in steps of `most` until a step drops nothing. Returns what each step dropped. */
async function trim(log: Log, now: number, most = 100): Promise<number[]> {
  const steps = [];
  for (let dropped; (dropped = await log.trim(now, most)) > 0;) steps.push(dropped);
  return steps;
}

/** Opens an empty store, which may use files in a temporary folder. */
export type OpenLogStore = (folder: string, retention: Retention) => LogStore | Promise<LogStore>;

/**
 * Tests an implementation of `Log` and `LogStore`: every one must pass.
 *
 * @param register Registers a test. Default: as one of its own.
 */
export function testLogs(
  name: string,
  open: OpenLogStore,
  register: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  const test = (
    behavior: string,
    body: (log: Log, store: LogStore) => Promise<void>,
    retention: Partial<Retention> = {},
  ) =>
    register(`${name} ${behavior}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = await open(folder, { ...EVERYTHING, ...retention });
        await body(await store.open("lobby"), store);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("is empty at first", async (log, store) => {
    assertEquals([log.first, log.head], [1, 0]);
    assertEquals(await read(log, 1), []);
    assertEquals(await log.trim(0, 10), 0);
    assertEquals(await store.rooms(), []);
    assert(log.history.length > 20);
  });

  test("numbers notes from 1 without gaps", async (log) => {
    const a: Note = { seq: 1, time: 7, name: "ann", message: "a", kind: "said" };
    const b: Note = { seq: 2, time: 7, name: "bob", message: "b", kind: "action" };
    const batch: Draft[] = [
      { id: "1", name: "ann", message: "a", kind: "said" },
      { id: "2", name: "bob", message: "b", kind: "action" },
    ];
    assertEquals(await log.append(batch, 7), { seqs: [1, 2], notes: [a, b] });
    assertEquals((await log.append(drafts("c"), 8)).seqs, [3]);
    assertEquals([log.first, log.head], [1, 3]);
    assertEquals((await log.read(1, ALL)).slice(0, 2), [a, b]);
  });

  test("numbers batches of one turn in call order", async (log) => {
    const batches = ["a", "b", "c"].map((text) => log.append(drafts(text, text), 0));
    const seqs = (await Promise.all(batches)).map((batch) => batch.seqs);
    assertEquals(seqs, [[1, 2], [3, 4], [5, 6]]);
    assertEquals((await read(log, 1)).join(), "1 a,2 a,3 b,4 b,5 c,6 c");
    assertEquals(await log.append([], 0), { seqs: [], notes: [] });
  });

  test("recognizes a repeated id", async (log) => {
    await log.append(drafts("a#1", "b#2"), 0);
    const { seqs, notes } = await log.append(drafts("c#3", "again#1", "c#3", "d#4"), 0);
    assertEquals(seqs, [3, 1, 3, 4]);
    assertEquals(notes.map((note) => note.message), ["c", "d"]);
    assertEquals(await read(log, 1), ["1 a", "2 b", "3 c", "4 d"]);
    assertEquals((await log.append(drafts("b#2"), 0)).notes, []);
  });

  test("keeps every field of a note", async (log) => {
    const { id: _id, ...kept } = FULL_NOTE;
    const { notes } = await log.append([FULL_DRAFT], FULL_NOTE.time);
    assertEquals(notes, [kept]);
    assertEquals(await log.read(1, ALL), [kept]);
  });

  test("keeps the ids of different authors apart", async (log) => {
    const said = { id: "1", name: "ann", message: "a", kind: "said" } as const;
    const [a, b] = [{ verified: true, author: KEYS[0] }, { verified: true, author: KEYS[1] }];
    const batch: Draft[] = [
      { ...said, ...a },
      { ...said, ...b },
      said,
      { ...said, name: "bob" },
      { ...said, ...a, name: "anna" }, // The same key under another name.
      { ...said, name: "ANN" },
      { ...said, name: "ann1", id: "" },
      { ...said, name: "1ann" },
      { ...said, id: "11", name: "ann" },
    ];
    const { seqs } = await log.append(batch, 0);
    assertEquals(seqs, [1, 2, 3, 4, 1, 3, 5, 6, 7]);
    assertEquals((await log.append(batch, 0)).seqs.toSpliced(6, 1), seqs.toSpliced(6, 1));
    const found = await Promise.all(batch.map((draft) => log.find(draft)));
    assertEquals(found.toSpliced(6, 1), seqs.toSpliced(6, 1));
    assertEquals(await log.find({ ...said, name: "cat" }), undefined);
  });

  test("forgets ids that were dropped in the same turn", async (log) => {
    await log.append(drafts("a#1", "b#2"), 0);
    // Like a room: nothing is awaited in between.
    const trimmed = log.trim(10, 10);
    const again = log.append(drafts("a#1"), 10);
    assertEquals([await trimmed, (await again).seqs], [2, [3]]);
    const found = drafts("#1", "#2").map((draft) => log.find(draft));
    assertEquals(await Promise.all(found), [3, undefined]);
  }, { ageMs: 10 });

  test("treats drafts without an id as new", async (log) => {
    assertEquals((await log.append(drafts("a", "a"), 0)).seqs, [1, 2]);
    assertEquals((await log.append(drafts("a"), 0)).seqs, [3]);
  });

  test("forgets the ids of dropped notes only", async (log) => {
    await log.append(drafts("a#1", "b#2", "c#3"), 0);
    await trim(log, 0);
    assertEquals((await log.append(drafts("c#3", "a#1"), 0)).seqs, [3, 4]);
  }, { notes: 2 });

  test("finds each of many ids again", async (log) => {
    const many = Array.from({ length: 5_000 }, (_, i) => `n#${(i * 7919).toString(36)}`);
    const { seqs } = await log.append(drafts(...many), 0);
    assertEquals(seqs.at(-1), 5_000);
    assertEquals(await log.append(drafts(...many), 0), { seqs, notes: [] });
  }, { notes: 5_000 });

  test("reads from a given position, or from the oldest note", async (log) => {
    await log.append(drafts("a", "b", "c", "d", "e"), 0);
    await trim(log, 0);
    assertEquals([log.first, log.head], [3, 5]);
    assertEquals(await read(log, -1), ["3 c", "4 d", "5 e"]);
    assertEquals(await read(log, 4), ["4 d", "5 e"]);
    assertEquals(await read(log, 6), []);
  }, { notes: 3 });

  test("stops reading at the limits, but returns at least one note", async (log) => {
    await log.append(drafts("aaaa", "bbbb", "cccc"), 0);
    assertEquals(await read(log, 1, { notes: 2, chars: 100 }), ["1 aaaa", "2 bbbb"]);
    assertEquals(await read(log, 1, { notes: 9, chars: 5 }), ["1 aaaa", "2 bbbb"]);
    assertEquals(await read(log, 1, { notes: 9, chars: 8 }), ["1 aaaa", "2 bbbb"]);
    assertEquals(await read(log, 2, { notes: 9, chars: 1 }), ["2 bbbb"]);
  });

  test("reads the requested number of notes", async (log) => {
    await log.append(drafts(...Array.from({ length: 500 }, (_, i) => `${i}`)), 0);
    const notes = await log.read(101, { notes: 300, chars: 1 << 20 });
    assertEquals(notes.map((note) => note.seq), Array.from({ length: 300 }, (_, i) => i + 101));
  });

  test("keeps the newest notes", async (log) => {
    for (const text of ["a", "b", "c", "d", "e", "f", "g"]) await log.append(drafts(text), 0);
    await trim(log, 0, 2);
    assertEquals(await read(log, 1), ["5 e", "6 f", "7 g"]);
    assertEquals([log.first, log.head], [5, 7]);
  }, { notes: 3 });

  test("keeps the notes up to an age, dropping others in steps", async (log) => {
    for (const time of [10, 20, 30, 40, 50]) await log.append(drafts(`${time}`), time);
    assertEquals(await trim(log, 50), []);
    assertEquals(await trim(log, 139, 2), [2, 1]);
    assertEquals(await read(log, 1), ["4 40", "5 50"]);
  }, { ageMs: 100 });

  test("keeps the newest notes whose bytes fit, dropping others in steps", async (log) => {
    await log.append(drafts("éé", "\u{1F600}", "aaaa", "bbbb", "cccc"), 0);
    assertEquals(await trim(log, 0, 2), [2, 1]);
    assertEquals(await read(log, 1), ["4 bbbb", "5 cccc"]);
    await log.append(drafts("dd"), 0);
    assertEquals(await trim(log, 0), []);
  }, { bytes: 10 });

  test("continues its numbering after everything was dropped", async (log) => {
    await log.append(drafts("a#1", "b#2"), 0);
    assertEquals(await trim(log, 10), [2]);
    assertEquals([log.first, log.head], [3, 2]);
    assertEquals(await read(log, 1), []);
    assertEquals((await log.append(drafts("a#1"), 10)).seqs, [3]);
    assertEquals([log.first, log.head], [3, 3]);
    assertEquals(await read(log, 1), ["3 a"]);
  }, { ageMs: 10 });

  test("keeps any text", async (log, store) => {
    const batch: Draft[] = UNUSUAL.map((text, i) => ({
      id: `${text.slice(0, 39)}${i}`,
      name: text.slice(0, 39),
      message: text,
      kind: "said",
    }));
    const { seqs, notes } = await log.append(batch, 1);
    assertEquals(await log.read(1, ALL), [...notes]);
    assertEquals(notes.map((note) => note.message), UNUSUAL);
    assertEquals(await log.append(batch, 2), { seqs, notes: [] });
    for (const text of UNUSUAL) await (await store.open(text)).append(drafts(text), 1);
    assertEquals(await store.rooms(), ["lobby", ...UNUSUAL]);
  });

  test("keeps the recipient of a note as it was", async (log) => {
    const batch = ["bob", "안녕", "a\0b"].map((to): Draft => (
      { id: to, name: "ann", message: "psst", kind: "whisper", to }
    ));
    const { notes } = await log.append([...batch, ...drafts("to all")], 1);
    assertEquals(notes.map((note) => note.to), ["bob", "안녕", "a\0b", undefined]);
    assertEquals(await log.read(1, ALL), [...notes]);
    assertEquals(notes.map((note) => "to" in note), [true, true, true, false]);
  });

  test("keeps the owner of a note", async (log) => {
    const said = { name: "ann", message: "x", kind: "said", verified: true } as const;
    const privateNote = { ...said, kind: "whisper", to: "bob" } as const;
    const batch: Draft[] = [
      { ...said, id: "1", author: KEYS[0] },
      { ...said, id: "2", author: KEYS[1] },
      { ...privateNote, id: "3", author: KEYS[0], reader: KEYS[1] },
      { ...privateNote, id: "4", verified: false, author: "guest 1", reader: `guest ${2 ** 52}` },
      { ...privateNote, id: "5", author: KEYS[1], reader: "guest 1" },
    ];
    const { notes } = await log.append(batch, 1);
    assertEquals(notes.map(({ author }) => author), batch.map(({ author }) => author));
    assertEquals(notes.map(({ reader }) => reader), batch.map(({ reader }) => reader));
    assertEquals(await log.read(1, ALL), [...notes]);
    assertEquals("reader" in notes[0]!, false);
  });

  test("finds private notes hidden from a person, including dropped ones", async (log) => {
    const between = (author: string, reader?: string): Draft => ({
      ...drafts("x")[0]!,
      ...{ kind: "whisper", to: "bob", author },
      ...(reader !== undefined && { reader }),
    });
    await log.append([
      ...drafts("1"),
      between(KEYS[0], KEYS[1]), // 2
      between("guest 7", KEYS[0]), // 3
      between("guest 7"), // 4
      ...drafts("5"),
      between(KEYS[1], "guest 7"), // 6
    ], 0);
    const hidden = (reader?: string, from = 1, to = 7, most = 10) =>
      log.hidden(from, to, reader, most);
    const look = async () => {
      assertEquals(await hidden(), [6, 4, 3, 2]);
      assertEquals(await hidden(KEYS[0]), [6, 4]);
      assertEquals(await hidden(KEYS[1]), [4, 3]);
      assertEquals(await hidden("guest 7"), [2]);
      assertEquals(await hidden("SHA256:of a key that is not known"), [6, 4, 3, 2]);
      assertEquals(await hidden(undefined, 3, 6), [4, 3]);
      assertEquals(await hidden(undefined, 1, 7, 3), [6, 4, 3]);
    };
    await look();
    for (let dropped = 0; dropped < 6; dropped++) {
      assertEquals(await log.trim(10, 1), 1);
      await look();
    }
    assertEquals(log.known, 1);
  }, { ageMs: 10 });

  test(
    "remembers a bounded number of dropped private notes, and from which position on",
    async (log) => {
      const privateNote: Draft = {
        ...drafts("x")[0]!,
        kind: "whisper",
        to: "bob",
        reader: KEYS[0],
      };
      for (let i = 0; i < 3; i++) {
        await log.append(
          Array.from({ length: MAX_DROPPED_PRIVATE_NOTES }, () => privateNote),
          i * 10,
        );
        await trim(log, i * 10, 20_000);
      }
      assert(log.known > 1 && log.known <= log.first - MAX_DROPPED_PRIVATE_NOTES, `${log.known}`);
      const seqs = await log.hidden(log.known, log.head + 1, undefined, 20_000);
      assertEquals(seqs.length, log.head + 1 - log.known);
    },
    { ageMs: 10, notes: 20_000 },
  );

  test("is removed with its dropped private notes", async (log, store) => {
    const privateNote: Draft = { ...drafts("x")[0]!, kind: "whisper", to: "bob", reader: KEYS[0] };
    await log.append([privateNote, privateNote], 0);
    await trim(log, 10, 1);
    await log.append([...drafts("1"), privateNote], 10);
    assertEquals(await store.remove("lobby", "removed"), 2);
    assertEquals(await store.rooms(), []);
    const next = await store.open("lobby");
    assertEquals(await next.hidden(1, 10, undefined, 10), []);
    assertEquals((await next.append(drafts("2"), 20)).seqs, [1]);
  }, { ageMs: 10 });

  test("is independent of the logs of other rooms", async (log, store) => {
    const other = await store.open("other");
    const here = log.append(drafts("a#1"), 0);
    const there = other.append(drafts("b#1", "c#2"), 0);
    assertEquals([(await here).seqs, (await there).seqs], [[1], [1, 2]]);
    await trim(other, 0);
    assertEquals(await read(log, 1), ["1 a"]);
    assertEquals(await read(other, 1), ["2 c"]);
    assert(log.history !== other.history);
    assertEquals(await store.rooms(), ["lobby", "other"]);
  }, { notes: 1 });

  register(`${name} refuses an invalid retention`, async () => {
    const cases: Partial<Retention>[] = [
      ...[0, -1, 1.5, NaN].map((notes) => ({ notes })),
      ...[0, NaN].map((ageMs) => ({ ageMs })),
      ...[-3, NaN].map((bytes) => ({ bytes })),
    ];
    for (const retention of cases) {
      const value = `${Object.values(retention)[0]}`;
      const opening = async () => await open("/nowhere", { ...EVERYTHING, ...retention });
      await assertRejects(opening, RangeError, value);
    }
  });
}
