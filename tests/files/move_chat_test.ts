import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import type { Draft } from "../../room/note.ts";
import type { OwnedName } from "../../room/owned_name.ts";
import type { Sanction } from "../../room/sanctions.ts";
import { Names } from "../../room/state/names.ts";
import { Room } from "../../room/state/room.ts";
import { Rooms, type RoomStore } from "../../room/state/rooms.ts";
import { Sanctions } from "../../room/sanctions.ts";
import type { NameStore } from "../../room/state/name_store.ts";
import type { SanctionStore } from "../../room/sanctions.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import {
  exportEngine,
  exportFile,
  importText,
  importTextToEngine,
} from "../support/cluster/archive_text.ts";
import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { HOSTILE_TEXTS } from "../support/hostile_text.ts";
import { inFolder } from "../support/temporary_folder.ts";

const EVERYTHING = { notes: 100_000, ageMs: Infinity, bytes: Infinity };
const TIME = 1_732_000_000_000;
const [ANN, BOB] = ["a", "b"].map((letter) => `SHA256:${letter.repeat(43)}`) as [string, string];

const TOPIC = { text: "", by: "ann", time: TIME, locked: true, lockedBy: "Kim Min" };

function said(message: string, more: Partial<Draft> = {}): Draft {
  return { id: `id ${message}`.slice(0, 64), name: "ann", message, kind: "said", ...more };
}

function owned(name: string, key: string, more: Partial<OwnedName> = {}): OwnedName {
  return { name, key, time: TIME, seen: TIME + 5, spoken: true, ...more };
}

function ban(principal: string, more: Partial<Sanction> = {}): Sanction {
  const said = { name: "eve", by: "ann", reason: "spam", time: TIME };
  return { kind: "ban", principal, ...said, ...more };
}

/** Makes a file with rooms of all kinds, owned names and sanctions. */
async function makeFile(file: string): Promise<void> {
  await using store = SqliteStore.open(file, { ...EVERYTHING, notes: 100 });
  const lobby = await store.open("lobby");
  await lobby.append(HOSTILE_TEXTS.map((text) => said(text)), TIME);
  await lobby.append([
    said("\0", { id: "" }),
    said("waves", { kind: "action", verified: true, author: ANN }),
    said("sealed", { kind: "whisper", to: "b", verified: true, author: ANN, reader: BOB }),
    said("lost", { kind: "whisper", to: "~b" }),
  ], TIME + 1);
  const dev = await store.open("dév", () => "Dév");
  for (let i = 0; i < 150; i++) await dev.append([said(`${i}`)], TIME + i * 1_000);
  await dev.trim(TIME + 150_000, 100);
  const old = await store.open("old");
  await old.append([said("gone")], 0);
  await store.saveTopic("dév", () => ({ ...TOPIC, text: "“\u202e”" }));
  await store.open("quiet", () => "Quiet"); // Nobody has ever spoken there.
  await store.saveTopic("quiet", () => TOPIC);
  const names = [owned("Zoë", ANN), owned("ann", ANN, { spoken: false }), owned("Bob", BOB)];
  for (const name of names) await store.saveOwnedName(name);
  const sanctions = [
    ban("2001:db8::/64", { until: TIME + 1 }),
    ban(BOB, { kind: "mute", reason: "", by: "" }),
    ban("unix"),
    ban(BOB, { until: TIME * 2 }),
  ];
  for (const sanction of sanctions) await store.saveSanction(sanction);
}

/** An archive without what a move changes in its rooms: their histories. */
function withoutHistories(text: string): string {
  return text.replace(/"history":"[^"]*"/g, "").replace(/"origins":\[.*?\]/g, "");
}

/** The lines of rooms. */
function roomsOf(text: string) {
  return text.trim().split("\n").map((line) => JSON.parse(line)).filter(({ history }) => history);
}

