import { assertEquals } from "@std/assert";
import { PlaceMarkers } from "../../../../client/conversation/place_markers.ts";
import type { ReadMarker } from "../../../../client/profile/read_markers.ts";

Deno.test("PlaceMarkers stores what a person has seen for each of their names, in rooms opened since, too", async () => {
  const stored = new Map<string, ReadMarker>();
  const markers = new PlaceMarkers({
    addresses: [],
    seen: {
      read: ({ room, name }) => Promise.resolve(stored.get(`${room} ${name}`)),
      write: ({ room, name }, marker) => {
        stored.set(`${room} ${name}`, marker);
        return Promise.resolve();
      },
    },
    onFailure: (_, error) => {
      throw error;
    },
  });
  const last = { history: "h1", seq: 3, time: 0 };
  await markers.save({ last, room: "lobby", ownNames: new Set(["ann", "annb"]) });
  await markers.save({ last: { ...last, seq: 7 }, room: "dev", ownNames: new Set(["annb"]) });
  await markers.save({ last: undefined, room: "art", ownNames: new Set(["annb"]) });
  assertEquals(Array.from(stored, ([place, { seq }]) => [place, seq]), [
    ...[["lobby ann", 3], ["lobby annb", 3], ["dev ann", 7], ["dev annb", 7]],
  ]);
  assertEquals((await markers.load("dev", "ann"))?.seq, 7);
});
