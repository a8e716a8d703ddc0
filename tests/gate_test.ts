import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "../client.ts";
import { ChatError } from "../room/errors.ts";
import { serve, type ServerEvent } from "../server.ts";
import { Gate } from "../server/gate.ts";
import { parseKeys } from "../server/keys.ts";
import { type Command, freePort, Person, run, startServer, wordsOf } from "./harness.ts";
import { failure, Peer, refusal } from "./peer.ts";
import { Proxy } from "./proxy.ts";
import { Signer } from "./signer.ts";
import { hasTmux, quote, Terminal } from "./terminal.ts";

const ADDRESS = "127.0.0.1:0";
const PASSWORD = "a long secret, with ünïcode";
const hasTerminal = await hasTmux();
const NOT_ABORTED = new AbortController().signal;

Deno.test("parseKeys() takes keys and fingerprints, and leaves comments out", async () => {
  const [ann, bob] = [await Signer.make(), await Signer.make()];
  const list = `# the team\r\n${ann.fingerprint} # ann\n\n  ${bob.key.toBase64()}\n#end`;
  assertEquals(await parseKeys(list, "it"), new Set([ann.fingerprint, bob.fingerprint]));
  const unpadded = bob.key.toBase64({ omitPadding: true });
  assertEquals(await parseKeys(unpadded, "it"), new Set([bob.fingerprint]));
});

for (const line of ["hello", "SHA256:short", "SHA256:", `${"A".repeat(44)}=`, "ann SHA256:x"]) {
  Deno.test(`parseKeys() names a line that is none: ${line.slice(0, 12)}`, async () => {
    const error = await assertRejects(() => parseKeys(`# one\n${line}`, "the list"), RangeError);
    const words = "Line 2 of the list is no public key or fingerprint";
    assertEquals(error.message, words);
  });
}

Deno.test("a server with members lets in nobody else", async () => {
  const [ann, eve] = [await Signer.make(), await Signer.make()];
  await using server = await serve({ address: ADDRESS, members: ann.fingerprint });
  using peer = new Peer(server.address);
  await ann.join(peer, { name: "ann" });
  for (const key of [eve.key, new Uint8Array()]) {
    const session = peer.session();
    session.send({ join: { name: "eve", room: "", client: "x".repeat(16), key } });
    const { code, details } = await refusal(session);
    assertEquals(code, status.PERMISSION_DENIED);
    assertMatch(details, /^This server lets in its members only: you(r key SHA256:| have no key)/);
  }
  const forged = await eve.enter(peer, { name: "eve", key: ann.key });
  assertEquals((await refusal(forged)).code, status.PERMISSION_DENIED);
  await server.setLists({ members: eve.key.toBase64() });
  await eve.join(peer, { name: "eve" });
  await assertRejects(() => server.setLists({ members: "oops" }), RangeError);
  await eve.join(peer, { name: "eve" });
});

Deno.test("a server with a password lets in those who know it, and members without", async () => {
  const [ann, eve] = [await Signer.make(), await Signer.make()];
  const options = { address: ADDRESS, members: ann.fingerprint, password: PASSWORD };
  await using server = await serve(options);
  using peer = new Peer(server.address);
  const member = await ann.join(peer, { name: "ann" });
  assertEquals(member.seen.challenges[0]!.password, false);
  const guest = await eve.join(peer, { name: "eve" }, { password: PASSWORD });
  assertEquals(guest.seen.challenges[0]!.password, true);
  const keyless = peer.session();
  keyless.send({ join: { name: "old", room: "", client: "x".repeat(16) } });
  await keyless.until(({ challenges }) => challenges.length === 1);
  keyless.send({ proof: { signature: new Uint8Array(), password: PASSWORD } });
  await keyless.until(({ welcome }) => welcome !== undefined);
  const signed = await eve.enter(peer, { name: "eve" }, {
    password: PASSWORD,
    nonce: new Uint8Array(32),
  });
  assertEquals((await refusal(signed)).code, status.PERMISSION_DENIED);
});

