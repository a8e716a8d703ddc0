import { assert, assertEquals, assertThrows } from "@std/assert";
import { importCommand } from "../../cli/commands/import.ts";
import { ChatError } from "../../room/errors.ts";
import type { Draft } from "../../room/note.ts";
import { Archive } from "../../server/archive/archive.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { CONTROL, HOSTILE_TEXTS } from "../support/hostile_text.ts";
import { type Result, run, start, startServer } from "../support/program.ts";
import { inFolder } from "../support/temporary_folder.ts";

const EVERYTHING = { notes: 100_000, ageMs: Infinity, bytes: Infinity };

const KEY = `SHA256:${"k".repeat(43)}`;

const TOPIC = { text: "", by: "ann", time: 1_732_000_000_004, locked: true, lockedBy: "bob" };

function said(message: string, more: Partial<Draft> = {}): Draft {
  return { id: `id ${message}`.slice(0, 64), name: "ann", message, kind: "said", ...more };
}

/** A file with notes of all kinds, and a room that has lost its oldest notes. */
async function makeFile(file: string): Promise<void> {
  await using store = SqliteStore.open(file, { ...EVERYTHING, notes: 100 });
  const lobby = await store.open("lobby");
  await lobby.append([
    ...HOSTILE_TEXTS.map((text) => said(text)),
    said("\0"),
    said("a\0b", { id: "" }),
    said("", { id: "i\0d" }),
    said("waves", { kind: "action", verified: true }),
    said("psst", { kind: "whisper", to: "bob", verified: true }),
    said("signed", { verified: true, author: KEY }),
    said("sealed", { kind: "whisper", to: "b", verified: true, author: KEY, reader: KEY }),
    said("guests", { kind: "whisper", to: "b", author: "guest 1", reader: "guest 2" }),
    said("x".repeat(100_000)),
  ], 1_732_000_000_001);
  const dev = await store.open("dév");
  await dev.append(Array.from({ length: 150 }, (_, i) => said(`${i}`)), 1_732_000_000_002);
  await dev.trim(1_732_000_000_003, 100);
  await store.saveTopic("dév", () => ({ ...TOPIC, text: `${HOSTILE_TEXTS[0]}\0` }));
}

async function exported(file: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("export", ["--data", file, "--json", ...args]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

async function imported(file: string, stdin: string | Uint8Array): Promise<Result> {
  await using process = start("import", ["--data", file]);
  await process.end(stdin).catch(() => {}); // Refused input is not read to its end.
  const { code } = await process.ended();
  return { code, stdout: process.stdout, stderr: process.stderr };
}

Deno.test("chat export --json prints everything in the file, without terminal control characters", () =>
  inFolder(async (folder) => {
    await makeFile(`${folder}/a.db`);
    const text = await exported(`${folder}/a.db`);
    const lines = text.trimEnd().split("\n");
    assert(lines.every((line) => !CONTROL.test(line)));
    const records = lines.map((line) => JSON.parse(line));
    const rooms = records.filter((record) => record.history);
    const extent = rooms.map(({ room, first, head }) => [room, first, head]);
    assertEquals(extent, [["lobby", 1, HOSTILE_TEXTS.length + 9], ["dév", 51, 150]]);
    const lobby = records.filter((record) => record.seq && record.room === "lobby");
    const stored = HOSTILE_TEXTS.map((text) => text.toWellFormed()); // The same as on the wire.
    assertEquals(lobby.slice(0, HOSTILE_TEXTS.length).map(({ message }) => message), stored);
    const time = "2024-11-19T07:06:40.001Z";
    const common = { time, room: "lobby", name: "ann" };
    assertEquals(lobby.slice(HOSTILE_TEXTS.length, -1).map(({ seq: _seq, ...note }) => note), [
      { ...common, kind: "said", message: "\0", verified: false, id: "id \0" },
      { ...common, kind: "said", message: "a\0b", verified: false },
      { ...common, kind: "said", message: "", verified: false, id: "i\0d" },
      { ...common, kind: "action", message: "waves", verified: true, id: "id waves" },
      { ...common, kind: "whisper", message: "psst", verified: true, to: "bob", id: "id psst" },
      { ...common, kind: "said", message: "signed", verified: true, id: "id signed", author: KEY },
      {
        ...{ ...common, kind: "whisper", message: "sealed", verified: true, to: "b" },
        ...{ id: "id sealed", author: KEY, reader: KEY },
      },
      { ...common, kind: "whisper", message: "guests", verified: false, to: "b", id: "id guests" },
    ]);
  }));

Deno.test("chat import reproduces the output of chat export --json byte for byte", () =>
  inFolder(async (folder) => {
    await makeFile(`${folder}/a.db`);
    const text = await exported(`${folder}/a.db`);
    const result = await imported(`${folder}/b.db`, text);
    const notes = HOSTILE_TEXTS.length + 9 + 100;
    assertEquals(result, { code: 0, stdout: `imported ${notes} notes in 2 rooms\n`, stderr: "" });
    assertEquals(await exported(`${folder}/b.db`), text);
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(`${folder}/b.db`)).mode! & 0o777, 0o600);
    }
    const dev = await exported(`${folder}/a.db`, "--room", "dév");
    assert(text.includes(dev));
    assertEquals((await imported(`${folder}/c.db`, dev)).code, 0);
    assertEquals(await exported(`${folder}/c.db`), dev);
  }));

