import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Command, Person, run, start, startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const LINUX = Deno.build.os === "linux";

/** Commands started to outlive their terminal. */
const OUTLIVING: [how: string, through: string[]][] = [
  ["nohup", ["nohup"]],
  ["a shell that ignores SIGHUP", ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]],
];

for (const [how, through] of OUTLIVING) {
  Deno.test({
    name: `chat serve under ${how} continues when its terminal hangs up`,
    ignore: !LINUX,
    fn: async () => {
      await using ann = new Person();
      const { stdout } = await run("whoami", ["--json"], ann);
      const operators = `${ann.folder}/operators`;
      await Deno.writeTextFile(operators, JSON.parse(stdout).fingerprint);
      for (const args of [[], ["--operators", operators]]) {
        await using server = await startServer(["--log-level", "info", ...args], { through });
        server.kill("SIGHUP");
        // When this ends, it would have stopped, or read its lists again.
        const args2 = ["--server", server.address, "--name", "ann", "still here"];
        assertEquals((await run("send", args2, ann)).code, 0);
        assert(!/ (stop|reload)/.test(server.stderr), server.stderr);
        server.kill("SIGTERM");
        assertEquals((await server.ended()).code, 0);
        assertMatch(server.stderr, / info stop\n$/);
      }
    },
  });
}

Deno.test({
  name: "chat serve stops when its terminal hangs up, unless started to outlive it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = await startServer();
    server.kill("SIGHUP");
    assertEquals((await server.ended()).code, 0);
  },
});

Deno.test({
  name: "chat serve takes signals that come together as one, and stops cleanly",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = await startServer(["--log-level", "info"]);
    // Two of one kind may reach it as one.
    for (const signal of ["SIGINT", "SIGTERM", "SIGQUIT", "SIGINT"] as const) server.kill(signal);
    assertEquals((await server.ended()).code, 0);
    assertMatch(server.stderr, / info stop\n$/);
  },
});

/** Commands that keep running, and input for them. */
const LASTING: [command: Command, args: string[]][] = [
  ["join", ["--name", "bob", "--last", "9"]],
  ["tail", []],
];

for (const [command, args] of LASTING) {
  Deno.test({
    name:
      `chat ${command} continues after SIGHUP if it started with SIGHUP ignored, and ends otherwise`,
    ignore: !LINUX,
    fn: async () => {
      await using bob = new Person();
      await using server = await startServer(["--quiet"]);
      using peer = new Peer(server.address);
      await peer.send({ name: "ann", message: "before" });
      for (const through of [OUTLIVING[1]![1], []]) {
        const options = { env: bob.env, through };
        await using process = start(command, ["--server", server.address, ...args], options);
        await process.waitFor(/before/);
        process.kill("SIGHUP");
        if (through.length > 0) {
          await peer.send({ name: "ann", message: "after" });
          await process.waitFor(/after/);
          assertEquals((await run("health", ["--server", server.address])).code, 0);
          await peer.send({ name: "ann", message: "at last" });
          await process.waitFor(/at last/);
          process.kill("SIGTERM");
        }
        const { code, signal } = await process.ended();
        assertEquals(signal, null);
        assertEquals(code, 0);
      }
    },
  });
}

Deno.test({
  name: "chat send continues after SIGHUP if it started with SIGHUP ignored",
  ignore: !LINUX,
  fn: async () => {
    await using server = await startServer();
    const args = ["--server", server.address, "--name", "bob", "--lines"];
    await using sending = start("send", args, { through: OUTLIVING[1]![1] });
    await sending.write("one\n");
    await server.waitFor(/\] one/);
    sending.kill("SIGHUP");
    assertEquals((await run("health", ["--server", server.address])).code, 0);
    await sending.end("two\n");
    assertEquals((await sending.ended()).code, 0);
    await server.waitFor(/\] two/);
  },
});

Deno.test({
  name: "programs in the PATH with names of system programs are not run",
  ignore: !LINUX,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (const name of ["ps", "kill"]) {
        const script = `#!/bin/sh\ntouch ${folder}/run\nexec /bin/${name} "$@"\n`;
        await Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
      }
      const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
      await using server = await startServer([], { env });
      const args = ["--server", server.address, "--name", "bob"];
      assertEquals((await run("join", args, { env, stdin: "hi\n" })).code, 0);
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["kill", "ps"]);
      const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
      // Deno would look for a bare name in the PATH.
      const { permissions } = JSON.parse(text);
      for (
        const set of ["default", "serve", "join", "send", "tail", "backup", "export", "import"]
      ) {
        assertMatch(permissions[set].run.join(), /^(\/bin\/kill,)?\/bin\/ps$/, set);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
