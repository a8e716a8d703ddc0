import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort, run, start, startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { Proxy } from "../support/wire/proxy.ts";

Deno.test("chat join sends each line of a pipe, even a last one without a newline", async () => {
  await using server = await startServer(["--quiet"]);
  const { code, stderr } = await run("join", ["--server", server.address, "--name", "ci"], {
    stdin: "one\r\n\n  \ntwo 안녕\nthree",
  });
  assertEquals([code, stderr], [0, ""]);
  using peer = new Peer(server.address);
  const said = (await peer.read(3)).map(({ name, message }) => `${name}: ${message}`);
  assertEquals(said, ["ci: one", "ci: two 안녕", "ci: three"]);
});

Deno.test("chat join prints notes of others, with controls escaped", async () => {
  await using server = await startServer(["--quiet"]);
  await using joined = start("join", [
    "--server",
    server.address,
    "--name",
    "bob",
    "--last",
    "100",
  ]);
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "red \x1b[31m" });
  await joined.waitFor(/^\[~ann\] red \\x1b\[31m$/m);
  await joined.end();
  assertEquals((await joined.ended()).code, 0);
});

Deno.test("chat join reads server and name from the environment, but prefers flags", async () => {
  await using server = await startServer(["--quiet"]);
  const env = { CHAT_SERVER: server.address, CHAT_NAME: "env" };
  assertEquals((await run("join", [], { env, stdin: "a" })).code, 0);
  assertEquals((await run("join", ["--name", "flag"], { env, stdin: "b" })).code, 0);
  using peer = new Peer(server.address);
  assertEquals((await peer.read(2)).map(({ name }) => name), ["env", "flag"]);
});

Deno.test("chat join reports a line that is too large, sends the others, and exits 5", async () => {
  await using server = await startServer(["--quiet", "--max-note-bytes", "10"]);
  const { code, stderr } = await run("join", ["--server", server.address, "--name", "ci"], {
    stdin: `fits\n${"x".repeat(11)}\nfits too\n`,
  });
  assertEquals(code, 5);
  assertEquals(stderr, "error: Line 2 was not sent: Note has 11 bytes: at most 10 are allowed\n");
  using peer = new Peer(server.address);
  assertEquals((await peer.read(2)).map(({ message }) => message), ["fits", "fits too"]);
});

Deno.test("chat join refuses an invalid line, sends the others, and exits 5", async () => {
  await using server = await startServer(["--quiet"]);
  const { code, stderr } = await run("join", ["--server", server.address, "--name", "ci"], {
    stdin: `one\n${"x".repeat(3_000_000)}\ntwo`,
  });
  const reason = "Note has more than 1,048,576 bytes: no server accepts that";
  assertEquals([code, stderr], [5, `error: Line 2 was not sent: ${reason}\n`]);
  using peer = new Peer(server.address);
  assertEquals((await peer.read(2)).map(({ message }) => message), ["one", "two"]);
});

Deno.test("chat join ends at a line that is not UTF-8, sends those before it, and exits 1", async () => {
  await using server = await startServer(["--quiet"]);
  const { code, stderr } = await run("join", ["--server", server.address, "--name", "ci"], {
    stdin: Uint8Array.from([..."one\ntwo\xff\nthree\n"].map((char) => char.charCodeAt(0))),
  });
  assertEquals([code, stderr], [
    1,
    "error: Line 2 is not UTF-8 (byte 4): nothing from there on was sent\n",
  ]);
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "and then" });
  assertEquals((await peer.read(2)).map(({ message }) => message), ["one", "and then"]);
});

Deno.test("chat join reports a name in use, and exits 4", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = start("join", ["--server", server.address, "--name", "ann", "--last", "9"]);
  await ann.write("mine\n");
  await ann.waitFor(/mine/);
  const other = await run("join", ["--server", server.address, "--name", "Ann"]);
  assertEquals([other.code, other.stdout], [4, ""]);
  assertEquals(
    other.stderr,
    `error: Cannot join "${server.address}": name "Ann" is taken (--name NAME joins under another)\n`,
  );
});

