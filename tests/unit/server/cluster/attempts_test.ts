import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../../room/errors.ts";
import { Attempts, NoLeader } from "../../../../server/cluster/attempts.ts";

/** A step that takes 400 ms by the clock of the test, and fails. */
function failing(error: unknown, startMs: number) {
  const reasons: string[] = [];
  let time = 5;
  let tries = 0;
  const onWait = (reason: string) => void reasons.push(`${reason} after ${time - 5} ms`);
  const attempts = new Attempts({ startMs, onWait }, () => time);
  const step = (): Promise<void> => {
    time += 400;
    tries++;
    return Promise.reject(error);
  };
  return { attempts, step, reasons, tries: () => tries };
}

const away = new ChatError("unavailable", "nobody is there");

Deno.test("Attempts.repeat() tries until the time is up, and reports once why it waits", async () => {
  const { attempts, step, reasons, tries } = failing(away, 1_700);
  await assertRejects(() => attempts.repeat(step), ChatError, "nobody is there");
  assertEquals([tries(), reasons], [5, ["nobody is there after 1200 ms"]]);
});

Deno.test("Attempts.repeat() waits three times as long for an election", async () => {
  const { attempts, step, tries } = failing(new NoLeader("no leader"), 1_700);
  await assertRejects(() => attempts.repeat(step), ChatError, "no leader");
  assertEquals(tries(), 13);
});

Deno.test("Attempts.repeat() does not try again what time does not mend", async () => {
  const { attempts, step, reasons, tries } = failing(new Error("cause"), Infinity);
  const inWords = () => new ChatError("invalid", "wrong");
  await assertRejects(() => attempts.repeat(step, inWords), ChatError, "wrong");
  assertEquals([tries(), reasons], [1, []]);
});

Deno.test("Attempts.repeat() ends with a step at the same time that has failed for good", async () => {
  const { attempts, step, tries } = failing(away, Infinity);
  const wrong = new ChatError("invalid", "wrong");
  const steps = [attempts.repeat(step), attempts.repeat(() => Promise.reject(wrong))];
  assertEquals((await Promise.allSettled(steps)).map((end) => end.status), [
    "rejected",
    "rejected",
  ]);
  await assertRejects(() => steps[0]!, ChatError, "wrong");
  assertEquals(tries(), 1);
});

Deno.test("Attempts.repeat() returns what the step does in the end", async () => {
  const { attempts, step, tries } = failing(away, 1_700);
  const found = await attempts.repeat(async () => {
    if (tries() < 2) await step();
    return "found";
  });
  assertEquals(found, "found");
});
