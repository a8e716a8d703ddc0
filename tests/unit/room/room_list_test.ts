import { assertEquals } from "@std/assert";
import { listRooms, MAX_LISTED_ROOMS } from "../../../room/room_list.ts";

Deno.test("listRooms() lists the rooms with the most members first, then by name, and each once", () => {
  const names = ["art", "bar", "dev", "Ops"];
  const { rooms, more } = listRooms(names, new Map([["dev", 1], ["Ops", 3], ["art", 1]]));
  const listed = rooms.map(({ name, members }) => `${name} ${members}`);
  assertEquals([listed, more], [["Ops 3", "art 1", "dev 1", "bar 0"], 0]);
});

Deno.test("listRooms() lists a thousand rooms, and counts the others", () => {
  const names = Array.from({ length: 1_500 }, (_, i) => `room ${1_000 + i}`);
  const occupied = names.slice(100);
  for (const members of [new Map<string, number>(), new Map(occupied.map((name) => [name, 1]))]) {
    const { rooms, more } = listRooms(names, members);
    assertEquals([rooms.length, more], [MAX_LISTED_ROOMS, 500]);
  }
});

Deno.test("listRooms() shows the start of a topic, and whether there is more of it", () => {
  const topics: Record<string, string> = { a: "💻".repeat(80), b: "💻".repeat(81), c: "" };
  const { rooms } = listRooms(["a", "b", "c"], new Map(), (name) => topics[name]!);
  assertEquals(rooms.map(({ topic }) => topic), [topics["a"], `${topics["a"]}…`, ""]);
});
