import { assertEquals, assertMatch } from "@std/assert";
import { freePort, run, start, startServer } from "../support/program.ts";
import {
  isInstalled,
  REVERSE_PROXIES,
  type ReverseProxy,
  startReverseProxy,
  WEB_PROXIES,
} from "./reverse_proxies.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { HttpConnection } from "../support/wire/http.ts";

const OUTAGES = 2;

/** The posts of each of three clients in each period that the server is up. */
const lines = (who: string) => Array.from({ length: OUTAGES + 1 }, (_, round) => `${who}${round}`);

/** Kills the server behind a proxy again and again, while clients talk through it. */
async function killServerBehind(middleman: ReverseProxy): Promise<void> {
  await using folder = await temporaryFolder();
  const port = `${freePort()}`;
  const up = () => startServer(["--quiet", "--port", port, "--data", `${folder.path}/chat.db`]);
  await using stack = new AsyncDisposableStack();
  let server = stack.use(await up());
  await using proxy = await startReverseProxy(middleman, server.address);
  const at = ["--server", proxy.address];
  await using tail = start("tail", at);
  await using ann = start("join", [...at, "--name", "ann"]);
  await using bob = start("send", [...at, "--name", "bob", "--lines", "--timeout", "30"]);
  const ended = bob.ended().then(() => {
    throw new Error(`chat send has ended: ${bob.stderr}`);
  });
  ended.catch(() => {}); // Ends when all posts are made.
  for (let round = 0; round <= OUTAGES; round++) {
    await ann.write(`ann${round}\n`);
    await bob.write(`bob${round}\n`);
    const shown = ["ann", "bob"].map((who) =>
      tail.waitFor(new RegExp(`^\\[${who}\\] ${who}${round}$`, "m"))
    );
    await Promise.race([Promise.all(shown), ended]);
    if (round === OUTAGES) break;
    server.kill("SIGKILL");
    await server.ended();
    // This one only meets the proxy's own answers. The others meet them at the same time.
    const { code, stderr } = await run("send", [
      ...at,
      "--name",
      "eve",
      "--timeout",
      "2",
      "x",
    ]);
    const [, reason = ""] =
      /^error: Cannot reach "[^"]*": (.*) \(tried for 2 s\)\n$/.exec(stderr) ??
        [];
    assertEquals(code, 3);
    assertMatch(reason, middleman.down, stderr);
    server = stack.use(await up());
  }
  await Promise.all([ann.end(), bob.end()]);
  assertEquals([(await ann.ended()).code, (await bob.ended()).code], [0, 0]);
  const { stdout } = await run("tail", ["--server", server.address, "--until-now"]);
  assertEquals(tail.stdout, stdout);
  const said = stdout.trimEnd().split("\n");
  assertEquals(
    said.toSorted(),
    ["ann", "bob"].flatMap((who) => lines(who).map((line) => `[${who}] ${line}`)),
  );
}

const gone: string[] = [];
for (const proxy of Object.values(REVERSE_PROXIES)) {
  if (!await isInstalled(proxy)) gone.push(proxy.program);
}

Deno.test({
  name: `a server that is killed and started again behind ${
    Object.keys(REVERSE_PROXIES).join(", ")
  } loses no client and no note${gone.length > 0 ? ` (ignored: no ${gone.join(", ")})` : ""}`,
  ignore: gone.length > 0,
  async fn() {
    // Side by side: most of the time, clients wait before they try again.
    await Promise.all(Object.values(REVERSE_PROXIES).map(killServerBehind));
  },
});

for (const [name, middleman] of Object.entries(WEB_PROXIES)) {
  const missing = !await isInstalled(middleman);
  Deno.test({
    name: `readers of HTTP behind ${name} get each note as it is posted${
      missing ? ` (ignored: no ${middleman.program})` : ""
    }`,
    ignore: missing,
    async fn() {
      await using server = await startServer(["--quiet", "--web-host", "chat.example"]);
      await using proxy = await startReverseProxy(middleman, server.address);
      const open = () => HttpConnection.open(proxy.address);
      const readers = await Promise.all([open(), open()]);
      using author = await open();
      const ask = (http: HttpConnection, line: string, ...headers: string[]) =>
        http.write([`${line} HTTP/1.1`, "Host: chat.example", ...headers, "", ""].join("\r\n"));
      await ask(readers[0]!, "GET /rooms/lobby/notes");
      await ask(readers[1]!, "GET /rooms/lobby/notes", "Accept: text/event-stream");
      for (const reader of readers) assertEquals((await reader.head()).status, 200);
      for (const text of ["one", "two"]) {
        const from = ["Origin: http://chat.example", "Content-Length: 3"];
        await ask(author, "POST /rooms/lobby/notes?name=ann", ...from);
        await author.write(text);
        assertEquals((await author.answer()).status, 200);
        for (const reader of readers) await reader.until(new RegExp(`"${text}"`));
      }
      for (const reader of readers) reader.close();
    },
  });
}
