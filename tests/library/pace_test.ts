import { assert, assertEquals } from "@std/assert";
import { join, serve, type ServerEvent } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { Proxy } from "../support/wire/proxy.ts";

/** A server that limits the rate, with the number of posts that it has refused. */
async function limited(rate: number) {
  const refused: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused") refused.push(event.kind);
  };
  return { server: await serve({ address: "127.0.0.1:0", rate, burst: 20, onEvent }), refused };
}

const numbers = Array.from({ length: 10_000 }, (_, i) => i + 1);

Deno.test("a bot that says 10,000 texts in a loop gets all of them through, in order", async () => {
  const { server, refused } = await limited(5_000);
  await using _stop = server;
  await using bot = await join({ name: "bot", address: server.address });
  const said = numbers.map((number) => bot.say(`${number}`));
  assertEquals(await Promise.all(said), numbers);
  assert(refused.length > 0);
  await using reader = joinLibraryChat("", server.address);
  await reader.until(({ heard }) => heard.length === 10_000);
  assertEquals(reader.heard, numbers.map(String));
});

Deno.test("a paced bot keeps the order of its texts over cut connections", async () => {
  const { server, refused } = await limited(500);
  await using _stop = server;
  await using proxy = new Proxy(server.address);
  await using bot = await join({ name: "bot", address: proxy.address });
  await using reader = joinLibraryChat("", server.address);
  const said = numbers.slice(0, 300).map((number) => bot.say(`${number}`));
  for (const number of [50, 150, 250]) {
    await reader.until(({ heard }) => heard.length >= number);
    proxy.cut();
  }
  assertEquals(await Promise.all(said), numbers.slice(0, 300));
  await reader.until(({ heard }) => heard.length === 300);
  assertEquals(reader.heard, numbers.slice(0, 300).map(String));
  assert(refused.length > 0);
});
