import { assertEquals, assertRejects } from "@std/assert";
import { type ChatError, join, serve } from "../../mod.ts";
import { STATUS } from "../../proto/status.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";

const stopping = { goodbye: { code: STATUS.unavailable, reason: "go elsewhere" } };

/** A server that turns everybody away. */
const turningAway = () => FakeServer.answering(({ join }) => join ? stopping : undefined);

Deno.test("join() goes elsewhere at once if a server says so, before and after the welcome", async () => {
  using early = await turningAway();
  using late = await FakeServer.answering(({ join }) => join ? [welcome(join), stopping] : []);
  await using server = await serve({ address: "127.0.0.1:0" });
  await using bob = joinLibraryChat("bob", [early.address, late.address, server.address]);
  await bob.until(({ servers }) => servers.includes(server.address));
  assertEquals(bob.servers, [late.address, server.address]);
  assertEquals(bob.retries, [
    { retryMs: 0, next: late.address },
    { retryMs: 0, next: server.address },
  ]);
  assertEquals(bob.reasons, ["go elsewhere", "go elsewhere"]);
});

Deno.test("servers that all turn a client away are not asked in a tight loop", async () => {
  using one = await turningAway();
  using two = await turningAway();
  await using bob = joinLibraryChat("bob", [one.address, two.address]);
  await bob.until(({ retries }) => retries.length >= 4);
  const waits = bob.retries.map(({ retryMs }) => retryMs >= 250);
  assertEquals(waits.slice(0, 4), [false, true, false, true]);
});

Deno.test("a chat that moves to another room stays at its server", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  let joins = 0;
  using early = await FakeServer.answering(({ join }) => {
    if (!join) return;
    joins++;
    return stopping;
  });
  await using bob = joinLibraryChat("bob", [early.address, server.address]);
  await bob.say("one");
  await using moved = await bob.move({ room: "dev" });
  await moved.say("two");
  await moved.until(({ heard }) => heard.includes("two"));
  assertEquals([joins, moved.servers], [1, [server.address]]);
});

/** A server that counts the attempts to join it. */
async function counting() {
  const count = { joins: 0 };
  const server = await FakeServer.answering(({ join }) => {
    if (!join) return;
    count.joins++;
    return welcome(join);
  });
  return Object.assign(server, { count });
}

Deno.test("a wrong password is asked of one server only", async () => {
  await using server = await serve({ address: "127.0.0.1:0", password: "a long secret" });
  using other = await counting();
  for (const [password, reason] of [["wrong", "Wrong password"], [undefined, "requires"]]) {
    const address = [server.address, other.address];
    const error = await assertRejects(
      () => join({ name: "bob", address, password }),
      Error,
      reason,
    );
    assertEquals((error as ChatError).code, "unauthenticated");
  }
  assertEquals(other.count.joins, 0);
});

Deno.test("a refused name is final, and the error names the server that refuses it", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  using other = await counting();
  await using bob = joinLibraryChat("bob", server.address);
  await bob.say("mine");
  using early = await turningAway();
  const address = [early.address, server.address, other.address];
  const words = `Cannot join "${server.address}": `;
  const error = await assertRejects(() => join({ name: "bob", address }), Error, words);
  assertEquals((error as ChatError).code, "taken");
  assertEquals(other.count.joins, 0);
});

Deno.test("join() refuses lists of addresses that are not valid", async () => {
  for (
    const [address, words] of [
      [[], "Cannot join: there must be 1 to 16 addresses, not 0"],
      [["a:1", "A:1"], 'Cannot join: "A:1" is there twice'],
      [["127.0.0.1:1", "b"], 'Cannot join "b": the port must be a whole number from 0 to 65,535'],
    ] as const
  ) {
    const error = await assertRejects(() => join({ name: "bob", address }), Error, words);
    assertEquals((error as ChatError).code, "invalid");
  }
});
