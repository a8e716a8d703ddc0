import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "../../../client.ts";
import { ChatError } from "../../../room/errors.ts";
import { serve, type ServerEvent } from "../../../server.ts";
import { Gate } from "../../../server/access/gate.ts";
import { parseKeys } from "../../../server/access/key_list.ts";
import { type Clock, PasswordThrottle } from "../../../server/access/password_throttle.ts";
import { Person, run, startServer } from "../../support/program.ts";
import { failure, Peer, refusal } from "../../support/wire/grpc_peer.ts";
import { RawIdentity } from "../../support/wire/raw_identity.ts";

const ADDRESS = "127.0.0.1:0";
const PASSWORD = "a long secret, with ünïcode";
const NOT_ABORTED = new AbortController().signal;

Deno.test("parseKeys() reads keys and fingerprints, and skips comments", async () => {
  const [ann, bob] = [await RawIdentity.create(), await RawIdentity.create()];
  const list = `# the team\r\n${ann.fingerprint} # ann\n\n  ${bob.key.toBase64()}\n#end`;
  assertEquals(await parseKeys(list, "it"), new Set([ann.fingerprint, bob.fingerprint]));
  const unpadded = bob.key.toBase64({ omitPadding: true });
  assertEquals(await parseKeys(unpadded, "it"), new Set([bob.fingerprint]));
});

Deno.test("parseKeys() reads what chat whoami prints", async () => {
  await using ann = new Person();
  const { stdout } = await run("whoami", ["--name", "ann"], ann);
  const keys = await parseKeys(stdout, "it");
  assertEquals(Array.from(keys, (key) => `name         ann\nfingerprint  ${key}\n`), [stdout]);
});

for (
  const line of ["hello", "SHA256:short", "SHA256:", `${"A".repeat(44)}=`, "ann SHA256:x", "name"]
) {
  Deno.test(`parseKeys() names an invalid line: ${line.slice(0, 12)}`, async () => {
    const error = await assertRejects(() => parseKeys(`# one\n${line}`, "the list"), RangeError);
    const what = "is not a public key or fingerprint, such as chat whoami prints (SHA256:…)";
    assertEquals(error.message, `Line 2 of the list ${what}`);
  });
}

Deno.test("a server with a list of members admits only them", async () => {
  const [ann, eve] = [await RawIdentity.create(), await RawIdentity.create()];
  await using server = await serve({ address: ADDRESS, members: ann.fingerprint });
  using peer = new Peer(server.address);
  await ann.join(peer, { name: "ann" });
  for (const key of [eve.key, new Uint8Array()]) {
    const session = peer.session();
    session.send({ join: { name: "eve", room: "", client: "x".repeat(16), key } });
    const { code, details } = await refusal(session);
    assertEquals(code, status.PERMISSION_DENIED);
    assertMatch(
      details,
      /^This server lets in its members only: (key SHA256:|this client has no key)/,
    );
  }
  const forged = await eve.enter(peer, { name: "eve", key: ann.key });
  assertEquals((await refusal(forged)).code, status.PERMISSION_DENIED);
  await server.setLists({ members: eve.key.toBase64() });
  await eve.join(peer, { name: "eve" });
  await assertRejects(() => server.setLists({ members: "oops" }), RangeError);
  await eve.join(peer, { name: "eve" });
  await server.setLists({ operators: "" });
  await eve.join(peer, { name: "eve" });
  const stranger = peer.session();
  stranger.send({ join: { name: "dan", room: "", client: "x".repeat(16) } });
  assertEquals((await refusal(stranger)).code, status.PERMISSION_DENIED);
});

Deno.test("a server with a password admits people who know it, and members without it", async () => {
  const [ann, eve] = [await RawIdentity.create(), await RawIdentity.create()];
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
  const eve = await RawIdentity.create();
  const client = "x".repeat(16);
  const session = await eve.enter(peer, { name: "eve", client }, { password: "wrong" });
  for (const tries of [2, 3]) {
    await session.until(({ challenges }) => challenges.length === tries);
    const join = { name: "eve", room: "", client };
    await eve.prove(session, join, { password: `${PASSWORD.slice(0, -1)}` });
  }
  assertEquals(await refusal(session), { code: status.UNAUTHENTICATED, details: "Wrong password" });
  // On the first attempt: a peer that is wrong once and gives up must be logged.
  assertEquals(refusals[0], `Wrong password: eve ${eve.fingerprint}`);
  const nonces = session.seen.challenges.map(({ nonce }) => nonce.toHex());
  assertEquals(new Set(nonces).size, 3);
  const empty = await eve.enter(peer, { name: "eve" });
  assertEquals(await refusal(empty), {
    code: status.UNAUTHENTICATED,
    details: "This server requires a password",
  });
});

