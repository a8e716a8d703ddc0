import { assertEquals } from "@std/assert";
import type { NoteRecord } from "../../room/archive_record.ts";
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