// Not 2: only the server knows, for it admits the owner of a name that is older than the rule.
Deno.test("chat join exits 4 when the server does not allow the name", async () => {
  await using server = await startServer(["--quiet"]);
  const { code, stderr } = await run("join", ["--server", server.address, "--name", "a!b"]);
  assertEquals(code, 4);
  const reason = `error: Cannot join "${server.address}": Name "a!b" has "!" (U+0021): `;
  assertEquals(stderr.slice(0, reason.length), reason);
});

Deno.test("chat join exits 2 for a name that no server allows, without asking one", async () => {
  const { code, stderr } = await run("join", ["--server", "127.0.0.1:1", "--name", "a\x07b"]);
  const fault = 'Name "a\\x07b" contains control or invisible characters';
  assertEquals([code, stderr], [2, `error: --name "a\\x07b": ${fault}\n`]);
});

Deno.test("chat join sends every line, even when its output is closed", async () => {
  await using server = await startServer(["--quiet"]);
  const args = ["--server", server.address, "--name", "ann"];
  await using joined = start("join", args);
  await joined.closeStdout();
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i}`);
  await joined.end(lines.join("\n"));
  assertEquals((await joined.ended()).code, 0);
  using peer = new Peer(server.address);
  assertEquals((await peer.read(300)).map(({ message }) => message), lines);
});

Deno.test("chat join reconnects after a cut connection, and repeats nothing", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  await using joined = start("join", ["--server", proxy.address, "--name", "bob", "--last", "100"]);
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "before" });
  await joined.waitFor(/before/);
  proxy.cut();
  await peer.send({ name: "ann", message: "meanwhile" });
  await joined.waitFor(/not connected to .*; retrying/, "stderr");
  await joined.waitFor(/meanwhile/);
  await joined.write("I am back\n");
  await joined.waitFor(/I am back/);
  assertEquals(joined.stdout, "[~ann] before\n[~ann] meanwhile\n[bob] I am back\n");
  await joined.end();
  assertEquals((await joined.ended()).code, 0);
});

Deno.test("chat join waits for a server that is not up yet", async () => {
  const port = freePort();
  const address = `127.0.0.1:${port}`;
  await using joined = start("join", ["--server", address, "--name", "bob", "--timeout", "600"]);
  await joined.waitFor(/retrying/, "stderr");
  await using _server = await startServer(["--quiet", "--port", `${port}`]);
  await joined.end("hello\n");
  assertEquals((await joined.ended()).code, 0);
});

Deno.test("chat join names an unreachable server, and exits 3", async () => {
  const address = `127.0.0.1:${freePort()}`;
  const joined = await run("join", ["--server", address, "--name", "bob", "--timeout", "3"]);
  assertEquals([joined.code, joined.stdout], [3, ""]);
  assertEquals(joined.stderr.split("\n"), [
    `-- not connected to "${address}": nothing listens there; retrying --`,
    `error: Cannot reach "${address}": nothing listens there (tried for 3 s)`,
    "",
  ]);
});

Deno.test("chat join names a peer that speaks no HTTP/2, and exits 3", async (t) => {
  const answers = {
    "an HTTP/1 server": "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "a mail server": "220 mail.example ESMTP\r\n",
    "silence": undefined,
  };
  for (const [what, answer] of Object.entries(answers)) {
    await t.step(what, async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const connections: Deno.Conn[] = [];
      const accepting = (async () => {
        for await (const connection of listener) {
          connections.push(connection);
          if (answer) await connection.write(new TextEncoder().encode(answer));
        }
      })();
      const address = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
      const joined = await run("join", ["--server", address, "--name", "bob", "--timeout", "1"]);
      assertEquals([joined.code, joined.stdout], [3, ""]);
      assertMatch(
        joined.stderr,
        new RegExp(`^error: Cannot reach "${address}": .* \\(tried for 1 s\\)$`, "m"),
      );
      assert(!joined.stderr.includes("    at "), joined.stderr);
      listener.close();
      await accepting;
      for (const connection of connections) connection.close();
    });
  }
});
