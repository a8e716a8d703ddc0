import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  type AddressInfo,
  createConnection,
  createServer as createTcpServer,
  type Socket,
} from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { tlv } from "../../server/tls/der.ts";
import { parseTcpAddress } from "../../text/address.ts";
import { run, start, startServer } from "../support/program.ts";
import { altNames, TestCa } from "../support/test_ca.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const EMPTY_SETTINGS = "000000040000000000";
const GOAWAY = "0000080700000000000000000000000000";
const PING_ACK = "0000080601000000000102030405060708";

/** The record types in the first byte of TLS. */
const ALERT = 21;
const HANDSHAKE = 22;

/** Sends raw bytes, and returns everything received until the server closes. */
async function exchange(address: string, bytes: Uint8Array): Promise<Uint8Array> {
  const connection = await Deno.connect(tcpAddress(address));
  await connection.write(bytes);
  return await new Response(connection.readable).bytes();
}

/** Speaks TLS, sends HTTP/2 frames, and waits until the server closes. */
function sendFrames(address: string, frames: string): Promise<void> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({
      ...parseTcpAddress(address),
      ALPNProtocols: ["h2"],
      rejectUnauthorized: false,
    });
    socket.on("secureConnect", () => {
      socket.write(PREFACE);
      socket.end(Uint8Array.fromHex(EMPTY_SETTINGS + frames));
    });
    socket.on("error", () => {}); // Any end is fine: the server must be alive afterwards.
    socket.on("close", () => resolve());
    socket.resume();
  });
}

function printedFingerprint(server: { stdout: string }): string {
  return /^fingerprint: (\S+)$/m.exec(server.stdout)![1]!;
}

async function startTlsServer(args: string[] = [], env: Record<string, string> = {}) {
  const server = await startServer(["--tls", "--quiet", ...args], { env });
  await server.waitFor(/^join with: .*$/m);
  return server;
}

/**
 * Checks that the server still accepts notes, and has logged nothing but expected errors of earlier
 * peers.
 */
