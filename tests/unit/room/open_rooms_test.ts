import { assertEquals, assertRejects } from "@std/assert";
import { OpenRooms } from "../../../room/state/open_rooms.ts";
import { makeRoom, say } from "./test_room.ts";

/** Posts in a room, and waits until that is stored. */
async function post({ room, turn }: Awaited<ReturnType<typeof makeRoom>>, ...texts: string[]) {
  const posted = room.post(say(...texts));
  turn();
  await posted;
}

Deno.test("OpenRooms.read() yields what is posted from then on, in rooms that open later, too", async () => {
  const rooms = new OpenRooms();
  const [one, two] = [await makeRoom(), await makeRoom()];
  await post(one, "old");
  rooms.add(one.room);
  const leaving = new AbortController();
  const reading = rooms.read(leaving.signal);
  const next = async () => (await reading.next()).value.notes.map(({ message }) => message);
  const first = next();
  await post(one, "new", "newer");
  assertEquals(await first, ["new", "newer"]);
  const second = next();
  rooms.add(two.room);
  await post(two, "elsewhere");
  assertEquals(await second, ["elsewhere"]);
  await post(one, "one");
  await post(two, "two");
  assertEquals([await next(), await next()], [["one"], ["two"]]); // Without a further event.
  leaving.abort(new RangeError("left"));
  await assertRejects(() => reading.next(), RangeError, "left");
});

Deno.test("OpenRooms drop a room that is closed, and its readers go on with the others", async () => {
  const rooms = new OpenRooms();
  const [one, two] = [await makeRoom(), await makeRoom()];
  for (const { room } of [one, two]) rooms.add(room);
  const reading = rooms.read(new AbortController().signal);
  const first = reading.next();
  await post(one, "one");
  assertEquals((await first).value.notes.length, 1);
  rooms.close(one.room);
  assertEquals([...rooms], [two.room]);
  await assertRejects(() => one.room.post(say("x")), Error, "The room is gone");
  const second = reading.next();
  await post(two, "two");
  assertEquals((await second).value.notes[0]?.message, "two");
});
