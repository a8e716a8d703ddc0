import { status } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import type { FoundInit, SearchMessage } from "../../../proto/mod.ts";
import { ChatError } from "../../../room/errors.ts";
import type { SearchLogOptions } from "../../../room/search/search_log.ts";
import { Searches, type SearchesOptions } from "../../../server/session/searches.ts";
import type { ChatServices } from "../../../server/session/services.ts";

const SEARCH: SearchMessage = { words: ["x"], name: "", limit: 0, before: 0 };

/** Searches of a session in a room in which `find` finds notes; each answer waits for `taken`. */
function searches(
  find: (
    options: SearchLogOptions,
  ) => AsyncGenerator<{ seq: number; name: string; message: string }>,
  taken = Promise.resolve(),
) {
  const found: FoundInit[] = [];
  const refused: string[] = [];
  let allowed = 2;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const options = {
    peer: { refused: (what: string) => refused.push(what) },
    room: {
      search: (_query: unknown, _reader: unknown, options: SearchLogOptions) => find(options),
    },
    session: { name: "ann", room: "lobby", address: "127.0.0.1:1" },
    principal: { key: undefined, network: "127.0.0.1" },
    identity: undefined,
    answers: {
      async addFound(part: FoundInit) {
        found.push(part);
        if (part.last) end();
        await taken;
      },
    },
    signal: new AbortController().signal,
    onError: (error: unknown) => {
      throw error;
    },
  };
  const services = {
    rateLimits: {
      consumeSearch() {
        if (allowed-- === 0) throw new ChatError("limited", "too many", { retryMs: 500 });
      },
    },
    searchTurns: { next: () => Promise.resolve(), isOver: true },
    delivered: () => {},
    report: () => {},
  };
  const all = new Searches(
    options as unknown as SearchesOptions,
    services as unknown as ChatServices,
  );
  return { all, found, refused, ended };
}

Deno.test("Searches refuses at once, so that nothing large waits for a peer that does not read", async () => {
  const never = Promise.withResolvers<void>();
  const { all, found, refused, ended } = searches(async function* () {}, never.promise);
  all.add(SEARCH);
  await ended;
  assertEquals(found.length, 1);
  all.add({ ...SEARCH, words: ["x".repeat(1_000_000)] });
  all.add(SEARCH);
  all.add(SEARCH); // One too many.
  assertEquals(refused, ["search", "search"]);
  assertEquals(found.length, 1); // The answers are in order nevertheless.
  never.resolve();
  while (found.length < 4) await new Promise((resolve) => setTimeout(resolve, 0));
  const codes = found.map(({ code, retry_ms }) => [code ?? 0, retry_ms ?? 0]);
  assertEquals(codes, [
    [0, 0],
    [status.INVALID_ARGUMENT, 0],
    [0, 0],
    [status.RESOURCE_EXHAUSTED, 500],
  ]);
});

Deno.test("a part of an answer does not tell where private notes of others have the words", async () => {
  const { all, found, ended } = searches(async function* ({ turns, onProgress }) {
    onProgress?.(10);
    yield { seq: 10, name: "ann", message: "x" };
    onProgress?.(7); // A private note, which the room passes over.
    await turns.next();
    onProgress?.(1);
  });
  all.add(SEARCH);
  await ended;
  assertEquals(found.map(({ searched }) => searched), [10, 1]);
});