Deno.test("chat export --all adds owners of names, bans and mutes, which chat import reads", () =>
  inFolder(async (folder) => {
    const time = 1_732_000_000_001;
    const at = new Date(time).toISOString();
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      await (await store.open("lobby")).append([said("1")], time);
      await store.saveOwnedName({ name: "Bob", key: KEY, time, seen: time, spoken: false });
      await store.saveOwnedName({ name: "ann", key: KEY, time, seen: time, spoken: true });
      const eve = { name: "eve", by: "ann", reason: "spam", time };
      await store.saveSanction({ kind: "mute", principal: KEY, ...eve, until: time });
      await store.saveSanction({ kind: "ban", principal: "unix", ...eve });
    }
    const notes = await exported(`${folder}/a.db`);
    const all = await exported(`${folder}/a.db`, "--all");
    assertEquals(notes.split("\n").length, 3);
    assert(all.startsWith(notes));
    const access = all.slice(notes.length);
    const eve = { name: "eve", by: "ann", reason: "spam", time: at };
    assertEquals(access.trimEnd().split("\n").map((line) => JSON.parse(line)), [
      { owner: KEY, name: "ann", time: at, seen: at, spoken: true },
      { owner: KEY, name: "Bob", time: at, seen: at, spoken: false },
      { sanction: "ban", principal: "unix", ...eve },
      { sanction: "mute", principal: KEY, ...eve, until: at },
    ]);
    const words = "imported 1 note in 1 room, 2 names, 1 ban, 1 mute\n";
    const result = await imported(`${folder}/b.db`, all);
    assertEquals(result, { code: 0, stdout: words, stderr: "" });
    assertEquals(await exported(`${folder}/b.db`, "--all"), all);
    assertEquals((await imported(`${folder}/c.db`, access)).code, 0);
    assertEquals(await exported(`${folder}/c.db`, "--all"), access);
  }));

Deno.test("chat export --all refuses what it cannot do", () =>
  inFolder(async (folder) => {
    const cases = [
      [["--all"], 2, "--all needs --json"],
      [
        ["--all", "--json", "--room", "dev"],
        2,
        "--all cannot be combined with --room: names and bans are of all rooms",
      ],
      [
        ["--data", "a.db", "--cluster", "nats://127.0.0.1"],
        2,
        "--cluster cannot be combined with --data: give one of them",
      ],
    ] as const;
    for (const [args, code, words] of cases) {
      const result = await run("export", [...args], { cwd: folder });
      assertEquals([result.code, result.stderr.split("\n")[0]], [code, `error: ${words}`]);
    }
    const data = `${folder}/a.db`;
    {
      await using _store = await openClusterStore(new MemoryCluster().connect(), { data });
    }
    const { code, stdout, stderr } = await run("export", ["--data", data, "--json", "--all"]);
    const words =
      "is a copy of the notes of several servers, without names and bans: use --cluster";
    assertEquals([code, stdout, stderr], [1, "", `error: "${data}" ${words}\n`]);
  }));

Deno.test("chat import creates no file for input without a room, and keeps one that exists", () =>
  inFolder(async (folder) => {
    const nothing = { code: 0, stdout: "imported 0 notes in 0 rooms\n", stderr: "" };
    assertEquals(await imported(`${folder}/a.db`, ""), nothing);
    assertEquals([...Deno.readDirSync(folder)], []);
    await makeFile(`${folder}/a.db`);
    const before = await exported(`${folder}/a.db`);
    assertEquals(await imported(`${folder}/a.db`, ""), nothing);
    assertEquals(await exported(`${folder}/a.db`), before);
  }));

