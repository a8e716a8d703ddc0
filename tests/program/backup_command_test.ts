import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fetchBackup } from "../../client/admin/backup.ts";
import { GrpcConnection } from "../../client/net/grpc.ts";
import { Identity } from "../../client/profile/identity.ts";
import { Prover } from "../../client/session/prover.ts";
import { ChatError, serve, type ServeOptions, type ServerEvent } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { Person, run, startServer } from "../support/program.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

/** A server with the person as its operator, and its data in their folder. */
async function open(operator: Person, args: string[] = []) {
  const { stdout } = await run("whoami", ["--json", "--name", "x"], operator);
  const operators = `${operator.folder}/operators`;
  await Deno.writeTextFile(operators, `${JSON.parse(stdout).fingerprint}\n`);
  const data = `${operator.folder}/chat.db`;
  return await startServer(["--quiet", "--operators", operators, "--data", data, ...args]);
}

/** The names in a folder. */
function filesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("chat backup copies a running server, and the copy can be served", async () => {
  await using operator = new Person();
  const copy = `${operator.folder}/copy of it.db`;
  {
    await using server = await open(operator, ["--log-level", "info"]);
    await using ann = joinLibraryChat("ann", server.address);
    for (let i = 1; i <= 300; i++) void ann.say(`${i}`).catch(() => {});
    await ann.until(({ heard }) => heard.length === 300);
    const { code, stdout, stderr } = await run(
      "backup",
      ["--server", server.address, copy],
      operator,
    );
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^\S+\/copy of it\.db: \d+,\d{3} bytes\n$/);
    assertEquals(Deno.statSync(copy).mode! & 0o777, 0o600);
    assertEquals(filesIn(operator.folder).filter((name) => /\.copy|\.part/.test(name)), []);
    assertMatch(
      server.stderr,
      / info backup key=[A-Za-z0-9+/]{7} address=127\.0\.0\.1 bytes=\d+$/m,
    );
    await ann.say("after it");
  }
  await using restored = await startServer(["--quiet", "--data", copy]);
  using peer = new Peer(restored.address);
  assertEquals((await peer.read(300)).map(({ message }) => Number(message)), [
    ...Array.from({ length: 300 }, (_, i) => i + 1),
  ]);
});

Deno.test("chat backup makes a private file, and overwrites none", async () => {
  await using operator = new Person();
  await using other = new Person();
  await using server = await open(operator);
  const copy = `${other.folder}/copy.db`;
  const backup = (file: string, person: Person) =>
    run("backup", ["--server", server.address, file], person);
  await run("whoami", ["--name", "x"], other);
  const refused = await backup(copy, other);
  assertEquals([refused.code, refused.stdout], [4, ""]);
  const reason = /^error: Cannot back up "\S+": Only operators may do that: key SHA256:\S+ is not/;
  assertMatch(refused.stderr, reason);
  assertEquals(filesIn(other.folder), ["chat"]);
  await Deno.writeTextFile(copy, "mine");
  const existing = await backup(copy, operator);
  assertEquals([existing.code, existing.stderr], [
    1,
    `error: Cannot write "${copy}": there is such a file already; choose another one\n`,
  ]);
  assertEquals(await Deno.readTextFile(copy), "mine");
  const part = `${operator.folder}/new.db.part`;
  await Deno.writeTextFile(part, "left by a killed backup");
  const { stderr } = await backup(`${operator.folder}/new.db`, operator);
  assertMatch(stderr, /^error: Cannot write ".*\/new\.db": "(\S+\.part)" is there already: /);
  assert(stderr.includes(`"${part}"`), stderr);
  const nowhere = await backup("/no/such/copy.db", operator);
  assertMatch(nowhere.stderr, /^error: Cannot write "\S+": there is no such folder\n$/);
});

/** A server through the library, with one operator. */
async function openLibrary(options: ServeOptions = {}) {
  const identity = await Identity.generate();
  const operators = identity.fingerprint;
  const server = await serve({ address: "127.0.0.1:0", rate: 0, operators, ...options });
  const fetch = (signal = new AbortController().signal) => {
    return fetchBackup({
      ...{ addresses: [server.address], identity, signal },
      ...{ tls: undefined, password: undefined, timeoutMs: 60_000 },
    });
  };
  return Object.assign(server, { fetch });
}