Deno.test("a wrong password is asked for again, three times in a session", async () => {
  const refusals: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused") refusals.push(`${event.reason}: ${event.name} ${event.key}`);
  };
  await using server = await serve({ address: ADDRESS, password: PASSWORD, onEvent });
  using peer = new Peer(server.address);
  const eve = await Signer.make();
  const client = "x".repeat(16);
  const session = await eve.enter(peer, { name: "eve", client }, { password: "wrong" });
  for (const tries of [2, 3]) {
    await session.until(({ challenges }) => challenges.length === tries);
    const join = { name: "eve", room: "", client };
    await eve.prove(session, join, { password: `${PASSWORD.slice(0, -1)}` });
  }
  assertEquals(await refusal(session), { code: status.UNAUTHENTICATED, details: "Wrong password" });
  // At the first try: whoever is wrong once and gives up is to be heard of.
  assertEquals(refusals[0], `Wrong password: eve ${eve.fingerprint}`);
  const nonces = session.seen.challenges.map(({ nonce }) => nonce.toHex());
  assertEquals(new Set(nonces).size, 3);
  const empty = await eve.enter(peer, { name: "eve" });
  assertEquals(await refusal(empty), {
    code: status.UNAUTHENTICATED,
    details: "This server wants a password",
  });
});

Deno.test("Gate lets an address wait behind a wrong password, and only that one", async () => {
  const gate = await Gate.of({ password: PASSWORD });
  assertEquals(await gate.opens("wrong", "a", NOT_ABORTED), false);
  const waiting = new AbortController();
  const next = gate.opens(PASSWORD, "a", waiting.signal);
  assertEquals(await gate.opens(PASSWORD, "b", NOT_ABORTED), true);
  waiting.abort(new ChatError("unavailable", "gone"));
  await assertRejects(() => next, ChatError, "gone");
  const before = performance.now();
  assertEquals(await gate.opens(PASSWORD, "a", NOT_ABORTED), true);
  assert(performance.now() > before, "it did not wait");
});

Deno.test("peers of the original contract are not let in where not everybody is", async () => {
  await using server = await serve({ address: ADDRESS, password: PASSWORD });
  using peer = new Peer(server.address);
  const sent = await failure(peer.send({ name: "ann", message: "x" }));
  assertEquals(sent.code, status.UNAUTHENTICATED);
  const read = await failure(peer.read(1));
  assertEquals(read.code, status.UNAUTHENTICATED);
});

for (
  const [what, password, reason] of [
    ["no password", undefined, "This server wants a password"],
    ["a wrong password", "wrong", "Wrong password"],
  ] as const
) {
  Deno.test(`join() with ${what} says so, and does not try again`, async () => {
    await using server = await serve({ address: ADDRESS, password: PASSWORD });
    const chat = join({ name: "ann", address: server.address, password });
    const error = await assertRejects(async () => {
      for await (const _ of chat.events());
    }, ChatError);
    assertEquals(error.code, "unauthenticated");
    assertEquals(error.message, `Cannot join "${server.address}": ${reason}`);
  });
}

Deno.test("chat send gives the password in a file, and neither side ever writes it", async () => {
  await using ann = new Person();
  const [right, wrong] = [`${ann.folder}/right`, `${ann.folder}/wrong`];
  await Deno.writeTextFile(right, `${PASSWORD}\n`);
  await Deno.writeTextFile(wrong, "not that one\n");
  await using server = await startServer(["--password-file", right]);
  const send = (file: string) =>
    run("send", ["--server", server.address, "--name", "ann", "--password-file", file, "hi"], ann);
  const refused = await send(wrong);
  assertEquals([refused.code, refused.stdout], [4, ""]);
  assertEquals(refused.stderr, `error: Cannot join "${server.address}": Wrong password\n`);
  assertEquals(await send(right), { code: 0, stdout: "", stderr: "" });
  await server.waitFor(/^\[ann\] hi$/m);
  server.kill("SIGTERM");
  await server.ended();
  const written = server.stdout + server.stderr;
  for (const secret of [PASSWORD, "not that one"]) assert(!written.includes(secret), written);
});