Deno.test("names and rooms older than the naming rule are kept, and shown in quotes", () =>
  inFolder(async (folder) => {
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      const log = await store.open("dev ── bob");
      const names = ["bob\u2065", "bob\ue000", "ann, cy", "👩‍💻", "\u{e0000}"];
      await log.append(names.map((name, i) => said(`${i}`, { name })), 0);
    }
    const text = await exported(`${folder}/a.db`);
    assertEquals((await imported(`${folder}/b.db`, text)).code, 0);
    assertEquals(await exported(`${folder}/b.db`), text);
    const { stdout } = await run("export", ["--data", `${folder}/b.db`, "--time", "off"]);
    assertEquals(stdout.split("\n"), [
      "── “dev ── bob” ──",
      "[~“bob\\u2065”] 0",
      "[~“bob\\ue000”] 1",
      "[~“ann, cy”] 2",
      "[~“👩‍💻”] 3",
      "[~“\\u{e0000}”] 4",
      "",
    ]);
  }));

Deno.test("a server continues an imported room where it was, and knows its ids", () =>
  inFolder(async (folder) => {
    await makeFile(`${folder}/a.db`);
    const [head = ""] = (await exported(`${folder}/a.db`, "--room", "dév")).split("\n");
    await imported(`${folder}/b.db`, await exported(`${folder}/a.db`));
    await using store = SqliteStore.open(`${folder}/b.db`, { ...EVERYTHING, bytes: 100 });
    const dev = await store.open("dév");
    assertEquals([dev.first, dev.head], [51, 150]);
    assertEquals([...dev.origins], [[JSON.parse(head).history, 150]]);
    assertEquals((await dev.append([said("99"), said("3")], 1)).seqs, [100, 151]);
    assertEquals(await dev.trim(1, 1_000), 67); // By the stored size of its messages.
  }));

Deno.test("an archive keeps the spelling of a room", () =>
  inFolder(async (folder) => {
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      await (await store.open("dev", () => "Dev")).append([said("1")], 1_732_000_000_001);
    }
    const text = await exported(`${folder}/a.db`, "--room", "DEV");
    assertEquals(text.split("\n").slice(0, 2).map((line) => JSON.parse(line).room), ["Dev", "Dev"]);
    await imported(`${folder}/b.db`, text);
    await using store = SqliteStore.open(`${folder}/b.db`, EVERYTHING);
    assertEquals([await store.rooms(), (await store.open("dev")).head], [["Dev"], 1]);
  }));

Deno.test("chat export leaves a backup unchanged, even a read-only one", () =>
  inFolder(async (folder) => {
    const [file, copy] = [`${folder}/a.db`, `${folder}/copy.db`];
    await makeFile(file);
    const text = await exported(file);
    {
      await using store = SqliteStore.open(file, EVERYTHING);
      await store.backup(copy);
    }
    Deno.chmodSync(copy, 0o400);
    const before = Deno.readFileSync(copy);
    assertEquals(await exported(copy), text);
    assertEquals(Deno.readFileSync(copy), before);
    {
      using _first = Archive.open(copy, { write: false, inUse: "" });
      assertEquals(await exported(copy), text);
      assertThrows(
        () => Archive.open(copy, { write: false, inUse: "" }),
        ChatError,
        "open already",
      );
    }
    Deno.chmodSync(copy, 0o600);
    await using _server = await startServer(["--data", copy]);
    const { code, stderr } = await run("export", ["--data", copy]);
    assertEquals([code, stderr.includes("another program has it open")], [1, true]);
  }));

Deno.test("chat export prints text like chat tail, under a heading per room if there are several", () =>
  inFolder(async (folder) => {
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      await (await store.open("lobby")).append([said("one\ntwo"), said("\x1b[2J")], 0);
      await (await store.open("dev")).append([said("waves", { kind: "action" })], 0);
    }
    const file = ["--data", `${folder}/a.db`];
    const all = await run("export", file, { env: { TZ: "UTC" } });
    const at = "1970-01-01T00:00:00+00:00";
    const lobby = `${at} [~ann] one\n    two\n${at} [~ann] \\x1b[2J\n`;
    assertEquals(all.stdout, `── lobby ──\n${lobby}── dev ──\n${at} * ~ann waves\n`);
    const one = await run("export", [...file, "--room", "dev", "--time", "off"]);
    assertEquals(one, { code: 0, stdout: "* ~ann waves\n", stderr: "" });
  }));

