import { assertEquals, assertRejects } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { ChatError } from "../../mod.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { enter, serveOn } from "../support/cluster/serve.ts";
import { joinLibraryChat } from "../support/library_chat.ts";

const ann = await Identity.generate();
const bob = await Identity.generate();
const OPERATORS = { operators: ann.fingerprint };

Deno.test("a ban on one server ends the session on another, and its joins are refused", async () => {
  const cluster = new MemoryCluster();
  await using one = await serveOn(cluster, OPERATORS);
  await using two = await serveOn(cluster, OPERATORS);
  await using operator = await enter("ann", one.address, { identity: ann });
  await using person = await enter("bob", two.address, { identity: bob });
  await operator.order({ action: "ban", name: "bob", reason: "spam" });
  const error = await assertRejects(() => person.ended, ChatError, "banned by ann: spam");
  assertEquals(error.code, "forbidden");
  for (const { address } of [one, two]) {
    await using again = joinLibraryChat("bob", address, { identity: bob });
    await assertRejects(() => again.ended, ChatError, "banned: spam");
  }
});

Deno.test("names, bans and rooms are there after all servers were restarted", async () => {
  const cluster = new MemoryCluster();
  {
    await using one = await serveOn(cluster, OPERATORS);
    await using operator = await enter("ann", one.address, { identity: ann, room: "Dev" });
    await operator.say("hello");
    await using _banned = await enter("bob", one.address, { identity: bob });
    await operator.order({ action: "ban", name: "bob", reason: "spam" });
  }
  await using one = await serveOn(cluster, OPERATORS);
  await using banned = joinLibraryChat("bob", one.address, { identity: bob });
  await assertRejects(() => banned.ended, ChatError, "banned: spam");
  await using thief = joinLibraryChat("ann", one.address);
  await assertRejects(() => thief.ended, ChatError, 'name "ann" is taken');
  await using owner = await enter("ann", one.address, { identity: ann, room: "dev" });
  await owner.until(({ heard }) => heard.includes("hello"));
  assertEquals((await owner.rooms()).rooms.map(({ name }) => name), ["Dev"]);
});

Deno.test("the first note under a name waits until the name is not released any more", async () => {
  await using one = await serveOn(new MemoryCluster());
  await using other = await enter("cat", one.address);
  await other.say("makes the room");
  await using owner = await enter("bob", one.address, { identity: bob });
  const { state } = one.engine.journals;
  const append = state.append.bind(state);
  const order: string[] = [];
  state.append = async (...entry) => {
    state.append = append;
    await other.say("has an answer meanwhile");
    order.push("stored");
    return await append(...entry);
  };
  const says = ["1", "2"].map((text) => owner.say(text).then(() => order.push(text)));
  await Promise.all(says);
  assertEquals(order, ["stored", "1", "2"]);
  await other.until(({ heard }) => heard.at(-1) === "2");
  assertEquals(other.heard.slice(-2), ["1", "2"]);
});
