import { assertEquals, assertRejects } from "@std/assert";
import type { Connection } from "../../../server/cluster/nats_connection.ts";
import { NatsJournal } from "../../../server/cluster/nats_journal.ts";
import { SharedQuestion } from "../../../server/cluster/shared_question.ts";

const NAMES = { stream: "chat", prefix: "chat.note.", live: "chat.live" };

/** A message of the live feed, with as much of it as the journal reads. */
function message(seq: number): unknown {
  const headers = new Map([
    ["Nats-Sequence", String(seq)],
    ["Nats-Subject", "chat.note.lobby"],
    ["Nats-Time-Stamp", "2026-01-01T00:00:00Z"],
  ]);
  return { headers, data: new Uint8Array() };
}

/** A journal over a stream at `last`, whose answers the test gives. */
async function openJournal(last: number) {
  let time = 0;
  let deliver = (_message: unknown) => {};
  const position = { state: { last_seq: last }, created: "once", ts: "2026-01-01T00:00:00Z" };
  const answers = { last, whileAsked: () => {}, isSilent: false, asked: 0, timers: 0 };
  const connection = {
    subscribe: (_subject: string, onMessage: (message: unknown) => void) => {
      deliver = onMessage;
      return { [Symbol.dispose]: () => {} };
    },
    confirm: () => Promise.resolve(),
    append: () => Promise.resolve(0),
    info: () => {
      answers.asked++;
      if (answers.isSilent) return Promise.reject(new Error("no answer"));
      const answer = { ...position, state: { last_seq: answers.last } };
      answers.whileAsked();
      return Promise.resolve(answer);
    },
  };
  const lost: string[] = [];
  const journal = await NatsJournal.open(connection as unknown as Connection, NAMES, {
    onLost: (error) => void lost.push(error.message),
    onError: (error) => void lost.push(String(error)),
    now: () => time,
    repeat: () => {
      answers.timers++;
      return { [Symbol.dispose]: () => void answers.timers-- };
    },
  });
  const pass = (ms: number) => time += ms;
  return { journal, answers, lost, pass, receive: (seq: number) => deliver(message(seq)) };
}

Deno.test("a journal is not behind because entries arrive while it asks where it is", async () => {
  const { journal, answers, lost, pass, receive } = await openJournal(7);
  using _closing = journal;
  let newest = 7;
  for (let checks = 0; checks < 30; checks++, pass(1_000)) {
    answers.last = newest;
    answers.whileAsked = () => receive(++newest);
    await journal.check();
  }
  assertEquals([journal.seen, lost], [37, []]);
});

Deno.test("a journal that stays before what was seen has lost entries", async () => {
  const { journal, answers, lost, pass, receive } = await openJournal(7);
  using _closing = journal;
  receive(8);
  answers.last = 7;
  await journal.check();
  pass(19_999);
  await journal.check();
  assertEquals(lost, []);
  pass(1);
  await journal.check();
  assertEquals(lost.length > 0, true);
});

Deno.test("callers who ask a journal at the same time share two questions and one timer", async () => {
  const { journal, answers, receive } = await openJournal(7);
  using _closing = journal;
  answers.asked = 0;
  answers.last = 9;
  const callers = Array.from({ length: 50 }, async () => {
    const last = await journal.last();
    await journal.reach(last);
    return last;
  });
  const lasts = [journal.last(), journal.last()];
  assertEquals(await Promise.all(lasts), [9, 9]);
  assertEquals([answers.asked, answers.timers], [2, 1]);
  for (const seq of [8, 9]) receive(seq);
  assertEquals(await Promise.all(callers), callers.map(() => 9));
  assertEquals(answers.timers, 0);
});

Deno.test("an answer is never older than the call that gets it", async () => {
  let [asked, answer] = [0, (_: number) => {}];
  const question = new SharedQuestion(() => {
    asked++;
    return new Promise<number>((resolve, reject) => {
      answer = (value) => value < 0 ? reject(new Error("no answer")) : resolve(value);
    });
  });
  const first = question.ask();
  const [second, third] = [question.ask(), question.ask()];
  assertEquals(asked, 1);
  answer(-1);
  await assertRejects(() => first, Error, "no answer");
  while (asked < 2) await Promise.resolve();
  answer(2);
  assertEquals(await Promise.all([second, third]), [2, 2]);
  const fourth = question.ask();
  answer(3);
  assertEquals([await fourth, asked], [3, 3]);
});