Deno.test("chat export and chat import say what to do about a file that a server has open", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await using _server = await startServer(["--data", file]);
    const stderr = `error: Cannot open "${file}": another program has it open; ` +
      "stop the server, or make a copy with chat backup and use that\n";
    for (const command of ["export", "import"] as const) {
      assertEquals(await run(command, ["--data", file]), { code: 1, stdout: "", stderr });
    }
  }));

Deno.test("chat export refuses a missing file or room, and creates none", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    const stderr = `error: Cannot open "${file}": there is no such file, or nothing in it\n`;
    assertEquals(await run("export", ["--data", file]), { code: 1, stdout: "", stderr });
    assertEquals([...Deno.readDirSync(folder)], []);
    await makeFile(file);
    const missing = await run("export", ["--data", file, "--room", "attic"]);
    const reason = `error: There is no room "attic" in "${file}"\n`;
    assertEquals(missing, { code: 1, stdout: "", stderr: reason });
  }));

Deno.test("chat export ends quietly when its reader closes the pipe", () =>
  inFolder(async (folder) => {
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      const log = await store.open("lobby");
      await log.append(Array.from({ length: 40 }, (_, i) => said(`${i}${"x".repeat(50_000)}`)), 0);
    }
    await using process = start("export", ["--data", `${folder}/a.db`]);
    await process.waitFor(/\[~ann\]/);
    await process.closeStdout();
    assertEquals([(await process.ended()).code, process.stderr], [0, ""]);
  }));

const ROOM = { room: "r", history: "h", first: 1, head: 2, origins: [] };
const ROOM_TOPIC = {
  ...{ text: "Plans", by: "ann", time: "2024-11-22T17:02:03.000Z", locked: false, operator: "" },
};
const NOTE = {
  seq: 1,
  time: "2024-11-22T17:02:03.000Z",
  room: "r",
  name: "ann",
  kind: "said",
  message: "a",
  verified: false,
};
const SECOND = { ...NOTE, seq: 2 };
const OWNED = { owner: KEY, name: "ann", time: NOTE.time, seen: NOTE.time, spoken: true };
const BAN = {
  ...{ sanction: "ban", principal: KEY, name: "eve", by: "ann", reason: "spam" },
  time: NOTE.time,
};