Deno.test("a chat that is moved to an engine and back stays the same", () =>
  inFolder(async (folder) => {
    const [a, b] = [`${folder}/a.db`, `${folder}/b.db`];
    await makeFile(a);
    const before = exportFile(a);
    const cluster = new MemoryCluster();
    const notes = HOSTILE_TEXTS.length + 4 + 100 + 1;
    const imported = await importTextToEngine(cluster.connect(), before);
    assertEquals(imported, { rooms: 4, notes, names: 3, bans: 3, mutes: 1 });
    const shared = await exportEngine(cluster.connect());
    assertEquals(await exportEngine(cluster.connect()), shared);
    assertEquals(withoutHistories(shared), withoutHistories(before));
    assertEquals(roomsOf(shared).map(({ room, topic }) => [room, topic?.text]), [
      ...[["lobby", undefined], ["Dév", "“\u202e”"], ["old", undefined], ["Quiet", ""]],
    ]);
    assertEquals(
      roomsOf(shared).map(({ origins }) => origins),
      roomsOf(before).map(({ history, head, origins }) => [...origins, { history, head }]),
    );
    await importText(b, shared);
    assertEquals(exportFile(b), shared);
    await importText(`${folder}/c.db`, before);
    assertEquals(exportFile(`${folder}/c.db`), before);
  }));

Deno.test("a room that has lost all its notes keeps its position when it is moved", () =>
  inFolder(async (folder) => {
    const cluster = new MemoryCluster();
    const room = { room: "Dev", history: "h", first: 8, head: 7, origins: [] };
    const empty = { room: "ops", history: "i", first: 1, head: 0, origins: [] };
    await importTextToEngine(
      cluster.connect(),
      [room, empty].map((line) => JSON.stringify(line)).join("\n"),
    );
    const shared = await exportEngine(cluster.connect());
    assertEquals(roomsOf(shared).map(({ room, first, head }) => [room, first, head]), [
      ["Dev", 8, 7],
      ["ops", 1, 0],
    ]);
    await importText(`${folder}/a.db`, shared);
    assertEquals(exportFile(`${folder}/a.db`), shared);
  }));

Deno.test("notes that a running server stores are in an export from the engine", async () => {
  const cluster = new MemoryCluster();
  await using store = await openClusterStore(cluster.connect());
  const log = await store.open("dev", () => "Dev");
  await log.append([said("1", { author: ANN, verified: true }), said("2", { id: "" })], TIME);
  await log.append([said("3")], TIME + 1);
  await (await store.open("gone")).append([said("4")], TIME);
  await store.remove("gone", "removed");
  const text = await exportEngine(cluster.connect());
  const head = { room: "Dev", history: log.history, first: 1, head: 3, origins: [] };
  const note = { room: "Dev", name: "ann", kind: "said" };
  const time = new Date(TIME).toISOString();
  assertEquals(text.trim().split("\n").map((line) => JSON.parse(line)), [
    head,
    { ...note, seq: 1, time, message: "1", verified: true, id: "id 1", author: ANN },
    { ...note, seq: 2, time, message: "2", verified: false },
    {
      ...note,
      seq: 3,
      time: new Date(TIME + 1).toISOString(),
      message: "3",
      verified: false,
      id: "id 3",
    },
  ]);
});

Deno.test("an export from the engine leaves out a room that is removed meanwhile", async () => {
  const cluster = new MemoryCluster();
  await using store = await openClusterStore(cluster.connect());
  for (const room of ["a", "b", "c"]) await (await store.open(room)).append([said(room)], TIME);
  const engine = cluster.connect();
  const { notes, state } = engine.journals;
  const newest = notes.newest.bind(notes);
  let calls = 0;
  notes.newest = async (key) => {
    if (++calls === 3) { // The first two rooms are copied.
      await store.remove("a", "gone");
      await state.reach(state.seen);
    }
    return await newest(key);
  };
  assertEquals(roomsOf(await exportEngine(engine)).map(({ room }) => room), ["b", "c"]);
});

const OPTIONS = {
  ...{ now: () => TIME + 2, maxMembers: 9, maxNames: 9, maxOwned: 9, awayMs: 1_000 },
  defer: (task: () => void) => void setImmediate(task),
  yieldToEventLoop: () => Promise.resolve(),
  onError: (error: unknown) => {
    throw error;
  },
};