/** A server that wants `password`. */
async function gatedServer(person: Person, password: string, args: string[] = []) {
  const file = `${person.folder}/password`;
  await Deno.writeTextFile(file, `${password}\n`);
  return await startServer(["--quiet", "--password-file", file, ...args]);
}

/** Runs the program in a terminal, between two looks at the terminal's settings. */
function terminalOf(command: Command, args: string[]): Promise<Terminal> {
  const script = `trap : INT; before=$(stty -a); ${quote(wordsOf(command, args))}; code=$?
    [ "$before" = "$(stty -a)" ] && echo "exit $code, restored" || echo "exit $code, not restored"`;
  return Terminal.start(script, { columns: 100, rows: 20 });
}

/** A test that needs a terminal. */
function testOnTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasTerminal, fn });
}

testOnTerminal("chat join asks for the password on a terminal, and does not show it", async () => {
  await using owner = new Person();
  await using server = await gatedServer(owner, PASSWORD);
  await using terminal = await terminalOf("join", ["--server", server.address, "--name", "bob"]);
  await terminal.waitFor(/^Password:$/m);
  await terminal.type("wrong");
  await terminal.press("Enter");
  await terminal.waitFor(/^Wrong password. Password:$/m);
  await terminal.type(`${PASSWORD}x`);
  await terminal.press("BSpace", "Enter");
  await terminal.waitFor(/^── lobby: bob ──$/m);
  await terminal.type("hello");
  await terminal.press("Enter");
  await terminal.waitFor(/^\d\d:\d\d \[bob\] hello$/m);
  const shown = (await terminal.history()).replace(/\d\d:\d\d /, "");
  const asked = "Password:\nWrong password. Password:\n";
  assertEquals(shown, `${asked}── lobby: bob ──\n[bob] hello\n>`);
});

testOnTerminal(
  "chat join takes no key for a note that was typed when it might be the password",
  async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    await using proxy = new Proxy(server.address);
    proxy.pause();
    await using terminal = await terminalOf("join", ["--server", proxy.address, "--name", "bob"]);
    await terminal.waitForMode(/-echo\b/);
    await terminal.type(PASSWORD); // Before it is asked for, and before Enter.
    proxy.resume();
    await terminal.waitFor(/^Password:$/m);
    proxy.pause();
    await terminal.press("Enter");
    while ((await terminal.cursor()).row === 0);
    await terminal.send(`${PASSWORD}\r`); // Once more, as nothing seems to happen.
    proxy.resume();
    await terminal.waitFor(/^── lobby: bob ──$/m);
    await terminal.type("hello");
    await terminal.press("Enter");
    await terminal.waitFor(/\[bob\] hello$/m);
    const shown = (await terminal.history()).replace(/\d\d:\d\d /, "");
    assertEquals(shown, "Password:\n── lobby: bob ──\n[bob] hello\n>");
  },
);

testOnTerminal(
  "chat join keeps what is typed before it has connected, where no password is wanted",
  async () => {
    await using server = await startServer(["--quiet"]);
    await using proxy = new Proxy(server.address);
    proxy.pause();
    await using terminal = await terminalOf("join", ["--server", proxy.address, "--name", "bob"]);
    await terminal.waitForMode(/-echo\b/);
    await terminal.type("early");
    proxy.resume();
    await terminal.waitFor(/^── lobby: bob ──\n> early$/m);
  },
);

const STOPPED = [
  ["join", ["--name", "bob"], "exit 0, restored"],
  ["tail", [], "exit 0, restored"],
  ["send", ["--name", "bob", "hi"], "Stopped, not accepted: the note\nexit 1, restored"],
] as const;

for (const [command, args, words] of STOPPED) {
  testOnTerminal(
    `chat ${command} is stopped by Ctrl-C at the password as anywhere else`,
    async () => {
      await using owner = new Person();
      await using server = await gatedServer(owner, PASSWORD);
      await using terminal = await terminalOf(command, ["--server", server.address, ...args]);
      await terminal.waitFor(/^Password:$/m);
      await terminal.type("half of");
      await terminal.press("C-c");
      await terminal.waitFor(/^exit/m);
      assertEquals(await terminal.screen(), `Password:\n${words}`);
    },
  );
}