const REFUSED: [what: string, lines: unknown[], reason: string][] = [
  ["no JSON", [ROOM, NOTE, "{"], "Line 3: it is not JSON"],
  ["no object", [ROOM, "[]"], "Line 2: it is not a JSON object"],
  [
    "a missing field",
    [ROOM, { ...NOTE, name: undefined }],
    'Line 2: field "name" is missing',
  ],
  ["a field that is not known", [ROOM, { ...NOTE, x: 1 }], 'Line 2: unknown field "x"'],
  ["a topic that is none", [{ ...ROOM, topic: "x" }], "Line 1: it is not a JSON object"],
  [
    "a topic of two lines",
    [{ ...ROOM, topic: { ...ROOM_TOPIC, text: "a\nb" } }],
    "Line 1: The topic has more than one line",
  ],
  [
    "an unknown field of a topic",
    [{ ...ROOM, topic: { ...ROOM_TOPIC, x: 1 } }],
    'Line 1: unknown field "x"',
  ],
  ["a text that is none", [{ ...ROOM, room: 1 }], "Line 1: room must be a string"],
  [
    "half a character",
    [ROOM, { ...NOTE, message: "\ud83d" }],
    "Line 2: message contains half a character (a lone surrogate)",
  ],
  [
    "an unknown kind",
    [ROOM, { ...NOTE, kind: "shout" }],
    'Line 2: kind "shout" must be said, action or whisper',
  ],
  [
    "an invalid time",
    [ROOM, { ...NOTE, time: "noon" }],
    'Line 2: time "noon" must be a time like 2026-11-22T17:02:03.000Z',
  ],
  [
    "an invalid name",
    [ROOM, { ...NOTE, name: "a\x1b" }],
    'Line 2: Name "a\\x1b" contains control or invisible characters',
  ],
  ["an invalid room", [{ ...ROOM, room: "" }], 'Line 1: Room "" is empty'],
  [
    "a room in two spellings",
    [{ ...ROOM, head: 1 }, NOTE, { ...ROOM, room: "R" }],
    'Line 3: room "R" is in the file already: its newest note had position 1',
  ],
  [
    "an author with an invalid key",
    [ROOM, { ...NOTE, verified: true, author: "SHA256:x" }],
    'Line 2: author "SHA256:x" must be the fingerprint of a key, SHA256:…',
  ],
  [
    "an unverified author with a key",
    [ROOM, { ...NOTE, author: KEY }],
    "Line 2: only a verified note may have an author",
  ],
  [
    "a reader of a public note",
    [ROOM, { ...NOTE, reader: KEY }],
    "Line 2: only a private note may have a reader",
  ],
  [
    "a private note without a recipient",
    [ROOM, { ...NOTE, kind: "whisper" }],
    'Line 2: Recipient "" is empty',
  ],
  [
    "an id that is too long",
    [ROOM, { ...NOTE, id: "x".repeat(65) }],
    "Line 2: id has 65 characters: must be 1 to 64",
  ],
  [
    "a note that is too large",
    [ROOM, { ...NOTE, message: "x".repeat(1_048_577) }],
    "Line 2: Note has 1,048,577 bytes: at most 1,048,576 are allowed",
  ],
  [
    "a line that is too long",
    [ROOM, " ".repeat(7_000_000)],
    "Line 2: it has more than 6,301,456 bytes",
  ],
  [
    "a head that leaves too few positions",
    [{ ...ROOM, head: 2 ** 53 - 2, first: 2 ** 53 - 1 }],
    "Line 1: head is 9,007,199,254,740,990: must be at most 1,125,899,906,842,624",
  ],
  [
    "a time before 1970",
    [ROOM, { ...NOTE, time: "1969-12-31T23:59:59.999Z" }],
    'Line 2: time "1969-12-31T23:59:59.999Z" must be a time like 2026-11-22T17:02:03.000Z',
  ],
  [
    "a time that goes back",
    [ROOM, NOTE, { ...SECOND, time: "2024-11-22T17:02:02.999Z" }],
    'Line 3: time "2024-11-22T17:02:02.999Z" must not be before that of note 1, "2024-11-22T17:02:03.000Z"',
  ],
  [
    "a time in the future, which all later notes would get",
    [ROOM, { ...NOTE, time: "9999-11-22T17:02:03.000Z" }],
    'Line 2: time "9999-11-22T17:02:03.000Z" is in the future',
  ],
  ["a position twice", [ROOM, NOTE, NOTE], "Line 3: position is 1: must be 2"],
  ["a gap", [{ ...ROOM, head: 9 }, NOTE, { ...NOTE, seq: 3 }], "Line 3: position is 3: must be 2"],
  [
    "a note beyond the head",
    [ROOM, NOTE, SECOND, { ...NOTE, seq: 3 }],
    'Line 4: position 3 is beyond the head of room "r", 2',
  ],
  [
    "a note before its room",
    [NOTE],
    'Line 1: a note of room "r" must come after the line of that room',
  ],
  [
    "a note of another room",
    [ROOM, { ...NOTE, room: "q" }],
    'Line 2: a note of room "q" must come after the line of that room',
  ],
  [
    "a first beyond the head",
    [{ ...ROOM, first: 4 }],
    "Line 1: first is 4: must be at most 3, one after the head",
  ],
  [
    "a history twice",
    [{ ...ROOM, origins: [{ history: "h", head: 1 }] }],
    "Line 1: a history appears twice",
  ],
  [
    "a room twice",
    [{ ...ROOM, head: 1 }, NOTE, ROOM],
    'Line 3: room "r" is in the file already: its newest note had position 1',
  ],
  [
    "an owner that is no key",
    [{ ...OWNED, owner: "ann" }],
    'Line 1: owner "ann" must be the fingerprint of a key, SHA256:…',
  ],
  [
    "an owned name that is not valid",
    [{ ...OWNED, name: "a\x1b" }],
    'Line 1: Name "a\\x1b" contains control or invisible characters',
  ],
  ["an owner without a visit", [{ ...OWNED, seen: undefined }], 'Line 1: field "seen" is missing'],
  [
    "a field of an owner that is not known",
    [{ ...OWNED, until: NOTE.time }],
    'Line 1: unknown field "until"',
  ],
  [
    "a name with two owners",
    [OWNED, { ...OWNED, name: "ANN", owner: KEY.toUpperCase() }],
    `Line 2: Cannot import name "ANN" of key ${KEY.toUpperCase()}: it has two owners in the archive`,
  ],
  [
    "an unknown sanction",
    [{ ...BAN, sanction: "kick" }],
    'Line 1: sanction "kick" must be ban or mute',
  ],
  [
    "a sanction of no principal",
    [{ ...BAN, principal: "10.0.0.0/8" }],
    'Line 1: principal "10.0.0.0/8" must be the fingerprint of a key, an IPv4 address, ' +
    "or an IPv6 network like 2001:db8::/64",
  ],
  [
    "a reason that is too long",
    [{ ...BAN, reason: "x".repeat(201) }],
    "Line 1: The reason has 201 characters: at most 200 are allowed",
  ],
  [
    "missing notes at the end",
    [ROOM, NOTE],
    'room "r" is missing notes 2 to 2',
  ],
  [
    "missing notes in between",
    [ROOM, NOTE, { ...ROOM, room: "q" }],
    'Line 3: room "r" is missing notes 2 to 2',
  ],
]; // deno-fmt-ignore

