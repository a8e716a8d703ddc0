import { assertEquals } from "@std/assert";
import type { JoinInit } from "../../../proto/mod.ts";
import { serve } from "../../../server.ts";
import { Peer } from "../../support/wire/grpc_peer.ts";

const text = (notes: readonly { message: string }[]) => notes.map((note) => note.message).join("");

Deno.test("Session starts where the join asks, and reports that position", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  ann.post(...[..."abcde"].map((letter): [string, string] => [letter, letter]));
  await ann.until(({ acks, notes }) => acks.size === 5 && notes.length === 5);
  const { history } = ann.seen.welcome!.head;
  const time = (seq: number) => ann.seen.notes[seq - 1]!.time!;
  const starts: [start: JoinInit, next: number, expected: string][] = [
    [{}, 1, "abcde!"],
    [{ last: 2 }, 4, "de!"],
    [{ last: 99 }, 1, "abcde!"],
    [{ last: 0 }, 6, "!"],
    [{ after: { history, seq: 3 } }, 4, "de!"],
    [{ after: { history, seq: 0 } }, 1, "abcde!"],
    [{ after: { history, seq: 5 } }, 6, "!"],
    [{ after: { history: "another", seq: 3 } }, 1, "abcde!"],
    [{ after: { history, seq: 77 } }, 1, "abcde!"],
    [{ from: 0 }, 1, "abcde!"],
    [{ from: 4 }, 4, "de!"],
    [{ from: 6 }, 6, "!"],
    [{ since: 0 }, 1, "abcde!"],
    [{ since: time(1) }, 1, "abcde!"],
    [{ since: time(5) + 1 }, 6, "!"],
    // A client whose clock is ahead.
    [{ ago_ms: 3_600_000, since: time(5) + 1 }, 1, "abcde!"],
    [{ ago_ms: 2 ** 52, since: time(5) + 1 }, 1, "abcde!"],
    [{ ago_ms: 3_600_000, last: 0 }, 6, "!"],
  ];
  const readers = await Promise.all(
    starts.map(([start], i) => peer.join({ name: `r${i}`, ...start })),
  );
  ann.post(["!", "!"]);
  for (const [i, [start, next, expected]] of starts.entries()) {
    const { seen } = readers[i]!;
    await readers[i]!.until(({ notes }) => notes.at(-1)?.message === "!");
    assertEquals([seen.welcome!.next, text(seen.notes)], [next, expected], JSON.stringify(start));
  }
});

Deno.test("Session delivers nothing below a future start position", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  using peer = new Peer(server.address);
  const reader = await peer.join({ name: "reader", from: 4 });
  const ann = await peer.join({ name: "ann" });
  ann.post(...[..."abc"].map((letter): [string, string] => [letter, letter]));
  await ann.until(({ notes }) => notes.length === 3);
  ann.post(["d", "d"], ["e", "e"]);
  await reader.until(({ notes }) => notes.length === 2);
  assertEquals([text(reader.seen.notes), reader.seen.lost], ["de", []]);
  assertEquals([reader.seen.welcome!.next, reader.seen.welcome!.head.seq], [4, 0]);
});
