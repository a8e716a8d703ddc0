import { assertEquals } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { serve } from "../../mod.ts";
import { joinLibraryChat, type LibraryChat } from "../support/library_chat.ts";
import { run, startServer } from "../support/program.ts";
import { late } from "../support/wire/error_pages.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";
import { Proxy } from "../support/wire/proxy.ts";

Deno.test("join() accepts an infinite timeout", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using bob = joinLibraryChat("bob", server.address, {
    timeoutMs: Infinity,
    keepaliveMs: Infinity,
  });
  await Promise.race([bob.ended, bob.say("one")]);
  assertEquals(bob.reasons, []);
});

/** Whether a client has connected again. */
const isBack = ({ happened }: LibraryChat) =>
  happened.filter((type) => type === "connected").length > 1;

Deno.test("unanswered posts are sent again after a reconnect, before anything else", async () => {
  const posted: string[][] = [[], []];
  let joins = 0;
  let cut = () => {};
  using server = await FakeServer.answering(({ join, posts = [] }) => {
    if (join) return joins++, welcome(join);
    const messages = posted[joins - 1]!;
    messages.push(...posts.map(({ message }) => message));
    if (joins === 1) return void cut();
    return { acks: posts.map(({ id }, index) => ({ id, seq: index + 1 })) };
  });
  await using proxy = new Proxy(server.address);
  cut = () => proxy.cut();
  await using bob = joinLibraryChat("bob", proxy.address);
  await bob.until(({ happened }) => happened.includes("connected"));
  const one = bob.say("one");
  one.catch(() => {}); // It may never happen: the result until then is checked first.
  await bob.until(isBack);
  await bob.say("two");
  assertEquals(posted, [["one"], ["one", "two"]]);
  await one;
});

Deno.test("an answer to an abandoned attempt ends nothing", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using proxy = new Proxy(server.address);
  const identity = await Identity.generate(); // It is asked for a proof.
  await using bob = joinLibraryChat("bob", proxy.address, { identity, timeoutMs: 1_000 });
  await bob.say("one");
  proxy.answerBy(late(server.address));
  proxy.cut();
  await Promise.race([bob.ended, bob.until(({ reasons }) => reasons.includes("no answer"))]);
  proxy.answerBy();
  await Promise.race([bob.ended, bob.until(isBack)]);
  await Promise.race([bob.ended, bob.say("two")]);
  await Promise.race([bob.ended, bob.until(({ heard }) => heard.includes("two"))]);
  assertEquals(bob.heard, ["one", "two"]);
});

Deno.test("an answer to an abandoned first attempt does not count, and the exit code is 3", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  proxy.answerBy(late(server.address));
  const args = ["--server", proxy.address, "--name", "bob", "--timeout", "1"];
  assertEquals(await run("join", args), {
    code: 3,
    stdout: "",
    stderr: `error: Cannot reach "${proxy.address}": no answer (tried for 1 s)\n`,
  });
});
