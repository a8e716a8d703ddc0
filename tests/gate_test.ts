import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "../client.ts";
import { ChatError } from "../room/errors.ts";
import { serve, type ServerEvent } from "../server.ts";
import { Gate } from "../server/gate.ts";
import { parseKeys } from "../server/keys.ts";
import { Person, run, startServer } from "./harness.ts";
import { failure, Peer, refusal } from "./peer.ts";
import { Signer } from "./signer.ts";

const ADDRESS = "127.0.0.1:0";
const PASSWORD = "a long secret, with ünïcode";
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