for (const [what, lines, reason] of REFUSED) {
  Deno.test(`chat import refuses ${what}, and writes nothing`, () =>
    inFolder(async (folder) => {
      const text = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line));
      const result = await imported(`${folder}/a.db`, text.join("\n"));
      assertEquals(result, { code: 1, stdout: "", stderr: `error: ${reason}\n` });
      assertEquals([...Deno.readDirSync(folder)], []);
    }));
}

Deno.test("chat import refuses bytes that are not UTF-8, and names their line", () =>
  inFolder(async (folder) => {
    const bytes = new TextEncoder().encode(`${JSON.stringify(ROOM)}\n\n{"name":"?`);
    bytes[bytes.length - 1] = 0xff;
    const { code, stderr } = await imported(`${folder}/a.db`, bytes);
    assertEquals([code, stderr], [1, "error: Line 3: it is not UTF-8\n"]);
  }));

Deno.test("chat import leaves a file unchanged in which a room has had notes, or has a topic", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await makeFile(file);
    const before = await exported(file);
    const other = `${JSON.stringify({ ...ROOM, head: 0 })}\n`;
    const { code, stderr } = await imported(file, other + before);
    const reason = `Line 2: room "lobby" is in the file already: its newest note had position`;
    assertEquals([code, stderr], [1, `error: ${reason} ${HOSTILE_TEXTS.length + 9}\n`]);
    assertEquals(await exported(file), before);
    assertEquals((await imported(file, other)).code, 0);
    assertEquals(await exported(file), before + other);
    const titled = `${JSON.stringify({ ...ROOM, room: "t", head: 0, topic: ROOM_TOPIC })}\n`;
    assertEquals((await imported(file, titled)).code, 0);
    const again = await imported(file, titled);
    assertEquals(again.stderr, 'error: Line 1: room "t" is in the file already: it has a topic\n');
    assertEquals(await exported(file), before + other + titled);
  }));

Deno.test("chat import writes nothing when it is stopped", () =>
  inFolder(async (folder) => {
    await using process = start("import", ["--data", `${folder}/a.db`]);
    await process.write(`${JSON.stringify({ ...ROOM, head: 0 })}\n`);
    // The file exists once it reads.
    for await (const _ of Deno.watchFs(folder)) break;
    process.kill("SIGTERM");
    const { code } = await process.ended();
    assertEquals([code, process.stderr], [1, "error: Stopped before the import was complete\n"]);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

/** Runs `then` after the first call of each of these functions with `path`, until disposed. */
function behindFirstCall(path: string, then: () => Promise<void>): Disposable {
  const names = ["lstat", "open"] as const;
  const stack = new DisposableStack();
  for (const name of names) {
    const original = Deno[name];
    stack.defer(() => Reflect.set(Deno, name, original));
    Reflect.set(Deno, name, async (...args: unknown[]) => {
      try {
        return await Reflect.apply(original, Deno, args);
      } finally {
        Reflect.set(Deno, name, original);
        if (args[0] === path) await then();
      }
    });
  }
  return stack;
}

Deno.test("chat import leaves the file to a server that opened it first", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await using servers = new AsyncDisposableStack();
    using _faster = behindFirstCall(file, async () => {
      servers.use(await startServer(["--data", file]));
    });
    const said: string[] = [];
    const nothing = () => Promise.resolve();
    const code = await importCommand.run(["--data", file], {
      program: "chat",
      env: () => undefined,
      output: { print: nothing, log: nothing, report: (text) => void said.push(text) },
      signal: new AbortController().signal,
      hangUp: () => {},
      onReload: () => new DisposableStack(),
      onContinue: () => new DisposableStack(),
    });
    assertEquals([code, said.length, said[0]?.includes("another program has it open")], [
      1,
      1,
      true,
    ]);
    assert(Deno.statSync(file).size > 0);
  }));
