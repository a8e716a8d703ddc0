import { status } from "@grpc/grpc-js";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "../../server.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const LOOPBACK = "127.0.0.1:0";

Deno.test("an unlisted session is in no roster, counts as no member, and is announced to nobody", async () => {
  await using server = await serve({ address: LOOPBACK, maxMembers: 2 });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  const ghost = await peer.join({ name: "ANN", unlisted: true });
  // Even with the secret of a member, an unlisted session replaces nobody.
  const twin = await peer.join({ name: "ann", unlisted: true });
  assertEquals(ghost.seen.welcome!.name, "ANN");
  assertEquals(ghost.seen.welcome!.roster.people.map(({ name }) => name), ["ann"]);
  await peer.join({ name: "bob" });
  ghost.end();
  await ghost.ended;
  await peer.join({ name: "bob", attempt: 1 });
  twin.post(["1", "said by one who is unlisted"]);
  await ann.until(({ notes }) => notes.length === 1);
  assertEquals(ann.seen.changes, ["+bob"]);
  assertEquals([ann.seen.notes[0]!.name, ann.seen.goodbye], ["ann", undefined]);
});

Deno.test("a session without a name reads, and its posts are refused", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const reader = await peer.join({ name: "", unlisted: true });
  reader.post(["1", "x"]);
  await reader.until(({ refusals }) => refusals.length === 1);
  assertEquals(reader.seen.refusals, ["1 3 A session without a name only reads"]);
  const ann = await peer.join({ name: "ann" });
  ann.post(["2", "y"]);
  await reader.until(({ notes, changes }) => notes.length === 1 && changes.length === 1);
  assertEquals([reader.seen.notes[0]!.seq, reader.seen.changes], [1, ["+ann"]]);
});

for (
  const [what, join, reason] of [
    ["an invalid name", { name: " ", client: "x".repeat(16) }, 'Name " " is empty'],
    ["no client secret", { name: "", client: "" }, "has 0 characters: must be 16 to 64"],
  ] as const
) {
  Deno.test(`an unlisted session does not begin with ${what}`, async () => {
    await using server = await serve({ address: LOOPBACK });
    using peer = new Peer(server.address);
    const session = peer.session();
    session.send({ join: { room: "", unlisted: true, ...join } });
    const { code, details } = await session.ended;
    assertEquals(code, status.INVALID_ARGUMENT);
    assertStringIncludes(details, reason);
  });
}
