import { assertEquals, assertRejects } from "@std/assert";
import { Outbox } from "../../../../client/session/outbox.ts";
import { ChatError } from "../../../../room/errors.ts";

/** The ids of the posts that are ready to send. */
const sent = (outbox: Outbox) => [...outbox.unsent()].flat().map(({ id }) => id);

const SAID = { kind: 0, to: "" };

Deno.test("Outbox accepts 10,000 posts, and one more for each that was answered", async () => {
  const outbox = new Outbox();
  for (let round = 0; round < 3; round++) {
    const added = Array.from({ length: 10_000 }, () => outbox.add({ ...SAID, message: "x" }));
    await assertRejects(
      () => outbox.add({ ...SAID, message: "x" }),
      ChatError,
      "10,000 notes wait for the server already",
    );
    for (const [index, id] of sent(outbox).entries()) outbox.accept(id, index);
    assertEquals((await Promise.all(added)).length, 10_000);
  }
});

Deno.test("Outbox accepts 64 MiB of text, and as much again once that was answered", async () => {
  const outbox = new Outbox();
  const message = "x".repeat(2 ** 20);
  for (let round = 0; round < 3; round++) {
    const added = Array.from({ length: 64 }, () => outbox.add({ ...SAID, message }));
    await assertRejects(() => outbox.add({ ...SAID, message: "x" }), ChatError, "64 notes wait");
    const refused = new ChatError("invalid", "no");
    for (const [index, id] of sent(outbox).entries()) {
      if (index % 2 === 0) outbox.accept(id, index);
      else outbox.refuse(id, refused);
    }
    const settled = await Promise.allSettled(added);
    assertEquals(settled.filter(({ status }) => status === "rejected").length, 32);
  }
});

Deno.test("Outbox resends everything unanswered on a new connection, in order", async () => {
  const outbox = new Outbox();
  const [one, two, three] = ["one", "two", "three"].map((message) =>
    outbox.add({ ...SAID, message })
  );
  const ids = sent(outbox);
  assertEquals([ids.length, sent(outbox)], [3, []]);
  outbox.accept(ids[0]!, 7);
  outbox.restart(100);
  assertEquals(sent(outbox), ids.slice(1));
  outbox.accept(ids[1]!, 8);
  assertEquals([await one, await two], [7, 8]);
  const refused = assertRejects(() => three!, ChatError, "at most 3 are allowed");
  outbox.restart(3);
  assertEquals(sent(outbox), []);
  await refused;
});
