import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort, Person, run, start, startServer } from "../support/program.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";

/** An address on which nothing listens. */
const nowhere = () => `127.0.0.1:${freePort()}`;

/** A server with the person as its operator, on a file in their folder. */
async function openFor(operator: Person) {
  const { stdout } = await run("whoami", ["--json", "--name", "x"], operator);
  const operators = `${operator.folder}/operators`;
  await Deno.writeTextFile(operators, `${JSON.parse(stdout).fingerprint}\n`);
  const data = `${operator.folder}/chat.db`;
  return await startServer(["--quiet", "--data", data, "--operators", operators]);
}

Deno.test("every command asks the next server if the first is away", async () => {
  await using person = new Person();
  await using server = await openFor(person);
  const away = nowhere();
  const env = { ...person.env, CHAT_SERVER: `${away}, ${server.address}` };
  const retried =
    `-- not connected to "${away}": nothing listens there; trying "${server.address}" --\n`;
  const answered = `answered by "${server.address}"\n`;
  const options = { env };
  const named = ["--name", "bob"];
  assertEquals(await run("send", [...named, "one"], options), { code: 0, stdout: "", stderr: "" });
  assertEquals(await run("join", named, { env, stdin: "two\n" }), {
    code: 0,
    stdout: "[bob] two\n",
    stderr: retried,
  });
  assertEquals(await run("tail", ["--until-now"], options), {
    code: 0,
    stdout: "[bob] one\n[bob] two\n",
    stderr: retried,
  });
  assertEquals(await run("health", [], options), {
    code: 0,
    stdout: "serving\n",
    stderr: answered,
  });
  const stats = await run("stats", ["--json"], options);
  assertEquals([stats.code, stats.stderr], [0, answered]);
  assertEquals(JSON.parse(stats.stdout).chat_notes_total, 2);
  const copy = `${person.folder}/copy.db`;
  const backup = await run("backup", [copy], options);
  assertEquals([backup.code, backup.stderr], [0, answered]);
  assertMatch(backup.stdout, /copy\.db: [\d,]+ bytes\n$/);
});

Deno.test("every command names all servers that it cannot reach", async () => {
  await using person = new Person();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const mute = `127.0.0.1:${silent.addr.port}`;
  const away = nowhere();
  const args = ["--server", `${mute},${away}`, "--timeout", "3"];
  const reasons = `"${mute}": no answer; "${away}": nothing listens there`;
  const commands = [["join"], ["tail"], ["stats"], ["send", "hi"]] as const;
  await Promise.all(commands.map(async ([command, ...operands]) => {
    const { code, stderr } = await run(command, [...args, ...operands], person);
    const last = stderr.trimEnd().split("\n").at(-1);
    assertEquals([code, last], [3, `error: Cannot reach ${reasons} (tried for 3 s)`]);
  }));
  const backup = await run("backup", [...args, `${person.folder}/copy.db`], person);
  assertEquals([backup.code, backup.stderr], [3, `error: Cannot back up ${reasons}\n`]);
  const health = await run("health", args, person);
  const within = reasons.replace("no answer", "no answer within 1.5 s");
  assertEquals([health.code, health.stderr], [3, `error: Cannot check ${within}\n`]);
});

Deno.test("--server and CHAT_SERVER refuse lists that are not valid, in one line", async () => {
  for (
    const [list, words] of [
      ["a,b:0", '"b:0": the port must be a whole number from 1 to 65,535'],
      ["a,,b", "address 2 of 3 is empty"],
      ["a,a:11912", '"a:11912" is there twice'],
    ]
  ) {
    const flag = await run("tail", ["--server", list!]);
    assertEquals([flag.code, flag.stderr.split("\n")[0]], [
      2,
      `error: --server "${list}": ${words}`,
    ]);
    const { stderr } = await run("tail", [], { env: { CHAT_SERVER: list! } });
    assertEquals(stderr.split("\n")[0], `error: CHAT_SERVER "${list}": ${words}`);
  }
});

