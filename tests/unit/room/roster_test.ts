import { assert, assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { Roster } from "../../../room/state/roster.ts";

function member(name: string, client = name, attempt = 0) {
  const ended: string[] = [];
  return { name, client, attempt, ended, end: (reason: ChatError) => void ended.push(reason.code) };
}

function names(roster: Roster): string[] {
  return roster.people().map(({ name }) => name);
}

Deno.test("Roster keeps names unique, regardless of case and spelling", () => {
  const roster = new Roster(10, () => {});
  roster.join(member("Straße"));
  for (const name of ["straße", "STRASSE", "Ｓｔｒａße"]) {
    try {
      roster.join(member(name));
      assert(false, `${name} was let in`);
    } catch (error) {
      assertEquals((error as ChatError).message, `name "${name}" is taken`);
    }
  }
  assertEquals(names(roster), ["Straße"]);
});

Deno.test("Roster lets the same client take over its own place, without a leave and a join", () => {
  const roster = new Roster(10, () => {});
  const ghost = member("ann", "secret");
  let again = member("ann", "secret");
  roster.join(ghost);
  roster.join(again);
  assertEquals([ghost.ended, again.ended, names(roster)], [["replaced"], [], ["ann"]]);
  roster.join(member("ann", "secret", 2));
  try {
    roster.join(member("ann", "secret", 1));
    assert(false, "a delayed join replaced a later one");
  } catch (error) {
    assertEquals((error as ChatError).code, "replaced");
  }
  roster.join(again = member("ann", "secret", 2));
  roster.leave(ghost, "replaced");
  assertEquals([names(roster), roster.version], [["ann"], 1]);
  roster.leave(again, "left");
  assertEquals(names(roster), []);
});

Deno.test("Roster returns the changes since a version, or reports that it is too old", () => {
  const roster = new Roster(10, () => {});
  const ann = member("ann");
  roster.join(ann);
  const { version } = roster;
  roster.join(member("bob"));
  roster.leave(ann, "left");
  assertEquals(roster.changesSince(version), [
    { name: "bob", verified: false, sessions: 1, joined: true, reason: "" },
    { name: "ann", verified: false, sessions: 0, joined: false, reason: "left" },
  ]);
  assertEquals(roster.changesSince(roster.version), []);
  assert(roster.changesSince(version) === roster.changesSince(version), "it is not the same");
  for (let i = 0; i < 200; i++) {
    roster.join(ann);
    roster.leave(ann, "left");
  }
  assertEquals(roster.changesSince(version), undefined);
});

Deno.test("Roster bounds the members", () => {
  const roster = new Roster(1, () => {});
  roster.join(member("ann"));
  try {
    roster.join(member("bob"));
    assert(false, "bob was let in");
  } catch (error) {
    assertEquals((error as ChatError).message, "The room is full: it has 1 member");
  }
});

Deno.test("Roster renames a client that joins under another name, in its place", () => {
  const roster = new Roster(2, () => {});
  const ann = member("ann", "secret");
  roster.join(ann);
  roster.join(member("bob"));
  const cat = member("Cat", "secret");
  roster.join(cat);
  assertEquals([ann.ended, cat.ended, names(roster)], [["replaced"], [], ["Cat", "bob"]]);
  roster.leave(ann, "replaced");
  const same = member("CAT", "secret");
  roster.join(same);
  roster.join(member("CAT", "secret"));
  assertEquals(roster.changesSince(2), [
    { name: "Cat", verified: false, sessions: 1, joined: true, reason: "", was: "ann" },
    { name: "CAT", verified: false, sessions: 1, joined: true, reason: "", was: "Cat" },
  ]);
  assertEquals([roster.size, names(roster)], [2, ["CAT", "bob"]]);
});

Deno.test("Roster frees the old name of a renamed member", () => {
  const roster = new Roster(2, () => {});
  roster.join(member("ann", "secret"));
  roster.join(member("cat", "secret"));
  roster.join(member("Ann"));
  assertEquals(names(roster), ["cat", "Ann"]);
});

Deno.test("Roster leaves a member unchanged when the other name is taken, or the join is late", () => {
  const roster = new Roster(3, () => {});
  const ann = member("ann", "secret", 1);
  roster.join(ann);
  roster.join(member("bob"));
  const { version } = roster;
  for (
    const [late, code] of [[member("BOB", "secret", 2), "taken"], [
      member("cat", "secret", 0),
      "replaced",
    ]] as const
  ) {
    const error = assertThrows(() => roster.join(late), ChatError);
    assertEquals([error.code, ann.ended], [code, []]);
  }
  assertEquals([names(roster), roster.version], [["ann", "bob"], version]);
  roster.leave(ann, "left");
  assertEquals(names(roster), ["bob"]);
});
