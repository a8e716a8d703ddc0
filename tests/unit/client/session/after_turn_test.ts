import { assertEquals } from "@std/assert";
import { afterTurn } from "../../../../client/session/after_turn.ts";

/** What runs in which order around a turn. */
async function order(): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ran: string[] = [];
  afterTurn(() => {
    ran.push("after");
    resolve();
  });
  ran.push("now");
  queueMicrotask(() => queueMicrotask(() => ran.push("microtask")));
  await promise;
  return ran;
}

Deno.test("afterTurn() calls back after all of the turn", async () => {
  assertEquals(await order(), ["now", "microtask", "after"]);
});

Deno.test("afterTurn() does so where there is no setImmediate, as in a browser", async () => {
  const { setImmediate } = globalThis;
  Reflect.set(globalThis, "setImmediate", undefined);
  try {
    assertEquals(await order(), ["now", "microtask", "after"]);
  } finally {
    Reflect.set(globalThis, "setImmediate", setImmediate);
  }
});
