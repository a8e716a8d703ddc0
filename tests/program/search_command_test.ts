import { assertEquals, assertMatch } from "@std/assert";
import { type Result, run, startServer } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

/** Starts a server with notes by ann in two rooms. */
async function startWithNotes() {
  const server = await startServer(["--quiet"]);
  using peer = new Peer(server.address);
  for (const message of ["the disk is full", "Disk: full again", "디스크가 꽉 찼습니다"]) {
    await peer.send({ name: "ann", message });
  }
  const bob = await peer.join({ name: "bob", room: "Dev" });
  bob.post(["1", "a disk in dev"]);
  await bob.until(({ acks }) => acks.size === 1);
  return server;
}

/** Runs `chat search` to completion. */
function search(address: string, ...args: string[]): Promise<Result> {
  return run("search", ["--server", address, ...args]);
}

Deno.test("chat search prints the notes with all words, newest first, with their positions", async () => {
  await using server = await startWithNotes();
  const { address } = server;
  const { code, stdout, stderr } = await search(address, "disk", "FULL");
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout, "#2 [~ann] Disk: full again\n#1 [~ann] the disk is full\n");
  const texts = async (...args: string[]) => (await search(address, ...args)).stdout;
  assertEquals(await texts("disk is"), "#1 [~ann] the disk is full\n");
  assertEquals(await texts("디스크"), "#3 [~ann] 디스크가 꽉 찼습니다\n");
  assertEquals(await texts("--name", "ann", "--since", "3"), "#3 [~ann] 디스크가 꽉 찼습니다\n");
  assertEquals(await texts("--room", "#dev", "disk"), "#1 [~bob] a disk in dev\n");
  assertMatch(
    await texts("disk is", "--time", "iso"),
    /^\d{4}-\d\d-\d\dT\S+ #1 \[~ann\] the disk is full\n$/,
  );
});

Deno.test("chat search prints lines of JSON, and the newest notes of several rooms", async () => {
  await using server = await startWithNotes();
  const { stdout } = await search(server.address, "--json", "--room", "dev,lobby", "disk");
  const notes = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    notes.map(({ room, seq, message }) => [room, seq, message]),
    [["Dev", 1, "a disk in dev"], ["lobby", 2, "Disk: full again"], [
      "lobby",
      1,
      "the disk is full",
    ]],
  );
  const all = await search(server.address, "--all", "disk", "--last", "2");
  assertEquals(all.stdout, "#Dev #1 [~bob] a disk in dev\n#lobby #2 [~ann] Disk: full again\n");
  assertEquals([all.code, all.stderr], [0, "these are the newest 2: --last prints more\n"]);
  const newest = await search(server.address, "--all", "full", "--last", "1");
  assertEquals(newest.stdout, "#lobby #2 [~ann] Disk: full again\n");
  assertEquals(newest.stderr, "these are the newest 1: --last prints more\n");
  const twice = await search(server.address, "--room", "dev,#Dev", "disk");
  assertEquals(twice.stdout, "#1 [~bob] a disk in dev\n");
  const { code, stderr } = await search(server.address, "--all", "--room", "dev", "disk");
  assertEquals([code, stderr.split("\n")[0]], [2, "error: --all means all rooms: omit --room"]);
});

Deno.test("chat search reports that it found nothing, and exits 0", async () => {
  await using server = await startWithNotes();
  const { code, stdout, stderr } = await search(server.address, "absent");
  assertEquals([code, stdout, stderr], [0, "", "no note was found\n"]);
});

Deno.test("chat search finds the private notes of one's key", async () => {
  await using server = await startServer(["--quiet"]);
  await using folder = await temporaryFolder();
  const { address } = server;
  const ann = { XDG_CONFIG_HOME: folder.path };
  const as = ["--server", address, "--name", "ann"];
  await run("whoami", [], { env: ann }); // Makes the key.
  await run("send", [...as, "hello"], { env: ann });
  using peer = new Peer(address);
  const bob = await peer.join({ name: "bob" });
  bob.postPrivate("1", "ann", "only for ann");
  await bob.until(({ acks }) => acks.size === 1);
  const own = await run("search", ["--server", address, "only"], { env: ann });
  assertEquals(own.stdout, "#2 [~bob → ann] only for ann\n");
  assertEquals((await search(address, "only")).stdout, "");
});

for (
  const [args, code, error] of [
    [[], 2, "error: WORDS are missing: the words to search for, or --name "],
    [["x", "--last", "0"], 2, "error: --last"],
    [["x".repeat(201)], 2, "has 201 characters: at most 200 are allowed in a search"],
    [["x", "--room", "dev,nope"], 4, 'There is no room "nope" yet'],
  ] as const
) {
  Deno.test(`chat search ${args.join(" ").slice(0, 30)} exits ${code} with the reason`, async () => {
    await using server = await startWithNotes();
    const result = await search(server.address, ...args);
    assertEquals([result.code, result.stdout], [code, ""]);
    assertEquals(result.stderr.includes(error), true, result.stderr);
  });
}
