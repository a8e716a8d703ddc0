import { assert, assertEquals, assertRejects } from "@std/assert";
import { Outbox } from "../../../../client/session/outbox.ts";
import { ChatError } from "../../../../room/errors.ts";
import { RateLimiter } from "../../../../server/access/rate_limiter.ts";

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
  outbox.accept(ids[2]!, 9);
  assertEquals(await three, 9);
});

Deno.test("Outbox lets a server decide about posts that are too large for it now and may be stored", async () => {
  const outbox = new Outbox();
  const say = (message: string) => outbox.add({ ...SAID, message });
  const [long, short, endless] = [say("long"), say("no"), say("x".repeat(200_000))];
  const [first, second] = sent(outbox);
  const refusals = [endless, say("later")].map((post) =>
    assertRejects(() => post, ChatError, "at most 3 are allowed")
  );
  outbox.restart(3);
  assertEquals([...outbox.unsent()].map((frame) => frame.map(({ id }) => id)), [[first], [second]]);
  outbox.accept(first!, 1);
  outbox.accept(second!, 2);
  assertEquals([await long, await short], [1, 2]);
  await Promise.all(refusals);
});

/** An outbox that paces itself, and its turns: each resolves once it may send again. */
function paced() {
  let ready = Promise.withResolvers<void>();
  const outbox = new Outbox({ pace: true, onReady: () => ready.resolve() });
  const turn = async () => {
    await ready.promise;
    ready = Promise.withResolvers();
  };
  const say = (count: number) =>
    Array.from({ length: count }, (_, i) => outbox.add({ ...SAID, message: `${i + 1}` }));
  return { outbox, turn, say };
}

const tooSoon = new ChatError("limited", "too soon", { retryMs: 1 });

Deno.test("Outbox with pace sends refused posts again, in order, before all later ones", async () => {
  const { outbox, turn, say } = paced();
  const limiter = new RateLimiter({ perSecond: 1_000, burst: 5 }, () => performance.now());
  const said = say(100);
  const accepted: string[] = [];
  let refusals = 0;
  while (accepted.length < 100) {
    const known = refusals;
    for (const { id, message } of [...outbox.unsent()].flat()) {
      try {
        limiter.take(known);
        outbox.accept(id, accepted.push(message));
      } catch (error) {
        refusals++;
        outbox.refuse(id, error as ChatError);
      }
    }
    if (accepted.length < 100) await turn();
  }
  assert(refusals > 0);
  assertEquals(accepted, Array.from({ length: 100 }, (_, i) => `${i + 1}`));
  assertEquals(await Promise.all(said), accepted.map(Number));
});

Deno.test("Outbox with pace sends nothing until all posts after a refused one are answered", async () => {
  const { outbox, turn, say } = paced();
  const said = say(3);
  const ids = sent(outbox);
  outbox.refuse(ids[1]!, tooSoon);
  const later = say(1); // Must not overtake it.
  assertEquals([sent(outbox), outbox.isAnswerAwaited], [[], true]);
  outbox.accept(ids[0]!, 1);
  outbox.refuse(ids[2]!, tooSoon);
  assertEquals([sent(outbox), outbox.isAnswerAwaited], [[], false]); // It rests.
  await turn();
  assertEquals([sent(outbox), sent(outbox)], [[ids[1]!], []]); // One by one at first.
  outbox.accept(ids[1]!, 2);
  const [third, fourth] = sent(outbox);
  assertEquals(third, ids[2]);
  outbox.accept(third!, 3);
  outbox.accept(fourth!, 4);
  await outbox.settled();
  assertEquals(await Promise.all([...said, ...later]), [1, 2, 3, 4]);
});

