import { assertEquals } from "@std/assert";
import { SeenNotes } from "../../../../client/web/storage/seen_notes.ts";
import { MemoryStorage } from "./memory_storage.ts";

const place = (room: string, name = "ann") => ({ addresses: ["http://a:1"], room, name });
const marker = (seq: number) => ({ history: "h", seq, time: 1_000 + seq });

Deno.test("SeenNotes keeps a note for each room and name, in any spelling", async () => {
  const kept = new MemoryStorage();
  await new SeenNotes(kept).write(place("lobby"), marker(1));
  await new SeenNotes(kept).write(place("Garden"), marker(2));
  await new SeenNotes(kept).write(place("lobby"), marker(3));
  const seen = new SeenNotes(kept);
  assertEquals(await seen.read(place("LOBBY", "Ann")), marker(3));
  assertEquals(await seen.read(place("garden")), marker(2));
  assertEquals(await seen.read(place("garden", "bob")), undefined);
});

Deno.test("SeenNotes writes at once, because a page that is closed does nothing later", () => {
  const kept = new MemoryStorage();
  void new SeenNotes(kept).write(place("lobby"), marker(1));
  assertEquals(kept.getItem("seen")?.includes('"seq":1'), true);
});

Deno.test("SeenNotes forgets the rooms that were not visited for longest", async () => {
  const seen = new SeenNotes(new MemoryStorage());
  for (let i = 0; i < 101; i++) await seen.write(place(`room ${i}`), marker(i));
  assertEquals(await seen.read(place("room 0")), undefined);
  assertEquals(await seen.read(place("room 1")), marker(1));
});

Deno.test.each(["", "{", "7", "[1]", "null"])("SeenNotes takes %s for nothing", async (content) => {
  const seen = new SeenNotes(new MemoryStorage({ seen: content }));
  assertEquals(await seen.read(place("lobby")), undefined);
  await seen.write(place("lobby"), marker(1));
  assertEquals(await seen.read(place("lobby")), marker(1));
});