Deno.test("Gate delays only the network that gave a wrong password", async () => {
  const gate = await Gate.create({ password: PASSWORD });
  const [here, there] = [{ address: "192.0.2.1" }, { address: "192.0.2.2" }];
  assertEquals(await gate.checkPassword("wrong", here, NOT_ABORTED), false);
  const waiting = new AbortController();
  const next = gate.checkPassword(PASSWORD, here, waiting.signal);
  assertEquals(await gate.checkPassword(PASSWORD, there, NOT_ABORTED), true);
  waiting.abort(new ChatError("unavailable", "gone"));
  await assertRejects(() => next, ChatError, "gone");
  const before = performance.now();
  assertEquals(await gate.checkPassword(PASSWORD, here, NOT_ABORTED), true);
  assert(performance.now() > before, "it did not wait");
});

Deno.test("Gate checks at once the password of a key that has passed before", async () => {
  const gate = await Gate.create({ password: PASSWORD });
  const ann = { address: "192.0.2.1", key: "SHA256:ann" };
  assertEquals(await gate.checkPassword(PASSWORD, ann, NOT_ABORTED), true);
  const leaving = new AbortController();
  const guesses = [1, 2, 3, 4, 5].map((n) => gate.checkPassword(`${n}`, ann, leaving.signal));
  assertEquals(await guesses[0], false);
  // Right or wrong, none of these could have been checked within the second.
  const gone = new AbortController();
  gone.abort(new ChatError("unavailable", "gone"));
  assertEquals(await gate.checkPassword(PASSWORD, ann, gone.signal), true);
  const eve = { ...ann, key: "SHA256:eve" };
  await assertRejects(
    () => gate.checkPassword(PASSWORD, eve, NOT_ABORTED),
    ChatError,
    "4 passwords",
  );
  leaving.abort(new ChatError("unavailable", "gone"));
  const left = await Promise.allSettled(guesses.slice(1));
  assertEquals(left.map(({ status }) => status), Array(4).fill("rejected"));
});

Deno.test("Gate delays a key that has given only wrong passwords", async () => {
  const gate = await Gate.create({ password: PASSWORD });
  const eve = { address: "192.0.2.1", key: "SHA256:eve" };
  assertEquals(await gate.checkPassword("wrong", eve, NOT_ABORTED), false);
  const leaving = new AbortController();
  const next = gate.checkPassword(PASSWORD, eve, leaving.signal);
  leaving.abort(new ChatError("unavailable", "gone"));
  await assertRejects(() => next, ChatError, "gone");
});

/**
 * A clock that stands still until it is advanced, and then wakes the sleepers whose time has come.
 */