testOnTerminal("chat send leaves the terminal alone that it is in the background of", async () => {
  await using server = await startServer(["--quiet"]);
  const send = quote(wordsOf("send", ["--server", server.address, "--name", "bob", "hi"]));
  const script = `set -m; ${send} & wait $!; echo "exit $?"`;
  await using terminal = await Terminal.start(script, { columns: 100, rows: 20 });
  await terminal.waitFor(/^exit 0$/m);
});

testOnTerminal(
  "chat join comes back with the password it was told, as long as that is right",
  async () => {
    await using owner = new Person();
    const port = ["--port", `${freePort()}`];
    await using first = await gatedServer(owner, PASSWORD, port);
    await using terminal = await terminalOf("join", ["--server", first.address, "--name", "bob"]);
    await terminal.waitFor(/^Password:$/m);
    await terminal.send(`${PASSWORD}\r`);
    await terminal.waitFor(/^── lobby: bob ──$/m);
    first.kill("SIGTERM");
    await first.ended();
    await using second = await gatedServer(owner, PASSWORD, port);
    await terminal.waitFor(/^-- back/m);
    await terminal.type("half a line");
    second.kill("SIGTERM");
    await second.ended();
    await using _other = await gatedServer(owner, "another one", port);
    await terminal.waitFor(/^error: Cannot (?:join|stay at) ".*": Wrong password$/m);
    await terminal.waitFor(/^exit 4, restored$/m);
  },
);

for (
  const [command, args] of [["join", ["--name", "bob"]], ["tail", []], ["send", ["hi"]]] as const
) {
  Deno.test(`chat ${command} without a terminal says where a password comes from`, async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    const { code, stderr } = await run(command, ["--server", server.address, ...args]);
    assertEquals(code, 4);
    const reason = "This server wants a password (--password-file)";
    assertEquals(stderr, `error: Cannot join "${server.address}": ${reason}\n`);
  });
}

Deno.test("chat serve reads the members again on SIGHUP, and goes on", async () => {
  await using ann = new Person();
  await using bob = new Person();
  const fingerprint = async (person: Person) =>
    JSON.parse((await run("whoami", ["--json", "--name", "x"], person)).stdout).fingerprint;
  const file = `${ann.folder}/members`;
  await Deno.writeTextFile(file, `${await fingerprint(ann)} # ann\n`);
  const log = ["--log-level", "info"];
  await using server = await startServer(["--quiet", "--members", file, ...log]);
  const send = async (name: string, person: Person) =>
    (await run("send", ["--server", server.address, "--name", name, "hi"], person)).code;
  assertEquals([await send("ann", ann), await send("bob", bob)], [0, 4]);
  await Deno.writeTextFile(file, `${await fingerprint(bob)}\n`);
  server.kill("SIGHUP");
  await server.waitFor(/ info reload files=\S+$/m, "stderr");
  assertEquals([await send("ann", ann), await send("bob", bob)], [4, 0]);
  await Deno.writeTextFile(file, `# nobody\noops\n`);
  server.kill("SIGHUP");
  await server.waitFor(
    / error reload reason="Line 2 of .*\/members.* fingerprint" kept="the lists of before"$/m,
    "stderr",
  );
  assertEquals([await send("ann", ann), await send("bob", bob)], [4, 0]);
  await Deno.writeTextFile(file, "# nobody\n");
  server.kill("SIGHUP");
  await server.waitFor(
    / error reload .* there is no key in it" kept="the lists of before"$/m,
    "stderr",
  );
  assertEquals(await send("bob", bob), 0);
});

for (
  const [what, flag, reason] of [
    ["members", "--members", /^error: Cannot read the keys in ".*": there is no such file\n$/],
    ["password", "--password-file", /^error: Cannot read the password in ".*": there is no such/],
  ] as const
) {
  Deno.test(`chat serve exits 1 without the file of the ${what}`, async () => {
    const { code, stderr } = await run("serve", ["--data", ":memory:", flag, "/no/such/file"]);
    assertEquals(code, 1);
    assertMatch(stderr, reason);
  });
}
