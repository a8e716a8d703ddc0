import { assertEquals } from "@std/assert";
import { GrpcConnection } from "../../../client/net/grpc.ts";
import { Identity } from "../../../client/profile/identity.ts";
import { readOlder } from "../../../client/web/older_notes.ts";
import { join, serve, type ServeOptions } from "../../../mod.ts";
import { joinLibraryChat } from "../../support/library_chat.ts";

/** Who reads, and which history. */
interface Reader {
  readonly identity?: Identity;
  readonly history?: string;
}

/** A server, and what somebody needs to read older notes on it. */
async function open(options: Partial<ServeOptions> = {}) {
  const server = await serve({ address: "127.0.0.1:0", rate: 0, ...options });
  const read = (seq: number, as: Reader = {}) => readFrom(server.address, seq, as);
  return { server, read, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function readFrom(
  address: string,
  seq: number,
  { identity, history }: Reader,
): Promise<[string[], number | undefined]> {
  const { notes, next } = await readOlder({ history: history ?? await historyOf(address), seq }, {
    ...{ addresses: [address], name: "ann", room: "lobby", identity, password: undefined },
    ...{ timeoutMs: 60_000, signal: new AbortController().signal },
    dial: (address) => new GrpcConnection(address),
  });
  return [notes.map(({ message }) => message), next];
}

async function historyOf(address: string): Promise<string> {
  const left = new AbortController();
  const chat = await join({ address, signal: left.signal });
  for await (const event of chat.events()) {
    if (event.type === "connected") return event.head!.history;
  }
  throw new Error("not connected");
}

const texts = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `note ${from + i}`);

Deno.test("readOlder() reads the notes before a position, up to the first", async () => {
  await using chat = await open();
  await using bob = joinLibraryChat("bob", chat.server.address);
  await Promise.all(texts(1, 250).map((text) => bob.say(text)));
  assertEquals(await chat.read(251), [texts(151, 250), 151]);
  assertEquals(await chat.read(151), [texts(51, 150), 51]);
  assertEquals(await chat.read(51), [texts(1, 50), undefined]);
  assertEquals(await chat.read(2), [texts(1, 1), undefined]);
});

Deno.test("readOlder() ends where the server has removed what is older", async () => {
  await using chat = await open({ keep: 50 });
  await using bob = joinLibraryChat("bob", chat.server.address);
  for (const text of texts(1, 120)) await bob.say(text);
  const [notes, next] = await chat.read(121);
  assertEquals([notes.at(-1), next], ["note 120", undefined]);
});

Deno.test("readOlder() reads the private notes of a key, and waits for none of others", async () => {
  await using chat = await open();
  const { address } = chat.server;
  const [ann, bob] = [await Identity.generate(), await Identity.generate()];
  await using fromBob = joinLibraryChat("bob", address, { identity: bob });
  await fromBob.until(({ happened }) => happened.includes("connected"));
  await using _ann = joinLibraryChat("ann", address, { identity: ann });
  await fromBob.until(({ happened }) => happened.includes("+ann"));
  for (const text of texts(1, 3)) await fromBob.say(text, { kind: "whisper", to: "ann" });
  assertEquals(await chat.read(4), [[], undefined]);
  assertEquals(await chat.read(4, { identity: ann }), [texts(1, 3), undefined]);
  await fromBob.say("for all");
  assertEquals(await chat.read(4), [[], undefined]);
  assertEquals(await chat.read(5), [["for all"], undefined]);
});

Deno.test("readOlder() reads nothing from another history", async () => {
  await using chat = await open();
  await using bob = joinLibraryChat("bob", chat.server.address);
  for (const text of texts(1, 3)) await bob.say(text);
  assertEquals(await chat.read(4, { history: "gone" }), [[], undefined]);
  assertEquals(await chat.read(4), [texts(1, 3), undefined]);
});