Deno.test("a chat continues at another server on the same data, and nothing is lost or repeated", async () => {
  await using folder = await temporaryFolder();
  const failures: string[] = [];
  const open = () =>
    new RestartableServer(`${folder.path}/chat.db`, ({ message }) => failures.push(message));
  await using one = open();
  await using two = open();
  const servers = ["--server", `${one.address},${two.address}`];
  await one.start();
  await using tail = start("tail", [...servers, "--json"]);
  await using send = start("send", [...servers, "--name", "bob", "--lines", "--timeout", "600"]);
  const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index}`);
  const part = (index: number) => lines.slice(index * 500, (index + 1) * 500).join("\n") + "\n";
  await send.write(part(0));
  await tail.waitFor(/"line 499"/);
  for (const [index, [from, to]] of [[one, two], [two, one], [one, two]].entries()) {
    await send.write(part(index + 1)); // Some of them are unanswered when the server stops.
    await from!.stop();
    await to!.start();
    await tail.waitFor(new RegExp(`"line ${(index + 2) * 500 - 1}"`));
    // The lines may all have come from the server before it.
    await tail.waitFor(new RegExp(`(connected again[^]*){${index + 1}}\n`), "stderr");
  }
  await send.end();
  assertEquals([(await send.ended()).code, send.stderr, failures], [0, "", []]);
  const notes = tail.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(notes.map(({ seq, message }) => [seq, message]), [
    ...lines.map((line, index) => [index + 1, line]),
  ]);
  const back = (address: string) => `-- connected again (now at "${address}") --`;
  const reported = tail.stderr.split("\n").filter((line) => line.startsWith("-- connected"));
  assertEquals(reported, [two, one, two].map(({ address }) => back(address)));
});

Deno.test("chat send sends a note that its server did not answer to the next one", async () => {
  await using person = new Person();
  let posts = 0;
  using forgetful = await FakeServer.answering(({ join, posts: received }) => {
    if (join) return welcome(join);
    if (received.length === 0) return;
    posts++;
    return { goodbye: { code: 14, reason: "stopping" } };
  });
  await using server = await startServer(["--quiet"]);
  const list = `${forgetful.address},${server.address}`;
  const args = ["--server", list, "--name", "bob", "--json", "hello"];
  const { code, stdout, stderr } = await run("send", args, person);
  assertEquals([code, stderr, posts], [0, "", 1]);
  assertEquals(JSON.parse(stdout), { seq: 1, room: "lobby" });
  const read = await run("tail", ["--server", server.address, "--until-now"]);
  assertEquals(read.stdout, "[bob] hello\n");
});

Deno.test("a reader of two servers that serve different chats learns of the new history", async () => {
  let isStopping = false;
  using one = await FakeServer.answering(({ join }) => {
    if (!join || isStopping) return;
    isStopping = true;
    const head = { history: "other", seq: 1 };
    return [
      { welcome: { ...welcome(join).welcome!, head } },
      { notes: [{ name: "ann", message: "elsewhere", seq: 1 }] },
      { goodbye: { code: 14, reason: "stopping" } },
    ];
  });
  await using two = await startServer(["--quiet"]);
  await run("send", ["--server", two.address, "--name", "bob", "hello"]);
  await using tail = start("tail", ["--server", `${one.address},${two.address}`]);
  await tail.waitFor(/\[~ann\] elsewhere\n\[bob\] hello\n|\[ann\] elsewhere\n\[bob\] hello\n/);
  await tail.waitFor(/again.*\n/, "stderr");
  assertEquals(
    tail.stderr,
    `-- not connected to "${one.address}": stopping; trying "${two.address}" --\n` +
      `-- connected again; the server has started a new history (now at "${two.address}") --\n`,
  );
});

Deno.test("servers over TLS: each address is verified by the certificate accepted for any", async () => {
  await using person = new Person();
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  await using server = await startServer(["--quiet", "--tls", "--data", data]);
  const [, fingerprint] = await server.waitFor(/^fingerprint: (\S+)$/m);
  await using other = await startServer(["--quiet", "--tls"]);
  const [, another] = await other.waitFor(/^fingerprint: (\S+)$/m);
  const away = nowhere();
  const read = (...servers: string[]) =>
    run("tail", ["--server", servers.join(","), "--tls", "--until-now"], person);
  const unknown = await read(away, server.address);
  assertEquals(unknown.code, 4);
  assert(unknown.stderr.startsWith(`error: Cannot trust "${server.address}": `), unknown.stderr);
  const file = `${person.folder}/chat/known_servers`;
  await Deno.mkdir(`${person.folder}/chat`, { recursive: true });
  await Deno.writeTextFile(file, `${away} SHA256:${fingerprint}\n`);
  assertEquals((await read(away, server.address)).code, 0);
  const wrong = await read(away, other.address);
  assertEquals(wrong.code, 4);
  assertMatch(wrong.stderr, new RegExp(`error: Cannot join "${other.address}": .* has changed`));
  await Deno.writeTextFile(file, `${other.address} SHA256:${another}\n`, { append: true });
  assertEquals(await read(away, other.address), {
    code: 4,
    stdout: "",
    stderr: `error: Cannot trust "${away}", "${other.address}": ${file}:1 and ${file}:2 have ` +
      "different certificates, and the servers of one chat have the same " +
      "(if you know why, remove one of these lines)\n",
  });
});

Deno.test("chat join --fingerprint remembers all servers of the list", async () => {
  await using person = new Person();
  await using server = await startServer(["--quiet", "--tls"]);
  const [, fingerprint] = await server.waitFor(/^fingerprint: (\S+)$/m);
  const away = nowhere();
  const args = ["--server", `${away},${server.address}`, "--name", "bob", "--fingerprint"];
  const options = { env: person.env, stdin: "hi\n" };
  assertEquals((await run("join", [...args, fingerprint!], options)).code, 0);
  const known = await Deno.readTextFile(`${person.folder}/chat/known_servers`);
  assertEquals(known.split("\n").slice(1), [
    `${away} SHA256:${fingerprint}`,
    `${server.address} SHA256:${fingerprint}`,
    "",
  ]);
});
