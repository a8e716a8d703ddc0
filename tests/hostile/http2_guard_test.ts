import { assertEquals } from "@std/assert";
import { start, startServer } from "../support/program.ts";
import { startWithModules } from "../support/replaced_modules.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";

/** Makes glibc fill freed memory, so that using it crashes every time, not only sometimes. */
const PERTURB = { MALLOC_PERTURB_: "165" };

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const EMPTY_SETTINGS = "000000040000000000";
const FRAMES = {
  GOAWAY: "0000080700000000000000000000000000",
  "an unasked PING acknowledgement": "0000080601000000000102030405060708",
};

/** Sends a frame right after the preface, and waits until the server closes or answers. */
async function sendFrame(address: string, frame: string): Promise<void> {
  const connection = await Deno.connect(tcpAddress(address));
  const bytes = Uint8Array.fromHex(EMPTY_SETTINGS + frame);
  await connection.write(new Uint8Array([...new TextEncoder().encode(PREFACE), ...bytes]));
  await connection.closeWrite();
  for await (const _ of connection.readable); // Until the server has processed it all.
}

async function say(address: string): Promise<void> {
  using peer = new Peer(address);
  await peer.send({ name: "ann", message: "are you there?" });
}

Deno.test("the server survives clients that close and frames that end a session", async () => {
  await using server = await startServer(["--quiet"], { env: PERTURB });
  for (let i = 0; i < 10; i++) await say(server.address);
  for (const frame of Object.values(FRAMES)) {
    for (let i = 0; i < 10; i++) await sendFrame(server.address, frame);
  }
  await say(server.address);
  server.kill("SIGTERM");
  const { code, signal } = await server.ended();
  assertEquals([code, signal], [0, null]);
});

Deno.test("the client survives a server that shuts down", async () => {
  await using server = await startServer(["--quiet"]);
  const args = ["--server", server.address, "--name", "bob", "--last", "100"];
  await using joined = start("join", args, { env: PERTURB });
  await joined.write("hello\n");
  await joined.waitFor(/\[bob\] hello/);
  server.kill("SIGTERM");
  await server.ended();
  await joined.waitFor(/not connected/, "stderr");
  await joined.end();
  const { code, signal } = await joined.ended();
  assertEquals([code, signal], [0, null]);
});

Deno.test({
  name: "without the guard a GOAWAY crashes the server, so the guard is still needed",
  ignore: Deno.build.os !== "linux", // Only glibc's malloc() can be made to fill freed memory.
  async fn() {
    await using server = await startWithModules({ "proto/http2_guard.ts": "" }, { env: PERTURB });
    const dying = Array.from({ length: 10 }, () => sendFrame(server.address, FRAMES.GOAWAY));
    await Promise.allSettled(dying); // The first may be the last that it answers.
    server.kill("SIGTERM");
    const { signal } = await server.ended();
    assertEquals(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL"].includes(signal!), true, `${signal}`);
  },
});