Deno.test("Outbox with pace sends at most 500 posts ahead of the answers", async () => {
  const { outbox, turn, say } = paced();
  const said = say(501);
  const ids = sent(outbox);
  assertEquals([ids.length, sent(outbox)], [500, []]);
  outbox.accept(ids[0]!, 1);
  await turn();
  const [last] = sent(outbox);
  for (const [index, id] of [...ids.slice(1), last!].entries()) outbox.accept(id, index + 2);
  assertEquals((await Promise.all(said)).at(-1), 501);
});

Deno.test("Outbox with pace resends everything in order on a new connection, even while it rests", async () => {
  const { outbox, say } = paced();
  const said = say(3);
  const ids = sent(outbox);
  outbox.refuse(ids[0]!, tooSoon); // The answers to the others are lost.
  outbox.restart(100);
  assertEquals(sent(outbox), ids);
  for (const id of ids.slice(1)) outbox.refuse(id, tooSoon);
  outbox.accept(ids[0]!, 1);
  outbox.restart(100);
  assertEquals(sent(outbox), ids.slice(1));
  outbox.close(new ChatError("unavailable", "left"));
  await outbox.settled();
  const [first, ...others] = await Promise.allSettled(said);
  assertEquals([first!.status, ...others.map(({ status }) => status)], [
    "fulfilled",
    "rejected",
    "rejected",
  ]);
});

Deno.test("Outbox without pace refuses a post that comes too soon", async () => {
  const outbox = new Outbox();
  const said = outbox.add({ ...SAID, message: "x" });
  const refused = assertRejects(() => said, ChatError, "too soon");
  outbox.refuse(sent(outbox)[0]!, tooSoon);
  await refused;
});

Deno.test("Outbox awaits an answer to what is not sent yet, and settles with the last answer", async () => {
  const outbox = new Outbox();
  const said = ["one", "two"].map((message) => outbox.add({ ...SAID, message }));
  assertEquals(outbox.isAnswerAwaited, true);
  const settled = outbox.settled();
  const ids = sent(outbox);
  outbox.accept(ids[0]!, 1);
  outbox.accept(ids[1]!, 2);
  await settled;
  assertEquals([await Promise.all(said), outbox.isAnswerAwaited], [[1, 2], false]);
});

Deno.test("Outbox refuses a post that is too large for the server without sending it", async () => {
  const outbox = new Outbox();
  outbox.restart(3);
  const refused = assertRejects(
    () => outbox.add({ ...SAID, message: "four" }),
    ChatError,
    "at most 3 are allowed",
  );
  const said = outbox.add({ ...SAID, message: "abc" });
  const ids = sent(outbox);
  assertEquals(ids.length, 1);
  outbox.accept(ids[0]!, 1);
  await refused;
  assertEquals(await said, 1);
});

Deno.test("Outbox refuses everything once it is closed", async () => {
  const outbox = new Outbox();
  const reason = new ChatError("unavailable", "left");
  const before = assertRejects(() => outbox.add({ ...SAID, message: "x" }), ChatError, "left");
  outbox.close(reason);
  await before;
  await assertRejects(() => outbox.add({ ...SAID, message: "x" }), ChatError, "left");
});

Deno.test("Outbox passes over answers to posts that it does not know", async () => {
  const outbox = new Outbox();
  const said = outbox.add({ ...SAID, message: "x" });
  outbox.accept("unknown", 1);
  outbox.refuse("unknown", new ChatError("invalid", "no"));
  outbox.accept(sent(outbox)[0]!, 2);
  assertEquals(await said, 2);
});

Deno.test("Outbox with pace refuses what is wrong, and does not send it again", async () => {
  const { outbox, say } = paced();
  const [said] = say(1);
  const refused = assertRejects(() => said!, ChatError, "no");
  outbox.refuse(sent(outbox)[0]!, new ChatError("invalid", "no"));
  await refused;
  assertEquals([sent(outbox), outbox.isAnswerAwaited], [[], false]);
});

