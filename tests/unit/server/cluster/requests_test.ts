import { assertEquals } from "@std/assert";
import { Requests } from "../../../../server/cluster/requests.ts";
import { MemoryCluster } from "../../../support/cluster/memory_engine.ts";

/** The requests of some servers, which are all alive, with timers that the test ends. */
function makeServers(...ids: string[]) {
  const cluster = new MemoryCluster();
  const live = new Set(ids);
  const timers = new Set<() => void>();
  const errors: unknown[] = [];
  const all = ids.map((id) =>
    new Requests({
      ...{ engine: cluster.connect(), id: () => id, live: () => live },
      after: (_ms, run) => {
        timers.add(run);
        return { [Symbol.dispose]: () => void timers.delete(run) };
      },
      onError: (error) => void errors.push((error as Error).message),
    })
  );
  return { cluster, all, live, timers, errors };
}

Deno.test("Requests.ask() returns the answers of all other servers", async () => {
  const { all: [a, b, c], timers } = makeServers("a", "b", "c");
  a!.handle("name", () => "a");
  b!.handle("name", (content) => `b ${content}`);
  c!.handle("name", (content) => `c ${content}`);
  const answers = await Promise.all([a!.ask("name", 1), a!.ask("name", 2)]);
  assertEquals(answers.map((each) => each.sort()), [["b 1", "c 1"], ["b 2", "c 2"]]);
  assertEquals(timers.size, 0);
});

Deno.test("Requests.ask() does not wait for long for a server that does not answer", async () => {
  const { all: [a, b], live, timers } = makeServers("a", "b");
  live.add("c");
  b!.handle("name", () => "b");
  const asking = a!.ask("name", {});
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(timers.size, 1);
  for (const run of timers) run();
  assertEquals(await asking, ["b"]);
});

Deno.test("Requests.ask() asks nobody if no other server is alive", async () => {
  const { all: [a], timers } = makeServers("a");
  assertEquals([await a!.ask("name", {}), timers.size], [[], 0]);
});

Deno.test("Requests answers null to a type it does not know, and reports what fails", async () => {
  const { all: [a, b], timers, errors } = makeServers("a", "b");
  assertEquals(await a!.ask("new in a later version", {}), [null]);
  b!.handle("name", () => {
    throw new Error("out of order");
  });
  const asking = a!.ask("name", {});
  await new Promise((resolve) => setTimeout(resolve));
  for (const run of timers) run();
  assertEquals([await asking, errors], [[], ["out of order"]]);
});

Deno.test("Requests reports answers that it cannot read, and goes on", async () => {
  const { cluster, all: [a, b], errors } = makeServers("a", "b");
  b!.handle("name", () => "b");
  const sender = cluster.connect();
  sender.send("answer", new TextEncoder().encode("no JSON"));
  assertEquals([await a!.ask("name", {}), errors.length], [["b"], 2]);
});
