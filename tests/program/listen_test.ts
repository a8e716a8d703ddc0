import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createConnection } from "node:net";
import { parseTcpAddress } from "../../text/address.ts";
import { DENO_RUN, Process, run, startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import {
  concat,
  FLAG,
  frame,
  message,
  openCall,
  PREFACE,
  TYPE,
} from "../support/wire/raw_http2.ts";

const UNIX_ONLY = Deno.build.os === "windows";

Deno.test({
  name: "a Unix socket is private to its owner under any umask, and its folder has no other file",
  ignore: UNIX_ONLY,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/chat.sock`;
    for (
      const [umask, mode, ...flags] of [
        ["000", "600"],
        ["022", "600"],
        ["077", "660", "--socket-mode", "660"],
      ] as const
    ) {
      const through = ["sh", "-c", `umask ${umask} && exec "$@"`, "sh"];
      const args = ["--quiet", "--host", `unix:${path}`, ...flags];
      await using server = await startServer(args, { through });
      assertEquals((Deno.statSync(path).mode! & 0o777).toString(8), mode);
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["chat.sock"]);
      server.kill("SIGTERM");
      await server.ended();
      assertEquals([...Deno.readDirSync(folder)], []);
    }
    await Deno.remove(folder);
  },
});

Deno.test({
  name: "chat serve reports a socket path that is too long, and the limit",
  ignore: UNIX_ONLY,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const bound = Deno.build.os === "linux" ? 107 : 103;
    const path = (bytes: number) =>
      `${folder}/${"é".repeat(200)}`.slice(0, folder.length + 3) +
      "x".repeat(bytes - folder.length - 5);
    const args = ["--data", ":memory:", "--host", `unix:${path(bound + 1)}`];
    const { code, stderr } = await run("serve", args);
    const words = `its path has ${bound + 1} bytes: must be at most ${bound}`;
    assertEquals([code, stderr], [1, `error: Cannot listen on "${args[3]}": ${words}\n`]);
    await using server = await startServer(["--host", `unix:${path(bound)}`]);
    assertEquals(server.address, `unix:${path(bound)}`);
    server.kill("SIGTERM");
    await server.ended();
    await Deno.remove(folder);
  },
});

for (const tls of [false, true]) {
  Deno.test({
    name: `a peer that floods a Unix socket ${tls ? "with TLS" : "in plaintext"} is disconnected`,
    ignore: UNIX_ONLY,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      const path = `${folder}/s.sock`;
      const flags = tls ? ["--tls"] : [];
      await using server = await startServer(["--quiet", "--host", `unix:${path}`, ...flags]);
      const program = fileURLToPath(new URL("../support/wire/flood_unix.ts", import.meta.url));
      const allowed = ["--allow-net", "--allow-read", "--allow-write", "--allow-env"];
      const [deno = "", ...run] = DENO_RUN;
      const args = [...run, "--no-prompt", ...allowed, program, path, ...flags];
      await using eve = new Process(deno, args);
      const { code } = await eve.ended();
      assertEquals(code, 0, eve.stderr);
      await server.waitFor(
        / warn refused kind=flood reason="the connection was cut: it sent more than 10000 frames [^"]+" address=unix\n/,
        "stderr",
      );
      server.kill("SIGTERM");
      await server.ended();
      await Deno.remove(folder);
    },
  });
}

Deno.test({
  name: "data of a connection that is reset before it is accepted has no effect",
  ignore: UNIX_ONLY,
  fn: async () => {
    await using server = await startServer(["--rate", "1", "--burst", "1"]);
    const note = Uint8Array.of(0x0a, 3, 0x65, 0x76, 0x65, 0x12, 2, 0x68, 0x69); // eve: hi
    const call = concat(
      PREFACE,
      frame({ type: TYPE.settings }),
      openCall(1, "SendNote"),
      message(1, note, { flags: FLAG.endStream }),
    );
    server.kill("SIGSTOP");
    for (let i = 0; i < 100; i++) {
      const socket = createConnection(parseTcpAddress(server.address));
      await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
      await new Promise<void>((resolve) => socket.write(Buffer.from(call), () => resolve()));
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.resetAndDestroy();
      await closed;
    }
    server.kill("SIGCONT");
    using peer = new Peer(server.address);
    const ann = await peer.join({ name: "ann" });
    ann.post(["1", "the last"]);
    await server.waitFor(/ the last$/m);
    assertEquals(server.stdout.match(/ hi$/gm) ?? [], []);
  },
});