async function assertServes(
  server: Awaited<ReturnType<typeof startTlsServer>>,
  mayReport = /^$/,
): Promise<void> {
  const args = ["--server", server.address, "--fingerprint", printedFingerprint(server), "hello"];
  const { code, stderr } = await run("send", ["--name", crypto.randomUUID(), ...args]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(server.stderr, mayReport);
}

Deno.test("the server refuses TLS 1.1", async () => {
  await using server = await startTlsServer();
  const ciphers = "c009c00ac013c014002f0035";
  const hello = "0302" + "11".repeat(32) + "00" + "000c" + ciphers + "0100";
  const message = "01" + (hello.length / 2).toString(16).padStart(6, "0") + hello;
  const record = "160301" + (message.length / 2).toString(16).padStart(4, "0") + message;
  const [type, , , , , level, description] = await exchange(
    server.address,
    Uint8Array.fromHex(record),
  );
  assertEquals([type, level], [ALERT, 2]);
  assert(description === 70 || description === 40, `${description}`); // Version, or handshake.
  await assertServes(server);
});

const HTTP1 = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

/** What is no TLS, the flags of the server, and how its answer begins. */
type Strange = readonly [what: string, bytes: Uint8Array, args: string[], answer: RegExp | "alert"];

const STRANGE: readonly Strange[] = [
  ["HTTP/2 in plaintext", new TextEncoder().encode(PREFACE), [], "alert"],
  ["HTTP/1.1", HTTP1, [], /^HTTP\/1\.1 400 .*\r\n\r\nThis port is encrypted: use https:.*\n$/s],
  ["HTTP/1.1, without a web,", HTTP1, ["--web", "off"], "alert"],
  ["zeros", new Uint8Array(64), [], /^HTTP\/1\.1 400 /],
];

for (const [what, bytes, args, answer] of STRANGE) {
  Deno.test(`the server answers and closes a connection with ${what} where it speaks TLS`, async () => {
    await using server = await startTlsServer(args);
    const received = await exchange(server.address, bytes);
    if (answer === "alert") assertEquals(received[0], ALERT);
    else assertMatch(new TextDecoder().decode(received), answer);
    await assertServes(server);
  });
}

Deno.test("the server cuts a peer that neither reads nor closes after plaintext where it speaks TLS", async () => {
  await using server = await startTlsServer(["--join-timeout", "0.2"]);
  const connection = await Deno.connect(tcpAddress(server.address));
  await connection.write(HTTP1);
  await server.waitFor(/ warn refused kind=slow /, "stderr");
  connection.close();
});

Deno.test("the server closes an unfinished TLS handshake when the time to join is over", async () => {
  await using server = await startTlsServer(["--join-timeout", "0.2"]);
  for (const bytes of ["", "160301", "1603010200010001fc0303"]) {
    await exchange(server.address, Uint8Array.fromHex(bytes)); // Until the server closes.
  }
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
  assertMatch(server.stderr, /^(\S+ warn refused kind=slow .*\n)+$/);
});

Deno.test("the server stops despite an unfinished TLS handshake", async () => {
  await using server = await startTlsServer(["--grace", "0.1"]);
  const silent = await Deno.connect(tcpAddress(server.address));
  await assertServes(server); // The silent one has connected now, too.
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
  silent.close();
});

Deno.test("the server survives frames that end a session, over TLS too", async () => {
  await using server = await startTlsServer([], { MALLOC_PERTURB_: "165" });
  for (const frame of [GOAWAY, PING_ACK]) {
    for (let i = 0; i < 10; i++) await sendFrames(server.address, frame);
  }
  await assertServes(server);
  server.kill("SIGTERM");
  const { code, signal } = await server.ended();
  assertEquals([code, signal], [0, null]);
});

Deno.test("the client survives a server that shuts down, over TLS too", async () => {
  await using server = await startTlsServer(["--grace", "0.1"]);
  const args = ["--server", server.address, "--fingerprint", printedFingerprint(server)];
  await using tail = start("tail", args, { env: { MALLOC_PERTURB_: "165" } });
  await run("send", ["--name", "ann", ...args, "hello"]);
  await tail.waitFor(/hello$/m);
  server.kill("SIGTERM");
  await server.ended();
  await tail.waitFor(/not connected/, "stderr");
  tail.kill("SIGTERM");
  const { code, signal } = await tail.ended();
  assertEquals([code, signal], [0, null]);
});

Deno.test("chat serve encrypts a Unix socket if asked to", async () => {
  await using folder = await temporaryFolder();
  const host = `unix:${folder.path}/chat.sock`;
  await using server = await startTlsServer(["--host", host]);
  await assertServes(server);
});

/** A server that speaks TLS with a certificate, and nothing over it. */
async function showing(pair: { cert: string; key: string }, options: object = {}) {
  const server = createServer({ ...pair, ALPNProtocols: ["h2"], ...options }, (socket) => {
    socket.on("error", () => {});
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port, // It listens on TCP.
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

for (
  const [what, days, words] of [
    [
      "an expired certificate",
      { from: -9, to: -1 },
      /its certificate has expired on .* GMT \(SHA-256/,
    ],
    ["one of tomorrow", { from: 1, to: 2 }, /its certificate is not valid before .* GMT \(SHA-256/],
  ] as const
) {
  Deno.test(`--ca refuses ${what}`, async () => {
    await using folder = await temporaryFolder();
    const authority = new TestCa("ours");
    await Deno.writeTextFile(`${folder.path}/ca.crt`, authority.cert);
    await using server = await showing(authority.issue(["127.0.0.1"], days));
    const address = `127.0.0.1:${server.port}`;
    const { code, stderr } = await run("tail", [
      "--server",
      address,
      "--ca",
      `${folder.path}/ca.crt`,
    ]);
    assertEquals(code, 4);
    assertMatch(stderr, words);
  });
}

Deno.test("--ca refuses a certificate that has the host in a name of another kind, or as its subject", async () => {
  await using folder = await temporaryFolder();
  const authority = new TestCa("ours");
  await Deno.writeTextFile(`${folder.path}/ca.crt`, authority.cert);
  const uri = tlv(0x86, new TextEncoder().encode("http://evil.example/, DNS:localhost"));
  const evil = tlv(0x82, new TextEncoder().encode("evil.example"));
  for (const [name, words] of [[uri, "nobody"], [evil, "DNS:evil.example"]] as const) {
    await using server = await showing(authority.issueFor("localhost", [altNames(name)]));
    const args = ["--server", `localhost:${server.port}`, "--ca", `${folder.path}/ca.crt`];
    const { code, stderr } = await run("tail", args);
    assertEquals(code, 4);
    assertMatch(
      stderr,
      new RegExp(`its certificate is for ${words}, not for localhost \\(SHA-256`),
    );
  }
});

// The client checks certificates itself. It relies on the platform only for proof that the server
// has the key of its certificate. This test checks that the platform requires that proof.
Deno.test("a server without the key of its certificate is rejected in the handshake", async () => {
  const pair = new TestCa("ours").issue(["127.0.0.1"]);
  await using server = await showing(pair, { maxVersion: "TLSv1.2" });
  await using proxy = await forging(server.port);
  const args = ["--server", `127.0.0.1:${proxy.port}`, "--timeout", "1"];
  await run("tail", [...args, "--fingerprint", "00".repeat(32)]);
  assertEquals(proxy.answers[0], ALERT);
});

/**
 * Forwards to a server of TLS 1.2, breaks its signature (the last byte before the empty
 * ServerHelloDone), and records the types of the client's records in answer.
 */
async function forging(port: number) {
  const answers: number[] = [];
  const proxy = createTcpServer((client: Socket) => {
    const upstream = createConnection({ host: "127.0.0.1", port });
    let forged = false;
    upstream.on("data", (bytes: Buffer) => {
      const done = bytes.indexOf(Buffer.from("0e000000", "hex"));
      if (!forged && done > 0) {
        // There may be a record header between the signature and this message.
        const end = bytes[done - 5] === HANDSHAKE ? done - 6 : done - 1;
        bytes[end] = bytes[end]! ^ 1;
        forged = true;
      }
      client.write(bytes);
    });
    client.on("data", (bytes: Buffer) => {
      if (forged) answers.push(bytes[0]!);
      upstream.write(bytes);
    });
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    answers,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
