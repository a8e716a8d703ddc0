import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort, Person, run, start, startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { Proxy } from "../support/wire/proxy.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";

Deno.test("chat serve prints where it listens, how to join, and the notes", async () => {
  await using server = await startServer();
  await server.waitFor(new RegExp(`^join with: .* join --server ${server.address}$`, "m"));
  using peer = new Peer(server.address);
  await peer.send({ name: "봄", message: "안녕 👩‍💻\x1b[2J\nsecond line" });
  await server.waitFor(/^\[~봄\] 안녕 👩‍💻\\x1b\[2J\\nsecond line$/m);
});

Deno.test("chat serve --quiet prints no notes", async () => {
  await using server = await startServer(["--quiet"]);
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "secret" });
  server.kill("SIGTERM");
  await server.ended();
  assert(!server.stdout.includes("secret"), server.stdout);
});

Deno.test("chat serve listens on a Unix socket", async () => {
  const cwd = await Deno.makeTempDir();
  await using server = start("serve", ["--host", "unix:chat.sock", "--data", ":memory:"], { cwd });
  await server.waitFor(/^listening on unix:chat\.sock$/m);
  const joined = await run("join", ["--server", "unix:chat.sock", "--name", "ann"], {
    cwd,
    stdin: "over a socket\n",
  });
  assertEquals([joined.code, joined.stderr], [0, ""]);
  await server.waitFor(/^\[ann\] over a socket$/m);
  server.kill("SIGINT");
  assertEquals((await server.ended()).code, 0);
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("chat serve replaces the Unix socket of a killed server, not that of a living one", async () => {
  const cwd = await Deno.makeTempDir();
  const args = ["--host", "unix:chat.sock", "--data", ":memory:"];
  await using killed = start("serve", args, { cwd });
  await killed.waitFor(/^listening/m);
  const second = await run("serve", args, { cwd });
  assertEquals(second.code, 1);
  assertEquals(second.stderr, 'error: Cannot listen on "unix:chat.sock": it is in use\n');
  killed.kill("SIGKILL");
  await killed.ended();
  await using server = start("serve", args, { cwd });
  await server.waitFor(/^listening on unix:chat\.sock$/m);
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("chat serve leaves a file alone that is not a socket", async () => {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(`${cwd}/precious`, "precious");
  await Deno.mkdir(`${cwd}/folder`);
  for (const path of ["precious", "folder"]) {
    const served = await run("serve", ["--host", `unix:${path}`, "--data", ":memory:"], { cwd });
    assertEquals(served.code, 1);
    assertEquals(
      served.stderr,
      `error: Cannot listen on "unix:${path}": the file is not a socket\n`,
    );
  }
  assertEquals(await Deno.readTextFile(`${cwd}/precious`), "precious");
  assert((await Deno.stat(`${cwd}/folder`)).isDirectory);
  await Deno.remove(cwd, { recursive: true });
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`chat serve ends its streams and exits 0 on ${signal}`, async () => {
    await using server = await startServer(["--grace", "600"]);
    using peer = new Peer(server.address);
    const stream = peer.stream();
    await peer.send({ name: "ann", message: "hi" });
    await stream.next();
    const ending = stream.next().then(() => undefined, (error) => error);
    server.kill(signal);
    assertMatch(String(await ending), /14 UNAVAILABLE: The server is stopping/);
    assertEquals((await server.ended()).code, 0);
  });
}

Deno.test("chat serve disconnects a stalled reader when --grace is over", async () => {
  await using server = await startServer(["--grace", "0.2", "--quiet"]);
  await using proxy = new Proxy(server.address);
  using author = new Peer(server.address);
  using reader = new Peer(proxy.address);
  const stream = reader.stream();
  await author.send({ name: "ann", message: "hi" });
  await stream.next();
  proxy.pause();
  for (let i = 0; i < 600; i++) await author.send({ name: "ann", message: "x".repeat(16_000) });
  const ending = stream.next().then(() => stream.return(), () => {});
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
  proxy.cut();
  await ending;
});

Deno.test("chat serve survives a closed standard output", async () => {
  await using server = await startServer();
  using peer = new Peer(server.address);
  await server.closeStdout();
  for (let i = 0; i < 3; i++) await peer.send({ name: "ann", message: `${i}` });
  assertEquals((await peer.read(3)).length, 3);
  server.kill("SIGTERM");
  assertEquals([(await server.ended()).code, server.stderr], [0, ""]);
});

Deno.test("chat serve stops even when its output is stalled", async () => {
  await using server = await startServer(["--grace", "600"]);
  using peer = new Peer(server.address);
  server.holdStdout();
  for (let i = 0; i < 200; i++) await peer.send({ name: "ann", message: "x".repeat(16_000) });
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
});

Deno.test("chat serve keeps the notes in a file, across restarts and kills", async () => {
  const cwd = await Deno.makeTempDir();
  await using ann = new Person();
  const said = async (room: string, text: string, address: string) => {
    const args = ["--server", address, "--name", "ann", "--room", room];
    assertEquals((await run("join", args, { stdin: text, env: ann.env })).code, 0);
  };
  for (const [text, signal] of [["one\n", "SIGTERM"], ["two\n", "SIGKILL"]] as const) {
    await using server = await startServer(["--data", "chat.db"], { cwd });
    await said("dev", text, server.address);
    server.kill(signal);
    await server.ended();
  }
  await using server = await startServer(["--data", "chat.db"], { cwd });
  const args = ["--server", server.address, "--name", "bob", "--room", "DEV", "--last", "9"];
  await using joined = start("join", args);
  await joined.waitFor(/^\[ann\] one\n\[ann\] two\n$/);
  const second = await run("serve", ["--port", "0", "--data", "chat.db"], { cwd });
  assertEquals(second.code, 1);
  assertMatch(second.stderr, /^error: Cannot open "chat.db": another program has it open; .*\n$/);
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("chat serve creates no file if it cannot listen", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `${taken.addr.port}`;
  const free = `${freePort()}`;
  const cases = [
    [["--host", "nosuch.invalid"], "(there is no such host|the name cannot be looked up now)"],
    [["--port", port, "--tls"], "it is in use"],
    [["--port", "0", "--tls", "--metrics", port], "it is in use"],
    [["--host", "unix:no/such/folder/s"], "there is no such folder"],
    [["--host", "127.0.0.1", "--port", free, "--metrics", free], "it is in use"],
    [["--host", "0.0.0.0", "--port", free, "--metrics", free], "it is in use"],
  ] as const;
  const cwd = await Deno.makeTempDir();
  for (const [args, words] of cases) {
    const { code, stderr } = await run("serve", [...args], { cwd });
    assertMatch(stderr, new RegExp(`^error: Cannot listen on ".*": ${words}\\n$`));
    assertEquals([code, [...Deno.readDirSync(cwd)]], [1, []]);
  }
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("chat serve names a port that is in use, and exits 1", async () => {
  await using server = await startServer();
  const { port } = tcpAddress(server.address);
  const { code, stdout, stderr } = await run("serve", ["--port", `${port}`, "--data", ":memory:"]);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(
    stderr,
    `error: Cannot listen on "${server.address}": it is in use\n`,
  );
});

Deno.test("chat serve makes its file private", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    {
      await using _server = await startServer(["--quiet", "--data", `${folder}/chat.db`]);
      for await (const { name } of Deno.readDir(folder)) {
        assertEquals((await Deno.stat(`${folder}/${name}`)).mode! & 0o077, 0, name);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("chat serve warns about secret files that everybody may read, and serves", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const data = `${folder}/chat.db`;
    const password = `${folder}/password`;
    await Deno.writeTextFile(password, "secret");
    await Deno.chmod(password, 0o600);
    const args = ["--data", data, "--tls", "--password-file", password];
    const complaints = async () => {
      await using server = await startServer(args);
      server.kill("SIGTERM");
      assertEquals((await server.ended()).code, 0);
      const lines = server.stderr.split("\n").filter((line) => line !== "");
      return lines.map((line) => line.replace(/^\S+ /, "")).sort();
    };
    assertEquals(await complaints(), []); // They were created private.
    await Deno.chmod(data, 0o640);
    assertEquals(await complaints(), []); // Group access is a deliberate choice.
    await Deno.chmod(data, 0o644);
    await Deno.chmod(`${data}.key`, 0o606);
    await Deno.chmod(password, 0o602);
    const may = (what: string, file: string) =>
      `reason="everybody on this machine may ${what} it: chmod 600 ${file}"`;
    assertEquals(await complaints(), [
      `warn open file=${data} mode=644 ${may("read", data)}`,
      `warn open file=${data}-wal mode=644 ${may("read", `${data}-wal`)}`,
      `warn open file=${data}.key mode=606 ${may("read and change", `${data}.key`)}`,
      `warn open file=${password} mode=602 ${may("change", password)}`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
