import { assertEquals, assertRejects } from "@std/assert";
import type { NoteRecord } from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import type { Log } from "../../room/state/log.ts";
import { Archive } from "../../server/archive/archive.ts";
import { importToEngine } from "../../server/archive/import_to_engine.ts";
import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { inFolder } from "../support/temporary_folder.ts";

const START = 1_700_000_000_000;
const ALL = { notes: 10_000, chars: Infinity };

/** Makes a file whose room "dev" has notes at the positions from `first` to `head`, 1 s apart. */
async function makeFile(
  folder: string,
  { first, head }: { first: number; head: number },
): Promise<Archive> {
  const archive = Archive.open(`${folder}/a.db`, { write: true, inUse: "" });
  await archive.import(async function* () {
    const room = { room: "dev", history: "h", first, head, origins: [] };
    yield { line: 1, record: { type: "room", record: room } } as const;
    for (let seq = first; seq <= head; seq++) {
      const record: NoteRecord = {
        ...{ seq, time: START + seq * 1_000, name: "ann", kind: "said" },
        ...{ message: `${seq}`, id: `id ${seq}` },
      };
      yield { line: seq, record: { type: "note", record, room: "dev" } } as const;
    }
  }());
  return archive;
}

Deno.test("importToEngine() stores notes of different times together, and keeps the times", () =>
  inFolder(async (folder) => {
    using archive = await makeFile(folder, { first: 51, head: 1_250 });
    const cluster = new MemoryCluster();
    await using engine = cluster.connect();
    assertEquals((await importToEngine(archive, engine)).notes, 1_200);
    assertEquals(engine.journals.notes.seen, 3); // 1,000 notes, 200, and an empty batch.
    for (const data of [undefined, `${folder}/replica.db`]) {
      await using store = await openClusterStore(cluster.connect(), { data });
      const log = await store.open("dev");
      const notes = await log.read(1, ALL);
      assertEquals([log.first, log.head, notes.length], [51, 1_250, 1_200]);
      assertEquals(notes.every(({ seq, time }) => time === START + seq * 1_000), true);
    }
  }));

Deno.test("importToEngine() stores each note once if answers of the engine are lost", () =>
  inFolder(async (folder) => {
    using archive = await makeFile(folder, { first: 1, head: 2_500 });
    const cluster = new MemoryCluster();
    cluster.fail(
      "notes",
      ...["stored, not answered", "not stored, not answered", "stored, not answered"] as const,
    );
    await importToEngine(archive, cluster.connect());
    await using store = await openClusterStore(cluster.connect());
    const log = await store.open("dev");
    const notes = await log.read(1, ALL);
    assertEquals(notes.map(({ message }) => Number(message)), [...Array(2_501).keys()].slice(1));
  }));

Deno.test("importToEngine() closes a room that a server has opened meanwhile", () =>
  inFolder(async (folder) => {
    using archive = await makeFile(folder, { first: 1, head: 3 });
    const cluster = new MemoryCluster();
    const engine = cluster.connect();
    await using store = await openClusterStore(cluster.connect());
    const changes: (string | undefined)[] = [];
    using _following = store.followRooms(({ name }) => void changes.push(name));
    const { notes } = engine.journals;
    const append = notes.append.bind(notes);
    let early: Log | undefined;
    notes.append = async (...args) => {
      early ??= await store.open("dev");
      return await append(...args);
    };
    await importToEngine(archive, engine);
    const draft = { id: "", name: "bob", message: "4", kind: "said" } as const;
    await assertRejects(() => early!.append([draft], 0), ChatError, "The room is gone");
    assertEquals(changes, [undefined, undefined, "dev"]); // Closed twice, and there in the end.
    const log = await store.open("dev");
    assertEquals((await log.append([draft], 0)).seqs, [4]);
  }));

Deno.test("importToEngine() refuses a room that somebody has made meanwhile", () =>
  inFolder(async (folder) => {
    using archive = await makeFile(folder, { first: 1, head: 3 });
    const cluster = new MemoryCluster();
    const engine = cluster.connect();
    await using store = await openClusterStore(cluster.connect());
    const { notes } = engine.journals;
    const append = notes.append.bind(notes);
    notes.append = async (...args) => {
      notes.append = append;
      const log = await store.open("dev");
      await log.append([{ id: "", name: "bob", message: "first", kind: "said" }], 0);
      return await append(...args);
    };
    const words = 'Cannot import room "dev": the chat has it already';
    await assertRejects(() => importToEngine(archive, engine), ChatError, words);
    const messages = (await (await store.open("dev")).read(1, ALL)).map(({ message }) => message);
    assertEquals(messages, ["first"]);
  }));
