import { assertEquals, assertRejects } from "@std/assert";
import type { InputLine } from "../../../../client/stream/lines.ts";
import { SendWindow } from "../../../../client/stream/send_window.ts";
import { ChatError } from "../../../../room/errors.ts";
import { nextTick } from "../../../support/next_tick.ts";

/** Lines, one in each turn of the event loop. Who does not stop reading them gets an error. */
async function* endless(): AsyncGenerator<InputLine> {
  for (let number = 1; number <= 100; number++) {
    await nextTick();
    yield { number, text: "x" };
  }
  throw new RangeError("The lines were read to the end");
}

for (const code of ["unavailable", "timeout"] as const) {
  Deno.test(`SendWindow stops reading, and has failed, once a line ends with "${code}"`, async () => {
    const reports: string[] = [];
    const window = new SendWindow({
      say: () => Promise.reject(new ChatError(code, "gone")),
      report: (line) => void reports.push(line),
    });
    await window.sayAll(endless());
    assertEquals(window.outcome, "failed");
    assertEquals(reports[0], "error: Line 1 was not sent: gone");
  });
}

Deno.test("SendWindow stops reading once its output is closed, and throws that error", async () => {
  const window = new SendWindow({
    say: () => Promise.resolve(1),
    accepted: () => Promise.reject(new Deno.errors.BrokenPipe("closed")),
    report: () => {},
  });
  await assertRejects(() => window.sayAll(endless()), Deno.errors.BrokenPipe, "closed");
});

Deno.test("SendWindow starts the deadline again with each accepted line", async () => {
  const DEADLINE_MS = 600_000;
  const unanswered: (() => void)[] = [];
  const window = new SendWindow({
    say: () => new Promise((resolve) => unanswered.push(() => resolve(undefined))),
    report: () => {},
    deadline: { ms: DEADLINE_MS, passed: () => {} },
  });
  async function* lines() {
    for (let number = 1; number <= 3; number++) yield { number, text: "x" };
  }
  let started = 0;
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((task: () => void, ms?: number) => {
    if (ms === DEADLINE_MS) started++;
    return setTimeout(task, ms);
  }) as typeof setTimeout;
  try {
    const said = window.sayAll(lines());
    await nextTick(); // All lines are given.
    for (const count of [1, 2, 3]) {
      assertEquals(started, count);
      unanswered.shift()!();
      await nextTick();
    }
    await said;
    assertEquals(started, 3); // Nothing is owed after the last answer.
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});