class FakeClock implements Clock {
  #now = 1;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.add({ until: this.#now + ms, wake }));
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets all of `addresses` guess constantly, and counts the passwords that are checked in 20 s. */
async function guessed(addresses: readonly string[]): Promise<number> {
  const clock = new FakeClock();
  const throttle = new PasswordThrottle(clock);
  let looks = 0;
  const isRight = () => {
    looks++;
    return false;
  };
  for (let ms = 0; ms < 20_000; ms += 125) {
    for (const address of addresses) {
      void throttle.attempt(address, isRight, NOT_ABORTED).catch((error) => {
        assertEquals(error.code, "limited");
      });
    }
    await clock.pass(125);
  }
  return looks;
}

Deno.test("PasswordThrottle checks one password per second for a network, and eight for a /48", async () => {
  const near = Array.from({ length: 60 }, (_, i) => `2001:db8:1:1::${i}`);
  const site = Array.from({ length: 60 }, (_, i) => `2001:db8:1:${i}::1`);
  const far = Array.from({ length: 60 }, (_, i) => `2001:db8:${i}::1`);
  // The first at once.
  assertEquals(await guessed(["192.0.2.1"]), 1 + 20);
  assertEquals(await guessed(near), 1 + 20);
  assertEquals(await guessed(site), 1 + 20 * 8);
  assertEquals(await guessed(far), 60 * (1 + 20));
});

Deno.test("PasswordThrottle queues a few, in order of arrival, and returns the wait time to the others", async () => {
  const clock = new FakeClock();
  const throttle = new PasswordThrottle(clock);
  const looked: number[] = [];
  const take = (n: number, right = false) =>
    throttle.attempt("192.0.2.1", () => (looked.push(n), right), NOT_ABORTED);
  assertEquals(await take(0), false);
  const waiting = [take(1), take(2), take(3), take(4, true)];
  const error = await assertRejects(() => take(5), ChatError);
  assertEquals([error.code, error.retryMs], ["limited", 5_000]);
  assertEquals(
    error.message,
    "4 passwords from this network are already waiting: try again in 5 s",
  );
  for (let i = 0; i < 4; i++) await clock.pass(1_000);
  assertEquals(await Promise.all(waiting), [false, false, false, true]);
  assertEquals(looked, [0, 1, 2, 3, 4]);
});

Deno.test("PasswordThrottle checks one password, even if another arrives just as the wait ends", async () => {
  const clock = new FakeClock();
  const throttle = new PasswordThrottle(clock);
  const looked: number[] = [];
  const take = (n: number) =>
    throttle.attempt("192.0.2.1", () => (looked.push(n), false), NOT_ABORTED);
  await take(0);
  const waiting = take(1);
  const passed = clock.pass(1_000);
  const late = take(2); // Before the one that waited has its turn.
  await passed;
  assertEquals(looked.length, 2);
  await clock.pass(1_000);
  await Promise.all([waiting, late]);
  assertEquals(looked.toSorted(), [0, 1, 2]);
});

Deno.test("sixty guessing peers keep out no known key, and no peer from elsewhere", async () => {
  const ann = await RawIdentity.create();
  const refused = Promise.withResolvers<ServerEvent>();
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused" && event.kind === "limited") refused.resolve(event);
  };
  await using server = await serve({ address: ADDRESS, password: PASSWORD, onEvent });
  using peer = new Peer(server.address);
  (await ann.join(peer, { name: "ann" }, { password: PASSWORD })).cancel();
  const guessing = Array.from({ length: 60 }, async (_, i) => {
    const eve = await RawIdentity.create();
    const session = await eve.enter(peer, { name: `eve${i}` }, { password: "wrong" });
    return await refusal(session);
  });
  const { code, details } = await Promise.race(guessing);
  assertEquals(code, status.UNAVAILABLE);
  assertMatch(details, /^4 passwords from this network are already waiting: try again in \d s$/);
  await refused.promise;
  await ann.join(peer, { name: "ann" }, { password: PASSWORD });
});

Deno.test("peers of the original contract are refused unless everyone is admitted", async () => {
  await using server = await serve({ address: ADDRESS, password: PASSWORD });
  using peer = new Peer(server.address);
  const sent = await failure(peer.send({ name: "ann", message: "x" }));
  assertEquals(sent.code, status.UNAUTHENTICATED);
  const read = await failure(peer.read(1));
  assertEquals(read.code, status.UNAUTHENTICATED);
});

for (
  const [what, password, reason] of [
    ["no password", undefined, "This server requires a password"],
    ["a wrong password", "wrong", "Wrong password"],
  ] as const
) {
  Deno.test(`join() with ${what} reports it, and does not try again`, async () => {
    await using server = await serve({ address: ADDRESS, password: PASSWORD });
    const error = await assertRejects(
      () => join({ name: "ann", address: server.address, password }),
      ChatError,
    );
    assertEquals(error.code, "unauthenticated");
    assertEquals(error.message, `Cannot join "${server.address}": ${reason}`);
  });
}

Deno.test("chat send sends the password from a file, and neither side ever writes it", async () => {
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

Deno.test("chat serve reads the members again on SIGHUP, and continues", async () => {
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
    / error reload reason="Line 2 of .*\/members.* fingerprint, .*" kept="the lists of before"$/m,
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
