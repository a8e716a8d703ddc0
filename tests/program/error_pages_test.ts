import { assertEquals } from "@std/assert";
import type { JoinOptions } from "../../mod.ts";
import { serve } from "../../mod.ts";
import { parseCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import { joinLibraryChat, type LibraryChat } from "../support/library_chat.ts";
import { run, startServer } from "../support/program.ts";
import { ERROR_PAGES, TLS_ERROR_PAGES } from "../support/wire/error_pages.ts";
import { type Answer, Proxy } from "../support/wire/proxy.ts";

/** Waits for an event in a chat. Throws the chat's error if it ends first. */
async function until(bob: LibraryChat, enough: (bob: LibraryChat) => boolean): Promise<void> {
  await Promise.race([bob.until(enough), bob.ended]);
  await (enough(bob) ? undefined : bob.ended);
}

const count = (texts: string[], text: string) => texts.filter((other) => other === text).length;

/**
 * Cuts a chat's connection, lets it meet a substitute for the server, and lets it reconnect.
 * Returns its events.
 */
async function outage(
  server: string,
  answer: Answer,
  options: Pick<JoinOptions, "room" | "tls">,
): Promise<string[]> {
  await using proxy = new Proxy(server);
  // Some of these never end by themselves.
  await using bob = joinLibraryChat("bob", proxy.address, { timeoutMs: 5_000, ...options });
  await until(bob, ({ happened }) => happened.includes("connected"));
  await bob.say("one");
  proxy.answerBy(answer);
  proxy.cut();
  bob.say("two").catch(() => {}); // The result is checked below.
  await until(bob, ({ happened }) => count(happened, "disconnected") === 2);
  proxy.answerBy();
  await until(bob, ({ happened }) => count(happened, "connected") === 2);
  await Promise.race([bob.say("three"), bob.ended]);
  await until(bob, ({ heard }) => heard.includes("three"));
  return bob.heard;
}

/**
 * Meets all of these at the same time, each in its own room. Returns the results of chats that lost
 * or repeated a note, or ended.
 */
async function harmed(
  pages: Readonly<Record<string, Answer>>,
  server: string,
  options: Pick<JoinOptions, "tls"> = {},
): Promise<Record<string, unknown>> {
  const met = Object.entries(pages).map(async ([name, answer], index) => {
    const how = await outage(server, answer, { room: `room${index}`, ...options })
      .catch((error) => error.message);
    return [name, how];
  });
  const all = await Promise.all(met);
  return Object.fromEntries(all.filter(([, heard]) => `${heard}` !== "one,two,three"));
}

Deno.test("no answer from an intermediary ends a chat, or loses or repeats a note", async () => {
  await using server = await serve({ address: "127.0.0.1:0", rate: 0, newRooms: 100 });
  assertEquals(await harmed(ERROR_PAGES, server.address), {});
});

Deno.test("the same over TLS", async () => {
  await using server = await startServer(["--tls", "--quiet"]);
  const [, shown = ""] = await server.waitFor(/^fingerprint: (\S+)$/m);
  const fingerprint = parseCertificateFingerprint(shown)!;
  const tls = { trust: { by: "certificate", fingerprint } } as const;
  assertEquals(await harmed(TLS_ERROR_PAGES, server.address, { tls }), {});
});

Deno.test("joining a web server reports that it is not a chat server, and exits 3", async () => {
  const names = [200, 401, 403, 404, 502].map((status) => `a page with ${status}`);
  await Promise.all(names.map(async (name) => {
    await using proxy = new Proxy("127.0.0.1:0");
    proxy.answerBy(ERROR_PAGES[name]);
    const args = ["--server", proxy.address, "--timeout", "8", "--json"];
    const { code, stdout, stderr } = await run("tail", args);
    const [reported, error] = stderr.split("\n");
    const words = "it is not a chat server";
    assertEquals([code, stdout, reported, error], [
      3,
      "",
      `-- not connected to "${proxy.address}": ${words}; retrying --`,
      `error: Cannot reach "${proxy.address}": ${words} (tried for 8 s)`,
    ]);
  }));
});

Deno.test("a chat that starts during an error page joins once the server is back", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using proxy = new Proxy(server.address);
  proxy.answerBy(ERROR_PAGES["a page with 404"]);
  await using bob = joinLibraryChat("bob", proxy.address);
  await until(bob, ({ happened }) => happened.includes("disconnected"));
  proxy.answerBy();
  await until(bob, ({ happened }) => happened.includes("connected"));
  assertEquals(bob.reasons[0], "it is not a chat server");
});
