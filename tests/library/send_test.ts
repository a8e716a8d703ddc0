import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError, Identity, send, serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { freePort } from "../support/program.ts";
import { FakeServer } from "../support/wire/fake_server.ts";

const open = () => serve({ address: "127.0.0.1:0", rate: 20, burst: 1, maxNoteBytes: 1_000 });

Deno.test("send() says one note, which nobody sees join, and returns its position", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address, { room: "dev" });
  await ann.until(({ happened }) => happened.includes("connected"));
  const author = { name: "ci", room: "dev", address: server.address };
  assertEquals(await send("one", author), 1);
  assertEquals(await send("waves", { ...author, kind: "action" }), 2);
  await ann.until(({ heard }) => heard.length === 2);
  assertEquals([ann.heard, ann.happened], [["one", "waves"], ["connected"]]);
});

Deno.test("send() sends a private note", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const identity = await Identity.generate();
  const author = { name: "ci", address: server.address, identity };
  await send("psst", { ...author, kind: "whisper", to: "ann" });
  await ann.until(({ heard }) => heard.length === 1);
  await send("pssst", { ...author, to: "ann" }); // A recipient makes it private.
  await ann.until(({ heard }) => heard.length === 2);
  assertEquals(ann.heard, ["→ann psst", "→ann pssst"]);
  const missing = await assertRejects(
    () => send("psst", { ...author, kind: "whisper", to: "nobody" }),
    ChatError,
  );
  assertEquals(missing.code, "missing");
});

Deno.test("send() never says a private note to everybody", async () => {
  using server = await FakeServer.original([]);
  const error = await assertRejects(
    () => send("psst", { name: "ci", address: server.address, to: "ann" }),
    ChatError,
  );
  assertEquals(error.code, "unsupported");
});

Deno.test("send() throws the reason of a refusal", async () => {
  await using server = await open();
  const author = { name: "ci", address: server.address };
  const error = await assertRejects(() => send("x".repeat(1_001), author), ChatError);
  assertEquals([error.code, error.message], [
    "too_large",
    "Note has 1,001 bytes: at most 1,000 are allowed",
  ]);
});

Deno.test("send() gives up after its time: without a server, and without an answer", async () => {
  const nowhere = { name: "ci", address: `127.0.0.1:${freePort()}`, timeoutMs: 200 };
  const unreachable = await assertRejects(() => send("x", nowhere), ChatError);
  assertEquals(unreachable.code, "unavailable");
  assert(unreachable.message.startsWith("Cannot reach "), unreachable.message);
  using server = await FakeServer.accepting(0);
  const mute = { name: "ci", address: server.address, timeoutMs: 500 };
  const late = await assertRejects(() => send("x", mute), ChatError);
  assertEquals([late.code, late.message], [
    "timeout",
    "The server has not accepted the note within 0.5 s",
  ]);
});

Deno.test("send() throws the reason of its signal", async () => {
  using server = await FakeServer.accepting(0);
  const left = new AbortController();
  const sending = send("x", { name: "ci", address: server.address, signal: left.signal });
  void server.posted.then(() => left.abort(new Error("enough")));
  await assertRejects(() => sending, Error, "enough");
});

Deno.test("send() says a note on a server of the original contract, which reports no position", async () => {
  using server = await FakeServer.original([]);
  assertEquals(await send("x", { name: "ci", address: server.address }), undefined);
});
