import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { createServer } from "node:tls";
import { findTrust } from "../../client/net/trust.ts";
import { KnownServers, knownServersPath } from "../../client/profile/known_servers.ts";
import { PlaintextServers } from "../../client/profile/plaintext_servers.ts";
import { ChatError } from "../../room/errors.ts";
import { parseCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { TestCa } from "../support/test_ca.ts";

const A = Array(32).fill("AA").join(":");
const B = Array(32).fill("BB").join(":");

Deno.test("KnownServers is empty without a file, and then contains the added servers", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/chat/known_servers`);
  assertEquals(await known.find("chat.example:1"), undefined);
  const first = await known.add("chat.example:1", A);
  const second = await known.add("[2001:db8::1]:1", B);
  assertEquals(await known.find("chat.example:1"), first);
  assertEquals(await known.find("[2001:db8::1]:1"), second);
  assertEquals(await known.find("chat.example:2"), undefined);
  if (Deno.build.os !== "windows") {
    assertEquals((await Deno.stat(known.path)).mode! & 0o777, 0o600);
    assertEquals((await Deno.stat(`${folder.path}/chat`)).mode! & 0o777, 0o700);
  }
});

Deno.test("KnownServers.find() returns the line, regardless of the lines before it", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/known_servers`);
  const text =
    `# mine\n\n  unix:/tmp/my chat.sock   sha256:${B.toLowerCase()}  \nOther:1 SHA256:${A}`;
  await Deno.writeTextFile(known.path, text);
  assertEquals(await known.find("unix:/tmp/my chat.sock"), {
    fingerprint: B,
    place: `${known.path}:3`,
  });
  assertEquals((await known.find("other:1"))?.place, `${known.path}:4`);
  const added = await known.add("new:1", A);
  assertEquals(await Deno.readTextFile(known.path), `${text}\nnew:1 SHA256:${A}\n`);
  assertEquals(added, { fingerprint: A, place: `${known.path}:5` });
  assertEquals(await known.find("new:1"), added);
});

Deno.test("KnownServers.find() refuses a file with a line that it cannot read", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/known_servers`);
  for (const line of ["chat.example:1", `chat.example:1 ${A}`, `chat.example:1 SHA256:${A}:AA`]) {
    await Deno.writeTextFile(known.path, `# mine\n${line}\n`);
    const error = await assertRejects(() => known.find("chat.example:1"), ChatError);
    assertEquals(error.message, `Cannot read ${known.path}:2: it is not "HOST:PORT SHA256:…"`);
  }
});

const ID = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);

Deno.test("PlaintextServers warn once of a server that has changed, and of one that uses another's identity", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/known_servers`);
  await known.add("chat.example:1", A); // Over TLS, which is separate.
  const warnings: string[] = [];
  const meet = async (address: string, id: Uint8Array) => {
    const servers = new PlaintextServers(known, [address], (words) => warnings.push(words));
    for (let again = 0; again < 2; again++) await servers.meet(address, id);
    return warnings.splice(0);
  };
  assertEquals(await meet("chat.example:1", ID), []);
  assertEquals(await meet("chat.example:1", ID), []);
  assertEquals(await meet("evil.example:1", ID), [
    "warning: the server at evil.example:1 claims to be the server of " +
    `${known.path}:3; if it is not, it can act as you there`,
  ]);
  assertEquals(await meet("chat.example:1", OTHER), [
    "warning: the server at chat.example:1 has changed its identity " +
    `(${known.path}:3; if you know why, remove that line)`,
  ]);
  assertEquals(await meet("evil.example:1", new Uint8Array()), []); // No warning.
  assertEquals((await known.find("chat.example:1"))?.fingerprint, A);
});

Deno.test("PlaintextServers expect the same identity of all servers of a chat", async () => {
  await using folder = await temporaryFolder();
  const known = new KnownServers(`${folder.path}/known_servers`);
  const warnings: string[] = [];
  const addresses = ["a.example:1", "b.example:1", "c.example:1"];
  const servers = new PlaintextServers(known, addresses, (words) => warnings.push(words));
  await servers.meet("b.example:1", ID);
  await servers.meet("a.example:1", ID);
  assertEquals(warnings, []);
  assert(await known.find("plaintext a.example:1"));
  for (let again = 0; again < 2; again++) await servers.meet("c.example:1", OTHER);
  assertEquals(warnings, [
    "warning: the server at c.example:1 has another identity than that of " +
    `${known.path}:3: they do not serve the same chat`,
  ]);
  assertEquals(await known.find("plaintext c.example:1"), undefined);
});

Deno.test("PlaintextServers warn that they cannot remember, if the folder is a file", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/chat`, "");
  const warnings: string[] = [];
  const known = new KnownServers(`${folder.path}/chat/known_servers`);
  const servers = new PlaintextServers(known, ["chat.example:1"], (words) => warnings.push(words));
  await servers.meet("chat.example:1", ID);
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0]!, /^warning: cannot remember the server at chat\.example:1: /);
});