/** The reason why there was no copy. */
async function failureOf(copies: AsyncIterable<unknown>): Promise<string> {
  try {
    for await (const _ of copies);
    return "none";
  } catch (error) {
    if (error instanceof ChatError) return `${error.code}: ${error.message.replace(/^.*": /, "")}`;
    throw error;
  }
}

Deno.test("a server in memory has nothing to back up, and logs no copy", async () => {
  const events: ServerEvent[] = [];
  await using server = await openLibrary({ onEvent: (event) => void events.push(event) });
  assertEquals(
    await failureOf(server.fetch()),
    "unsupported: This server keeps its notes in memory only",
  );
  await server.stop(0);
  assertEquals(events.filter(({ type }) => type === "backup"), []);
});

Deno.test("a server makes one copy at a time, and leaves no file when it stops", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const server = await openLibrary({ data: `${folder}/a.db` });
    await using ann = joinLibraryChat("ann", server.address);
    // More than fits into the windows of a connection that nobody reads.
    for (let i = 0; i < 400; i++) void ann.say("x".repeat(16_000)).catch(() => {});
    await ann.until(({ heard }) => heard.length === 400);
    const copies = server.fetch();
    await copies.next();
    const busy = "too_large: Another backup is already running";
    assertEquals(await failureOf(server.fetch()), busy);
    // It has no name, so that a killed server leaves no file either.
    assertEquals(filesIn(folder), ["a.db", "a.db-wal"]);
    const stopped = server.stop(0);
    assertMatch(await failureOf(copies), /^unavailable: /);
    await stopped;
    assertEquals(filesIn(folder), ["a.db"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a server makes the next copy after an abandoned one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using server = await openLibrary({ data: `${folder}/a.db` });
    await using ann = joinLibraryChat("ann", server.address);
    for (let i = 0; i < 400; i++) void ann.say("x".repeat(16_000)).catch(() => {});
    await ann.until(({ heard }) => heard.length === 400);
    for await (const _ of server.fetch()) break;
    let end = "";
    // The server notices the end with a delay.
    do end = await failureOf(server.fetch()); while (end.startsWith("too_large"));
    assertEquals(end, "none");
    assertEquals(filesIn(folder).filter((name) => name.endsWith(".copy")), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a proof for a session is not valid for a backup", async () => {
  const identity = await Identity.generate();
  await using server = await serve({ address: "127.0.0.1:0", operators: identity.fingerprint });
  const connection = new GrpcConnection(server.address);
  try {
    const call = connection.backup(new AbortController().signal);
    const client = crypto.randomUUID();
    const join = { name: "", room: "", client, unlisted: true, key: identity.publicKey };
    const prover = new Prover(connection, join, { identity, password: undefined }, "session");
    call.send({ join });
    const error = await assertRejects(async () => {
      for await (const { challenge } of call.frames) {
        if (challenge) call.send({ proof: await prover.prove(challenge) });
      }
    }, ChatError);
    assertMatch(error.message, /^The signature does not match the key/);
  } finally {
    connection.close();
  }
});

Deno.test("an abandoned copy is logged, and a copy ends when its requester is removed from the operators", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const events: ServerEvent[] = [];
    const onEvent = (event: ServerEvent) => void events.push(event);
    await using server = await openLibrary({ data: `${folder}/a.db`, onEvent });
    await using ann = joinLibraryChat("ann", server.address);
    for (let i = 0; i < 400; i++) void ann.say("x".repeat(16_000)).catch(() => {});
    await ann.until(({ heard }) => heard.length === 400);
    const copies = server.fetch();
    while (!(await copies.next()).value?.piece?.length);
    await server.setLists({ operators: "" });
    assertMatch(await failureOf(copies), /^forbidden: Only operators may do that/);
    await server.stop(0);
    const [sent] = events.filter((event) => event.type === "backup");
    assert(sent && sent.bytes > 0 && sent.bytes < 6_000_000, JSON.stringify(events));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a server leaves files alone whose names only look like names of copies", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const names = ["a.db.copy", "a.db.part", `a.db.${crypto.randomUUID()}.copy`].sort();
    for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, "made by hand");
    {
      await using server = await openLibrary({ data: `${folder}/a.db` });
      assertEquals(await failureOf(server.fetch()), "none");
    }
    assertEquals(filesIn(folder), ["a.db", ...names]);
    for (const name of names) {
      assertEquals(await Deno.readTextFile(`${folder}/${name}`), "made by hand");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
