import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { joinLibraryChat } from "../../support/library_chat.ts";
import { run } from "../../support/program.ts";
import { FakeServer, welcome } from "../../support/wire/fake_server.ts";

/** A server that answers each post with "too soon", but accepts from the `accepted`th on. */
async function tooSoon(retryMs: number, accepted: (count: number) => boolean) {
  let posted = 0;
  const server = await FakeServer.answering(({ join, posts = [] }) => {
    if (join) return welcome(join);
    posted += posts.length;
    return accepted(posted) ? { acks: posts.map(({ id }) => ({ id, seq: posted })) } : {
      refusals: posts.map(({ id }) => ({ id, code: 8, reason: "too soon", retry_ms: retryMs })),
    };
  });
  return Object.assign(server, { posted: () => posted });
}

Deno.test("chat send applies its deadline to all attempts together", async () => {
  using server = await tooSoon(400, (count) => count > 20); // Accepted after 8 s.
  const args = ["--server", server.address, "--name", "bob", "--deadline", "3", "hi"];
  const { code, stderr } = await run("send", args);
  assertEquals([code, stderr], [6, "error: Tried for 3 s: the server has not accepted the note\n"]);
});

Deno.test("chat send --lines continues as long as the server accepts a line within the deadline", async () => {
  using server = await tooSoon(200, (count) => count % 5 === 0); // Each line after 0.8 s.
  const args = ["--server", server.address, "--name", "bob", "--deadline", "3", "--lines"];
  const { code, stderr } = await run("send", args, { stdin: "a\nb\nc\nd\n" });
  assertEquals([code, stderr], [0, ""]);
});

for (const retryMs of [2 ** 32 - 1, 2 ** 31, 1e9]) {
  Deno.test(`chat send ends by its deadline when it may retry in ${retryMs} ms`, async () => {
    using server = await tooSoon(retryMs, (count) => count > 1);
    const args = ["--server", server.address, "--name", "bob", "--deadline", "1", "hi"];
    const { code, stderr } = await run("send", args);
    assertEquals([code, stderr], [
      6,
      "error: Tried for 1 s: the server has not accepted the note\n",
    ]);
    assertEquals(server.posted(), 1);
  });
}

Deno.test("a chat waits for a minute at most", async () => {
  using server = await tooSoon(2 ** 32 - 1, () => false);
  await using bob = joinLibraryChat("bob", server.address, { pace: false });
  const error = await assertRejects(() => bob.say("hi"), ChatError, "too soon");
  assertEquals(error.retryMs, 60_000);
});