/** A server that breaks its first connection, and then shows an untrusted certificate. */
async function breaking() {
  const pair = new TestCa("unknown").issue(["localhost"]);
  let connections = 0;
  const server = createServer({ ...pair, ALPNProtocols: ["h2"] }, (socket) => {
    socket.on("error", () => {});
  });
  const listener = createTcpServer((socket) => {
    if (connections++ === 0) socket.destroy();
    else server.emit("connection", socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`, // It listens on TCP.
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

Deno.test("findTrust() joins an accepted server that it cannot remember, and reports that once", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/chat`, "");
  await using server = await breaking();
  const reported: string[] = [];
  const trust = await findTrust([server.address], {
    certificate: undefined,
    known: new KnownServers(`${folder.path}/chat/known_servers`),
    confirm: () => Promise.resolve(true),
    report: (line) => reported.push(line),
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  });
  assertEquals([trust.by, "pinnedIn" in trust], ["certificate", false]);
  assertEquals(reported.length, 1);
  assertMatch(reported[0]!, /^Cannot remember "127\.0\.0\.1:\d+": /);
});

/** An address on which nothing listens. */
const AWAY = "127.0.0.1:1";

Deno.test("findTrust() asks once for a list, by the first server that answers, and stores it for all", async () => {
  await using folder = await temporaryFolder();
  await using server = await breaking();
  const known = new KnownServers(`${folder.path}/known_servers`);
  const asked: string[] = [];
  const options = {
    certificate: undefined,
    known,
    confirm: (_: unknown, address: string) => Promise.resolve(asked.push(address) > 0),
    report: () => {},
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  };
  const trust = await findTrust([AWAY, server.address], options);
  assertEquals(asked, [server.address]);
  const pins = await Promise.all([AWAY, server.address].map((address) => known.find(address)));
  assert("fingerprint" in trust);
  assertEquals(pins.map((pin) => pin?.fingerprint), [trust.fingerprint, trust.fingerprint]);
  assertEquals(trust.pinnedIn, pins[0]?.place);
  assertEquals(await findTrust(["new.example:1", server.address], options), {
    ...trust,
    pinnedIn: pins[1]?.place,
  });
  assertEquals(asked.length, 1);
});

Deno.test("findTrust() has its full time, even if the wall clock jumps", async () => {
  await using server = await breaking();
  const { now } = Date;
  let looks = 0;
  Date.now = () => now() + 3_600_000 * looks++;
  try {
    const trust = await findTrust([server.address], {
      certificate: undefined,
      known: undefined,
      confirm: () => Promise.resolve(true),
      report: () => {},
      timeoutMs: 60_000,
      signal: new AbortController().signal,
    });
    assertEquals(trust.by, "certificate");
  } finally {
    Date.now = now;
  }
});

Deno.test("knownServersPath() is in the configuration folder", () => {
  const path = (env: Record<string, string>) => knownServersPath((name) => env[name]);
  assertEquals(path({ HOME: "/h" }), "/h/.config/chat/known_servers");
  assertEquals(path({ HOME: "/h", XDG_CONFIG_HOME: "/c" }), "/c/chat/known_servers");
  assertEquals(path({}), undefined);
});

const FINGERPRINTS: [text: string, parsed: string | undefined][] = [
  [A, A],
  [A.toLowerCase(), A],
  [A.replaceAll(":", ""), A],
  [`SHA256:${A}`, A],
  [`sha-256=${A}`, A],
  [A.slice(3), undefined],
  [`${A}:AA`, undefined],
  [A.replace("A", "G"), undefined],
  [A.replace(":", ""), undefined],
  ["", undefined],
];

Deno.test("parseCertificateFingerprint() accepts the formats in which programs print it only", () => {
  for (const [text, parsed] of FINGERPRINTS) {
    assertEquals(parseCertificateFingerprint(text), parsed, text);
  }
});
