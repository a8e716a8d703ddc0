import { assertEquals, assertMatch } from "@std/assert";
import { forget } from "../support/nats/forget.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { run, startServer } from "../support/program.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const ignore = !(await hasNats());

Deno.test({
  name: "chat serve --cluster --data goes on from its file after it was killed",
  ignore,
  fn: () =>
    inFolder(async (cwd) => {
      await using nats = await Nats.start();
      const args = ["--cluster", nats.urls.join(",")];
      const withFile = [...args, "--data", "chat.db"];
      await using other = await startServer(args);
      using peer = new Peer(other.address);
      {
        await using server = await startServer(withFile, { cwd });
        using own = new Peer(server.address);
        await own.send({ name: "bob", message: "1" });
        await peer.send({ name: "eve", message: "2" });
        assertEquals((await own.read(2)).map(({ message }) => message), ["1", "2"]);
        // Disposing kills it, which leaves the file as it is.
      }
      await peer.send({ name: "eve", message: "3" });
      {
        await using server = await startServer(withFile, { cwd });
        using own = new Peer(server.address);
        await own.send({ name: "bob", message: "4" });
        const notes = await own.read(4);
        assertEquals(notes.map(({ message }) => message), ["1", "2", "3", "4"]);
        assertEquals(notes, await peer.read(4));
      }
      const alone = await run("serve", ["--port", "0", "--data", "chat.db"], { cwd });
      assertEquals(alone.code, 1);
      assertMatch(
        alone.stderr,
        /it is a copy of a chat of several servers; serve it with --cluster/,
      );
      const exported = await run("export", ["--data", "chat.db", "--json"], { cwd });
      assertEquals([exported.code, exported.stdout.match(/"message":"\d"/g)?.length], [0, 4]);
      await Deno.remove(`${cwd}/chat.db`);
      assertEquals(
        (await run("import", ["--data", "chat.db"], { cwd, stdin: exported.stdout })).code,
        0,
      );
      const refused = await run("serve", ["--port", "0", ...withFile], { cwd });
      assertEquals(refused.code, 1);
      assertMatch(refused.stderr, /it belongs to a server without --cluster; take its notes over/);
    }),
});

/** Stores notes in the file of a server, and loses the newest one from the engine. */
async function loseNote(nats: Nats, args: string[], cwd: string): Promise<void> {
  await using server = await startServer(args, { cwd });
  using peer = new Peer(server.address);
  await peer.send({ name: "bob", message: "1" });
  await forget(nats, async () => {
    await server.waitFor(/ engine state=back /, "stderr");
    await peer.send({ name: "bob", message: "2" });
    server.kill("SIGKILL"); // Before it notices.
    await server.ended();
  });
}

Deno.test({
  name: "chat serve --cluster --data stops with exit code 7 if notes of its file were lost",
  ignore,
  fn: () =>
    inFolder(async (cwd) => {
      await using nats = await Nats.start();
      const args = ["--cluster", nats.urls.join(",")];
      const withFile = [...args, "--data", "chat.db"];
      await loseNote(nats, withFile, cwd);
      {
        await using other = await startServer(args);
        using peer = new Peer(other.address);
        for (const message of ["3", "4"]) await peer.send({ name: "eve", message });
      }
      const refused = await run("serve", ["--port", "0", ...withFile], { cwd });
      assertEquals(refused.code, 7);
      assertMatch(refused.stderr, /^error: NATS lost entries .*: it has another entry at 2\n$/);

      const [node] = nats.nodes;
      await node!.kill();
      await Deno.remove(node!.dataFolder, { recursive: true });
      await node!.start();
      const anew = await run("serve", ["--port", "0", ...withFile], { cwd });
      assertEquals(anew.code, 7);
      assertMatch(anew.stderr, /^error: NATS lost entries .*: "chat\.db" has notes of it; .*\n$/);
    }),
});
