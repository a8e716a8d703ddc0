import { assert, assertEquals } from "@std/assert";
import { StatementSync } from "node:sqlite";
import { Identity } from "../../../client/profile/identity.ts";
import { serve, type ServeOptions } from "../../../mod.ts";
import { enter } from "../../support/library_chat.ts";
import { FullDisk } from "../../support/stores/full_disk.ts";
import { inFolder } from "../../support/temporary_folder.ts";
import { Peer, type RawSession } from "../../support/wire/grpc_peer.ts";

const operator = await Identity.generate();
const LOCAL = {
  address: "127.0.0.1:0",
  rate: 0,
  operators: operator.fingerprint,
  onEvent: () => {},
} satisfies ServeOptions;

/** Waits until a session has this many answers to posts. */
function answered(session: RawSession, count: number): Promise<void> {
  return session.until(({ acks, refusals }) => acks.size + refusals.length >= count);
}

/** Posts notes again or for the first time, in a session whose earlier answers are forgotten. */
async function postAgain(session: RawSession, ...ids: string[]): Promise<void> {
  session.seen.acks.clear();
  session.post(...ids.map((id): [string, string] => [id, "hello"]));
  await answered(session, ids.length);
}

/** The acknowledged posts with their positions, and the ids and codes of the refused ones. */
function answers({ seen }: RawSession) {
  return [
    Object.fromEntries(seen.acks),
    seen.refusals.map((line) => line.split(" ").slice(0, 2).join(" ")),
  ];
}

Deno.test("a note that is sent again gets its position, even while the disk is full", () =>
  inFolder(async (folder) => {
    const [server, fill] = await FullDisk.prepare(() =>
      serve({ ...LOCAL, data: `${folder}/a.db` })
    );
    await using _server = server;
    using peer = new Peer(server.address);
    const ann = await peer.join({ name: "ann" });
    ann.post(["1", "x".repeat(10_000)]);
    await answered(ann, 1);
    {
      using _full = fill();
      const again = await peer.join({ name: "ann" });
      again.post(["1", "x".repeat(10_000)], ["2", "y".repeat(10_000)]);
      await answered(again, 2);
      assertEquals(answers(again), [{ 1: 1 }, ["2 14"]]);
    }
  }));

Deno.test("a note that is sent again gets its position, although its author is muted now", async () => {
  await using server = await serve(LOCAL);
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  ann.post(["1", "hello"]);
  await answered(ann, 1);
  await using root = await enter("root", server.address, { identity: operator });
  await root.order({ action: "mute", name: "ann", reason: "" });
  await postAgain(ann, "2", "1", "3");
  assertEquals(answers(ann), [{ 1: 1 }, ["2 7", "3 7"]]);
});

Deno.test("a note that is sent again gets its position, although its author is too fast, and later notes keep their order", async () => {
  await using server = await serve({ ...LOCAL, rate: 0.001, burst: 2 });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  const post = (refusals: number, ...ids: string[]) =>
    ann.send({ posts: ids.map((id) => ({ id, message: id })), refusals });
  post(0, "1", "2");
  await answered(ann, 2);
  const again = await peer.join({ name: "ann" });
  again.send({
    posts: ["2", "3", "1", "4"].map((id) => ({ id, message: id })),
    refusals: 0,
  });
  await answered(again, 4);
  assertEquals(answers(again), [{ 1: 1, 2: 2 }, ["3 8", "4 8"]]);
});

Deno.test("posts that are too fast cost no look at the disk, unless they are stored", () =>
  inFolder(async (folder) => {
    await using server = await serve({ ...LOCAL, data: `${folder}/a.db`, rate: 0.001, burst: 1 });
    using peer = new Peer(server.address);
    const ann = await peer.join({ name: "ann" });
    ann.post(["0", "hello"]);
    await answered(ann, 1);
    const ids = Array.from({ length: 500 }, (_, i) => `${i}`);
    using counted = new CountedStatements();
    await postAgain(ann, ...ids);
    assertEquals([ann.seen.acks.size, ann.seen.refusals.length], [1, 499]);
    assert(counted.count > 0 && counted.count < 50, `${counted.count} statements`);
  }));