Deno.test("Outbox with pace waits as long as the longest refusal says, once all answers are there", async () => {
  const { outbox, say } = paced();
  const said = say(3);
  const ids = sent(outbox);
  const waits: (number | undefined)[] = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((task: () => void, ms?: number) => {
    waits.push(ms);
    return setTimeout(task, ms);
  }) as typeof setTimeout;
  try {
    for (const [index, retryMs] of [40, 90_000, 50].entries()) {
      assertEquals(waits, []);
      outbox.refuse(ids[index]!, new ChatError("limited", "too soon", { retryMs }));
    }
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(waits, [90_000]);
  outbox.close(new ChatError("unavailable", "left"));
  const ends = await Promise.allSettled(said);
  assertEquals(ends.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
});

Deno.test("Outbox fills frames by posts and by characters", () => {
  const frames = (count: number, message: string) => {
    const outbox = new Outbox();
    for (let i = 0; i < count; i++) outbox.add({ ...SAID, message }).catch(() => {});
    return [...outbox.unsent()].map(({ length }) => length);
  };
  assertEquals(frames(1_001, "x"), [500, 500, 1]);
  assertEquals(frames(3, "x".repeat(200 * 1024)), [2, 1]);
});

Deno.test("Outbox is settled only once nothing is pending, even if more is said meanwhile", async () => {
  const outbox = new Outbox();
  const first = outbox.add({ ...SAID, message: "one" });
  let isSettled = false;
  const settled = outbox.settled().then(() => isSettled = true);
  outbox.accept(sent(outbox)[0]!, 1);
  const second = outbox.add({ ...SAID, message: "two" });
  await first;
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(isSettled, false);
  outbox.accept(sent(outbox)[0]!, 2);
  await settled;
  assertEquals(await second, 2);
});

Deno.test("Outbox with pace counts what is sent anew on each connection", () => {
  const { outbox, say } = paced();
  for (const said of say(1_003)) said.catch(() => {});
  const ids = sent(outbox);
  outbox.restart(100);
  outbox.accept(ids[0]!, 1); // A late answer: this connection has not sent it.
  assertEquals([ids.length, sent(outbox).length, sent(outbox)], [500, 500, []]);
});

Deno.test("Outbox sends nothing again that was answered meanwhile", async () => {
  const { outbox, turn, say } = paced();
  const said = say(3);
  const ids = sent(outbox);
  outbox.restart(100);
  outbox.accept(ids[0]!, 1);
  await turn();
  assertEquals(sent(outbox), ids.slice(1));
  for (const id of ids.slice(1)) outbox.refuse(id, tooSoon);
  outbox.accept(ids[1]!, 2);
  await turn();
  assertEquals(sent(outbox), [ids[2]]);
  outbox.accept(ids[2]!, 3);
  assertEquals(await Promise.all(said), [1, 2, 3]);
});

Deno.test("Outbox with pace does not remember the waits of an earlier connection", async () => {
  const { outbox, turn, say } = paced();
  const [said] = say(1);
  const [id] = sent(outbox);
  outbox.refuse(id!, new ChatError("limited", "too soon", { retryMs: 3_600_000 }));
  outbox.restart(100);
  assertEquals(sent(outbox), [id]);
  outbox.refuse(id!, tooSoon);
  await turn();
  assertEquals(sent(outbox), [id]);
  outbox.accept(id!, 1);
  assertEquals(await said, 1);
});

Deno.test("Outbox with pace sends a post once, though its server refuses it twice", async () => {
  const { outbox, turn, say } = paced();
  const said = say(2);
  const ids = sent(outbox);
  for (const id of [ids[0]!, ids[0]!, ids[1]!]) outbox.refuse(id, tooSoon);
  await turn();
  assertEquals(sent(outbox), [ids[0]]);
  outbox.accept(ids[0]!, 1);
  assertEquals(sent(outbox), [ids[1]]);
  outbox.accept(ids[1]!, 2);
  assertEquals([sent(outbox), await Promise.all(said)], [[], [1, 2]]);
});
