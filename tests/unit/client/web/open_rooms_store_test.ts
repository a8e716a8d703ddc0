import { assertEquals } from "@std/assert";
import { OpenRoomsStore } from "../../../../client/web/storage/open_rooms_store.ts";
import { MemoryStorage } from "./memory_storage.ts";

Deno.test("OpenRoomsStore keeps the names of rooms", () => {
  const storage = new MemoryStorage();
  const store = new OpenRoomsStore(storage);
  assertEquals(store.read(), []);
  store.write(["lobby", "Dev Team"]);
  assertEquals(new OpenRoomsStore(storage).read(), ["lobby", "Dev Team"]);
  store.write([]);
  assertEquals(new OpenRoomsStore(storage).read(), []);
});

Deno.test("OpenRoomsStore takes what it has not written for nothing, and bounds it", () => {
  const many = Array.from({ length: 33 }, (_, i) => `room ${i}`);
  const cases: [string, string[]][] = [
    ["{", []],
    ["null", []],
    ['{"a":"b"}', []],
    ['["a",1,["b"],"c"]', ["a", "c"]],
    [JSON.stringify(many), many.slice(0, 32)],
  ];
  for (const [text, names] of cases) {
    const store = new OpenRoomsStore(new MemoryStorage({ rooms: text }));
    assertEquals(store.read(), names, text);
  }
});
