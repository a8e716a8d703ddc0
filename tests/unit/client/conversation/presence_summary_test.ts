import { assertEquals } from "@std/assert";
import { summarizePresence } from "../../../../client/conversation/presence_summary.ts";
import { person } from "../../../support/people.ts";

const joined = (name: string) => ({ type: "joined", ...person(name) }) as const;
const left = (name: string, reason = "left") =>
  ({ type: "left", ...person(name), reason }) as const;
const renamed = (was: string, name: string) => ({ type: "renamed", was, ...person(name) }) as const;

Deno.test("summarizePresence() tells a person from the next one with the same name", () => {
  const events = [left("ann"), joined("ann"), renamed("ann", "eve"), joined("ann")];
  assertEquals(summarizePresence(events), "ann joined; ann is now eve");
});

Deno.test("summarizePresence() names three, and counts the others of more", () => {
  const names = ["ann", "bob", "cy", "dan", "eve"];
  const shown = (count: number) => summarizePresence(names.slice(0, count).map(joined));
  assertEquals([1, 2, 3, 4, 5].map(shown), [
    "ann joined",
    "ann and bob joined",
    "ann, bob and cy joined",
    "ann, bob and 2 others joined",
    "ann, bob and 3 others joined",
  ]);
  const reasons = (count: number) =>
    summarizePresence(names.slice(0, count).map((name, i) => left(name, `${i}`)));
  assertEquals([reasons(3), reasons(4)], [
    "ann left (0); bob left (1); cy left (2)",
    "ann left (0); bob left (1); 2 others left",
  ]);
});

Deno.test("summarizePresence() gives the last reason, unless somebody simply left", () => {
  const events = [
    left("ann", "connection lost"),
    joined("ann"),
    left("ann", "kicked"),
    left("bob"),
  ];
  assertEquals(summarizePresence(events), "ann left (kicked); bob left");
});
