import { assertEquals, assertRejects } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { ChatError } from "../../mod.ts";
import type { ServerFrameInit } from "../../proto/mod.ts";
import { STATUS } from "../../proto/status.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { start } from "../support/program.ts";
import { FakeServer } from "../support/wire/fake_server.ts";

const identity = await Identity.generate();

const WELCOME: ServerFrameInit = {
  welcome: {
    ...{ room: "lobby", name: "bob", max_note_bytes: 100, next: 1, identities: true, orders: true },
    head: { history: "h", seq: 0 },
    roster: { people: [] },
  },
};

const CHALLENGE: ServerFrameInit = {
  challenge: { nonce: new Uint8Array(32), server: new Uint8Array(32), password: false },
};

/** All frames that belong after a welcome. */
const EARLY: ServerFrameInit = {
  lost: 3,
  notes: [{ name: "eve", message: "too early", seq: 1, time: 1, kind: 0, to: "", verified: true }],
  acks: [{ id: "1", seq: 1 }],
  changes: [{ name: "eve", joined: true, reason: "", was: "", verified: true, sessions: 1 }],
  roster: { people: [{ name: "eve", verified: true, sessions: 1 }] },
  rooms: { rooms: [], more: 0 },
  outcomes: [{ code: 0, words: "too early", sanctions: [] }],
};

const GOODBYE: ServerFrameInit = { goodbye: { code: STATUS.forbidden, reason: "not you" } };

/** A server that answers a join with `first`, and a proof with a welcome. */
function answeringBy(first: ServerFrameInit): Promise<FakeServer> {
  return FakeServer.answering(({ join, proof }) => join ? first : proof ? WELCOME : undefined);
}

Deno.test("a client shows nothing that arrives with a challenge", async () => {
  using server = await answeringBy({ ...CHALLENGE, ...EARLY });
  await using bob = joinLibraryChat("bob", server.address, { identity });
  await Promise.race([bob.until(({ happened }) => happened.includes("connected")), bob.ended]);
  assertEquals([bob.happened, bob.heard], [["connected"], []]);
});

Deno.test("a client shows nothing that arrives with a goodbye before the welcome", async () => {
  for (const first of [GOODBYE, { ...GOODBYE, ...EARLY }, { ...GOODBYE, welcome: {} as never }]) {
    using server = await answeringBy(first);
    await using bob = joinLibraryChat("bob", server.address, { identity });
    const error = await assertRejects(() => bob.ended, ChatError, "not you");
    assertEquals([error.code, bob.happened, bob.heard], ["forbidden", [], []]);
  }
});

Deno.test("a client accepts no invalid welcome", async () => {
  for (const first of [EARLY, {}, { ...EARLY, welcome: {} as never }]) {
    using server = await answeringBy(first);
    await using bob = joinLibraryChat("bob", server.address, { identity });
    await bob.until(({ reasons }) => reasons.length > 0);
    assertEquals(bob.reasons, ["it is not a chat server"]);
    assertEquals([bob.happened, bob.heard], [["disconnected"], []]);
  }
});

Deno.test("a client signs nothing after the welcome", async () => {
  let proofs = 0;
  using server = await FakeServer.answering(({ join, proof, posts = [] }) => {
    if (proof) proofs++;
    const acks = posts.map(({ id }, i) => ({ id, seq: i + 1 }));
    return join ? WELCOME : { ...CHALLENGE, acks };
  });
  await using bob = joinLibraryChat("bob", server.address, { identity });
  for (const text of ["one", "two"]) await bob.say(text);
  assertEquals(proofs, 0);
});

Deno.test("a client ignores an outcome for an order it has not sent", async () => {
  const outcome = (words: string) => ({ code: 0, words, sanctions: [] });
  using server = await FakeServer.answering(({ join, orders = [] }) => {
    if (join) return { ...WELCOME, outcomes: ["a", "b", "c"].map(outcome) };
    return { outcomes: orders.map(({ name }) => outcome(`kicked ${name}`)) };
  });
  await using bob = joinLibraryChat("bob", server.address);
  await bob.until(({ happened }) => happened.includes("connected"));
  for (const name of ["ann", "eve"]) {
    assertEquals((await bob.order({ action: "kick", name })).words, `kicked ${name}`);
  }
});

Deno.test("a client accepts no frame larger than 4 MiB", async () => {
  const notes = new Array(5_000).fill({ ...EARLY.notes![0]!, message: "x".repeat(1_000) });
  using server = await answeringBy({ ...WELCOME, notes });
  await using tail = start("tail", ["--server", server.address]);
  await tail.waitFor(/^-- not connected to "[^"]*": it is not a chat server;/m, "stderr");
  assertEquals(tail.stdout, "");
});
