import { assert, assertEquals } from "@std/assert";
import { type ClientRecord, compare } from "../support/compare.ts";
import { type ChaosOptions, runChaos } from "./chaos.ts";

/** Runs it, and checks that it succeeded and that the strikes had an effect. */
async function survive(options: ChaosOptions): Promise<void> {
  const { problems, said, acked, logged, lostConnections, unanswered } = await runChaos(options);
  const plan = JSON.stringify(options);
  assertEquals(problems, [], `${plan}:\n${problems.join("\n")}`);
  assertEquals([acked, logged], [said, said], plan);
  assert(lostConnections >= options.rounds, `${plan}: ${lostConnections} connections were lost`);
  assert(unanswered > 0, `${plan}: nobody was waiting for an answer`);
}

Deno.test("Chat loses and repeats nothing, in one order, while its server is killed", async () => {
  await survive({ seed: 1, rounds: 4, clients: 3, how: "kill" });
});

Deno.test("Chat loses and repeats nothing, in one order, while connections are cut", async () => {
  await survive({ seed: 3, rounds: 6, clients: 3, how: "cut" });
});

const ann: ClientRecord = {
  name: "ann",
  said: ["1", "2", "3"],
  acked: new Map([["1", 1], ["2", 2], ["3", 3]]),
  refused: new Map(),
  last: Infinity,
  headWhenAsked: 0,
  first: 1,
};

const CASES: [what: string, said: string, account: Partial<ClientRecord>, problems: string[]][] = [
  ["a correct room", "123", {}, []],
  ["a note that is lost", "13", {}, [
    '"2" of ann was acknowledged and is lost',
    '"3" of ann was acknowledged as note 3 and is note 2',
  ]],
  ["a note that is there twice", "1232", {}, ['"2" of ann is there twice: 2 and 4']],
  ["notes out of order", "132", {}, [
    '"2" of ann is out of order at 3',
    '"2" of ann was acknowledged as note 2 and is note 3',
    '"3" of ann was acknowledged as note 3 and is note 2',
  ]],
  ["a note that nobody said", "1234", {}, ["ann never said note 4"]],
  ["a gap", "12_3", { acked: new Map([["1", 1], ["2", 2], ["3", 4]]) }, ["nobody saw note 3"]],
  ["a note not answered", "123", { acked: new Map([["1", 1], ["3", 3]]) }, [
    '"2" of ann was not acknowledged',
  ]],
  ["a note at another position", "123", { acked: new Map([["1", 1], ["2", 3], ["3", 3]]) }, [
    '"2" of ann was acknowledged as note 3 and is note 2',
  ]],
  ["a refused note that is not there", "13", {
    acked: new Map([["1", 1], ["3", 2]]),
    refused: new Map([["2", "full"]]),
  }, []],
  ["a refused note that is there", "123", {
    acked: new Map([["1", 1], ["3", 3]]),
    refused: new Map([["2", "full"]]),
  }, []],
  ["a refused note that is there twice", "1223", {
    acked: new Map([["1", 1], ["3", 4]]),
    refused: new Map([["2", "full"]]),
  }, ['"2" of ann is there twice: 2 and 3']],
  ["a late start", "123", { first: 2 }, ["ann asked for the last Infinity and got them from 2 on"]],
  ["no start", "123", { first: NaN }, ["ann asked for the last Infinity and got none"]],
  ["a start as asked", "123", { last: 0, first: 1 }, []],
  ["an early start", "123", { last: 1, headWhenAsked: 9, first: 8 }, [
    "ann asked for the last 1 and got them from 8 on",
  ]],
];

Deno.test.each(CASES)("compare() sees %s", (_what, said, account, problems) => {
  const notes = [...said].map((message) => message === "_" ? undefined : { name: "ann", message });
  assertEquals(compare([undefined, ...notes], [{ ...ann, ...account }]), problems);
});
