import { noteJson } from "../../../room/note_json.ts";
import { ownedNameJson, sanctionJson } from "../../../server/archive/access_json.ts";
import { Archive, type ArchiveSource, type Imported } from "../../../server/archive/archive.ts";
import { EngineArchive } from "../../../server/archive/engine_archive.ts";
import { importToEngine } from "../../../server/archive/import_to_engine.ts";
import { readArchive } from "../../../server/archive/read_lines.ts";
import { roomJson } from "../../../server/archive/room_json.ts";
import type { Engine } from "../../../server/cluster/engine.ts";
import { inFolder } from "../temporary_folder.ts";

/** Returns an archive as `chat export --json --all` prints it. */
function toText(source: ArchiveSource): string {
  const lines: string[] = [];
  for (const room of source.rooms()) {
    lines.push(roomJson(room));
    for (const notes of source.notes(room)) {
      lines.push(...notes.map((note) => noteJson({ verified: false, ...note }, room.room)));
    }
  }
  const { names, sanctions } = source.access();
  lines.push(...names.map(ownedNameJson), ...sanctions.map(sanctionJson));
  return lines.map((line) => `${line}\n`).join("");
}

/** Returns everything in a file that no server has open. */
export function exportFile(file: string): string {
  using archive = Archive.open(file, { write: false, inUse: "" });
  return toText(archive);
}

/** Returns everything in the chat on an engine. */
export async function exportEngine(engine: Engine): Promise<string> {
  const { signal } = new AbortController();
  await using archive = await EngineArchive.open({ engine, signal });
  return toText(archive);
}

/** Imports an archive to a file. */
export async function importText(file: string, text: string): Promise<Imported> {
  using archive = Archive.open(file, { write: true, inUse: "" });
  return await archive.import(readArchive(chunks(text)));
}

/** Imports an archive to an engine, by way of a file as `chat import --cluster` does. */
export async function importTextToEngine(engine: Engine, text: string): Promise<Imported> {
  let imported: Imported | undefined;
  await inFolder(async (folder) => {
    await importText(`${folder}/a.db`, text);
    using archive = Archive.open(`${folder}/a.db`, { write: true, inUse: "" });
    imported = await importToEngine(archive, engine);
  });
  return imported!;
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