/** Checks owners, bans, topics and where a reader resumes that has seen some notes of earlier histories. */
async function assertGoesOn(
  store: RoomStore & NameStore & SanctionStore,
  histories: readonly string[],
): Promise<void> {
  const names = await Names.open(store, OPTIONS);
  const sanctions = await Sanctions.open(store, OPTIONS.now);
  assertEquals(["zoë", "ANN", "bob"].map((name) => names.findOwner(name)), [ANN, ANN, BOB]);
  for (const [name, key] of [["bob", ANN], ["B0b", undefined], ["ann", BOB]] as const) {
    assertEquals(code(() => names.check(name, key)), "taken");
  }
  const active = sanctions.list().map(({ kind, principal }) => `${kind} ${principal}`).sort();
  assertEquals(active, [`ban ${BOB}`, "ban unix", `mute ${BOB}`]);
  assertEquals(code(() => sanctions.check("ban", { key: BOB, network: "x" })), "forbidden");
  const log = await store.open("dév");
  const room = await Room.open(() => "Dév", log, OPTIONS);
  for (const history of [...histories, log.history]) {
    assertEquals([room.resume(history, 120), room.resume(history, 150)], [121, 151], history);
  }
  assertEquals(room.resume("unknown", 120), 1);
  const rooms = await Rooms.open(store, { ...OPTIONS, maxRooms: 9 });
  using quiet = await rooms.use("quiet", "refuse");
  assertEquals([quiet.room.name, quiet.room.topic, quiet.room.head], ["Quiet", TOPIC, 0]);
}

function code(body: () => void): string | undefined {
  try {
    body();
  } catch (error) {
    return (error as ChatError).code;
  }
  return undefined;
}

Deno.test("owners own, bans ban and readers resume after each move", () =>
  inFolder(async (folder) => {
    const [a, b] = [`${folder}/a.db`, `${folder}/b.db`];
    await makeFile(a);
    const before = exportFile(a);
    const cluster = new MemoryCluster();
    await importTextToEngine(cluster.connect(), before);
    const shared = await exportEngine(cluster.connect());
    const [first = "", second = ""] = [before, shared].map((text) => roomsOf(text)[1].history);
    {
      await using store = await openClusterStore(cluster.connect());
      await assertGoesOn(store, [first]);
    }
    await importText(b, shared);
    await using store = SqliteStore.open(b, EVERYTHING);
    await assertGoesOn(store, [first, second]);
  }));