const statements = StatementSync.prototype as unknown as Record<
  string,
  (...values: unknown[]) => unknown
>;

/** Counts the statements of SQL that run in this process, until it is disposed. */
class CountedStatements implements Disposable {
  count = 0;
  readonly #originals = ["get", "all", "run"].map((method) =>
    [method, statements[method]!] as const
  );

  constructor() {
    const count = () => this.count++;
    for (const [method, run] of this.#originals) {
      statements[method] = function (...values) {
        count();
        return run.apply(this, values);
      };
    }
  }

  [Symbol.dispose](): void {
    for (const [method, run] of this.#originals) statements[method] = run;
  }
}

Deno.test("a session whose stored notes were sent again too fast counts only its refusals", async () => {
  // Slow enough to refuse some, and fast enough that the rest is no flood.
  await using server = await serve({ ...LOCAL, rate: 20, burst: 1 });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  for (let seq = 1; seq <= 2; seq++) {
    // Without an end, if the server counted the repeated note as refused.
    while (!ann.seen.acks.has(`${seq}`)) {
      const count = ann.seen.acks.size + ann.seen.refusals.length;
      const refusals = ann.seen.refusals.length;
      ann.send({ posts: [{ id: `${seq}`, message: "hi" }], refusals });
      await answered(ann, count + 1);
    }
    for (let i = 0; i < 3; i++) {
      ann.seen.acks.clear();
      const { length } = ann.seen.refusals;
      ann.send({ posts: [{ id: "1", message: "hi" }], refusals: length });
      await ann.until(({ acks, refusals }) => acks.size + refusals.length > length);
      assertEquals([...ann.seen.acks], [["1", 1]]);
    }
  }
});

Deno.test("a note that is sent again gets its position, although it is longer than the bound now", () =>
  inFolder(async (folder) => {
    const data = `${folder}/a.db`;
    const post = async (maxNoteBytes: number, ...ids: string[]) => {
      await using server = await serve({ ...LOCAL, data, maxNoteBytes });
      using peer = new Peer(server.address);
      const ann = await peer.join({ name: "ann" });
      ann.post(...ids.map((id): [string, string] => [id, "x".repeat(1_000)]));
      await answered(ann, ids.length);
      return answers(ann);
    };
    assertEquals(await post(1_000, "1"), [{ 1: 1 }, []]);
    assertEquals(await post(999, "1", "2"), [{ 1: 1 }, ["2 8"]]);
  }));

Deno.test("a note that is sent again gets its position, although its author's name has an owner now", async () => {
  await using server = await serve(LOCAL);
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann", unlisted: true });
  ann.post(["1", "hello"]);
  await answered(ann, 1);
  await using _owner = await enter("ann", server.address, { identity: await Identity.generate() });
  await postAgain(ann, "1", "2");
  assertEquals(answers(ann), [{ 1: 1 }, ["2 6"]]);
});

Deno.test("a note does not follow a later one of its author, because its refusal was lost", async () => {
  await using server = await serve(LOCAL);
  using peer = new Peer(server.address);
  const lost = await peer.join({ name: "ann" });
  await using root = await enter("root", server.address, { identity: operator });
  await root.order({ action: "mute", name: "ann", reason: "" });
  await postAgain(lost, "1");
  await root.order({ action: "unmute", name: "ann", reason: "" });
  await postAgain(lost, "2");
  // As a client does that got none of these answers.
  const again = await peer.join({ name: "ann" });
  again.post(["1", "hello"], ["2", "hello"], ["3", "hello"]);
  again.post(["4", "hello"]);
  await answered(again, 4);
  assertEquals(answers(again), [{ 2: 1, 3: 2, 4: 3 }, ["1 14"]]);
  again.post(["1", "hello"]);
  await again.until(({ acks }) => acks.has("1"));
  assertEquals(again.seen.acks.get("1"), 4);
});
