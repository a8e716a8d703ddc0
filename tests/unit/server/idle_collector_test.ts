import { assertEquals } from "@std/assert";
import { nextTick } from "../../../server/event_loop.ts";
import { collectGarbage, IdleCollector } from "../../../server/setup/idle_collector.ts";

Deno.test("IdleCollector collects once per 500 connections that have come or gone", async () => {
  let collections = 0;
  let collected = Promise.withResolvers<void>();
  using collector = new IdleCollector({
    work: () => 0,
    collect: () => {
      collections++;
      collected.resolve();
    },
    quietMs: 0,
  });
  for (let i = 0; i < 1_200; i++) collector.recordChange();
  await collected.promise;
  collected = Promise.withResolvers();
  for (let i = 0; i < 500; i++) collector.recordChange();
  await collected.promise;
  assertEquals(collections, 2);
});

Deno.test("IdleCollector waits until the server does nothing", async () => {
  let checks = 0;
  const { promise, resolve } = Promise.withResolvers<number>();
  using collector = new IdleCollector({
    work: () => Math.min(++checks, 10),
    collect: () => resolve(checks),
    quietMs: 0,
  });
  for (let i = 0; i < 500; i++) collector.recordChange();
  assertEquals(await promise >= 10, true);
});

Deno.test("IdleCollector collects nothing for fewer connections, or once it is disposed", async () => {
  let collections = 0;
  const options = { work: () => 0, collect: () => void collections++, quietMs: 0 };
  {
    using few = new IdleCollector(options);
    using disposed = new IdleCollector(options);
    for (let i = 0; i < 499; i++) few.recordChange();
    for (let i = 0; i < 500; i++) disposed.recordChange();
  }
  // A later one of the same time collects after those before it would have.
  const { promise, resolve } = Promise.withResolvers<void>();
  using later = new IdleCollector({ ...options, collect: resolve });
  for (let i = 0; i < 500; i++) later.recordChange();
  await promise;
  assertEquals(collections, 0);
});

Deno.test("collectGarbage() collects what nothing refers to", async () => {
  const garbage = (() => new WeakRef({}))();
  await nextTick(); // It is kept for the rest of the tick in which it was made.
  collectGarbage();
  assertEquals(garbage.deref(), undefined);
});