/** Two targets of an import, each with the names and sanctions that it starts with. */
const TARGETS: Record<string, () => Promise<Target>> = {
  "a file": async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/a.db`;
    return {
      prepare: async (names, sanctions) => {
        await using store = SqliteStore.open(file, EVERYTHING);
        for (const name of names) await store.saveOwnedName(name);
        for (const sanction of sanctions) await store.saveSanction(sanction);
      },
      importText: async (text) => void await importText(file, text),
      exported: () => Promise.resolve(exportFile(file)),
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
  "an engine": () => {
    const cluster = new MemoryCluster();
    return Promise.resolve({
      prepare: async (names, sanctions) => {
        await using store = await openClusterStore(cluster.connect());
        for (const name of names) await store.saveOwnedName(name);
        for (const sanction of sanctions) await store.saveSanction(sanction);
      },
      importText: async (text) => void await importTextToEngine(cluster.connect(), text),
      exported: () => exportEngine(cluster.connect()),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};

interface Target extends AsyncDisposable {
  prepare(names: OwnedName[], sanctions: Sanction[]): Promise<void>;
  importText(text: string): Promise<void>;
  exported(): Promise<string>;
}

/** Returns an archive of names and sanctions, as a file with them is exported. */
async function archiveOf(names: OwnedName[], sanctions: Sanction[] = []): Promise<string> {
  await using file = await TARGETS["a file"]!();
  await file.prepare(names, sanctions);
  return await file.exported();
}

for (const [what, open] of Object.entries(TARGETS)) {
  Deno.test(`an import to ${what} keeps the owners there, and adds the others`, async () => {
    await using target = await open();
    await target.prepare(
      [owned("Ann", ANN, { seen: TIME + 9, spoken: false }), owned("cy", BOB)],
      [],
    );
    const archive = await archiveOf([owned("ann", ANN, { time: 1 }), owned("bob", BOB)]);
    for (let times = 0; times < 2; times++) await target.importText(archive);
    const expected = [owned("Ann", ANN, { seen: TIME + 9 }), owned("bob", BOB), owned("cy", BOB)];
    assertEquals(await target.exported(), await archiveOf(expected));
  });

  Deno.test(`an import to ${what} refuses names of other keys, and stores nothing`, async () => {
    await using target = await open();
    await target.prepare([owned("ann", ANN)], [ban(BOB)]);
    const before = await target.exported();
    const room = { room: "dev", history: "h", first: 1, head: 0, origins: [] };
    const reasons = [
      ["ANN", `key ${ANN} owns it there`],
      ["аnn", `it looks like "ann", which key ${ANN} owns there`], // With a Cyrillic а.
    ] as const;
    for (const [name, reason] of reasons) {
      const names = await archiveOf([owned("aa", BOB), owned(name, BOB)], [ban("unix")]);
      const error = await assertRejects(
        () => target.importText(`${JSON.stringify(room)}\n${names}`),
        ChatError,
        `Cannot import name "${name}" of key ${BOB}: ${reason}`,
      );
      assertEquals(error.code, "invalid");
      assertEquals(await target.exported(), before);
    }
  });

  Deno.test(`an import to ${what} keeps names that looked alike before`, async () => {
    await using target = await open();
    const archive = await archiveOf([owned("ann", ANN), owned("аnn", BOB)]);
    for (let times = 0; times < 2; times++) await target.importText(archive);
    assertEquals(await target.exported(), archive);
  });

  Deno.test(`an import to ${what} keeps the longer of two sanctions`, async () => {
    await using target = await open();
    const forever = ban(BOB, { reason: "old" });
    await target.prepare([], [forever, ban("unix", { until: TIME + 1 })]);
    const other = ban("unix", { kind: "mute", until: TIME });
    const longer = ban("unix", { until: TIME + 2, reason: "new" });
    await target.importText(await archiveOf([], [ban(BOB, { until: TIME }), longer, other]));
    assertEquals(await target.exported(), await archiveOf([], [forever, longer, other]));
  });

  Deno.test(`an import to ${what} refuses more sanctions than a chat may have`, async () => {
    await using target = await open();
    const key = (i: number) => `SHA256:${String(i).padStart(43, "k")}`;
    const sanction = (i: number) =>
      JSON.stringify({
        ...{ sanction: "ban", principal: key(i), name: "eve", by: "", reason: "" },
        time: new Date(TIME).toISOString(),
      });
    await target.importText(sanction(0));
    const lines = Array.from({ length: 10_000 }, (_, i) => sanction(i + 1)).join("\n");
    const words = "There would be 10,001 bans and mutes: at most 10,000 are allowed";
    await assertRejects(() => target.importText(lines), ChatError, words);
    assertEquals((await target.exported()).trim().split("\n").length, 1);
  });
}

Deno.test("an import to an engine refuses a name that is claimed while it is on its way", async () => {
  const cluster = new MemoryCluster();
  const text = await archiveOf([owned("ann", ANN), owned("bob", BOB)]);
  await using store = await openClusterStore(cluster.connect());
  const engine = cluster.connect();
  store.followNames(({ name }) => {
    if (name === "ann") void store.saveOwnedName(owned("B0b", ANN));
  });
  const words = `it looks like "B0b", which key ${ANN} owns there`;
  await assertRejects(() => importTextToEngine(engine, text), ChatError, words);
  assertEquals((await store.ownedNames()).map(({ name }) => name), ["ann", "B0b"]);
});
