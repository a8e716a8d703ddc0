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

const withKey = (name: string, key: string, client = name) => ({ ...member(name, client), key });

const summary = (roster: Roster) =>
  roster.people().map(({ name, sessions }) => `${name} ${sessions}`);

Deno.test("Roster knows the identity of each name: a key, or a guest", () => {
  const roster = new Roster(3, () => {});
  roster.join(withKey("ann", "SHA256:ann"));
  roster.join({ ...member("bob"), guest: "guest 1" });
  roster.join(member("cat"));
  const identities = ["Ann", "BOB", "cat", "dan"].map((name) => roster.findIdentity(name));
  assertEquals(identities, ["SHA256:ann", "guest 1", undefined, undefined]);
});

Deno.test("Roster keeps a person of several sessions until the last one leaves", () => {
  const roster = new Roster(4, () => {});
  const [one, two] = ["c1", "c2"].map((client) => withKey("ann", "SHA256:ann", client));
  roster.join(one!);
  roster.join(two!);
  assertEquals(summary(roster), ["ann 2"]);
  assertEquals(roster.leave(one!, "left"), true);
  assertEquals([summary(roster), roster.leave(one!, "left")], [["ann 1"], false]);
  roster.leave(two!, "left");
  assertEquals([summary(roster), roster.size], [[], 0]);
});

Deno.test("Roster lets no other key use a name, and no other key replace a client", () => {
  const roster = new Roster(4, () => {});
  const ann = withKey("ann", "SHA256:ann", "secret");
  roster.join(ann);
  for (const other of [withKey("ANN", "SHA256:eve"), member("ann", "other")]) {
    assertEquals(assertThrows(() => roster.join(other), ChatError).code, "taken");
  }
  roster.join(withKey("eve", "SHA256:eve", "secret"));
  assertEquals([ann.ended, summary(roster)], [[], ["ann 1", "eve 1"]]);
});

Deno.test("Roster lets a client of a full room join again", () => {
  const roster = new Roster(1, () => {});
  roster.join(member("ann", "secret"));
  roster.join(member("cat", "secret", 1));
  assertEquals(summary(roster), ["cat 1"]);
});

Deno.test("Roster splits and joins the sessions of a person who takes another name in one of them", () => {
  const roster = new Roster(4, () => {});
  const join = (name: string, client: string) => roster.join(withKey(name, "SHA256:ann", client));
  join("ann", "c1");
  join("ann", "c2");
  join("cat", "c1");
  assertEquals(summary(roster), ["ann 1", "cat 1"]);
  join("cat", "c2");
  assertEquals(summary(roster), ["cat 2"]);
  assertEquals(
    roster.changesSince(2)?.map(({ name, sessions, joined, was }) =>
      `${joined ? "+" : "-"}${name} ${sessions}${was ?? ""}`
    ),
    ["-ann 1", "+cat 1", "-ann 0", "+cat 2"],
  );
});

Deno.test("Roster returns all changes from the first on", () => {
  const roster = new Roster(2, () => {});
  roster.join(member("ann"));
  assertEquals(roster.changesSince(0)?.length, 1);
});

Deno.test("Roster.restore() replaces everybody as one change that cannot be followed", () => {
  let changes = 0;
  const roster = new Roster(4, () => changes++);
  roster.join(member("ann"));
  roster.join(member("bob"));
  const { version } = roster;
  const cat = member("cat");
  roster.restore([{ name: "cat", sessions: [cat] }]);
  assertEquals([changes, roster.changesSince(version)], [3, undefined]);
  assertEquals([summary(roster), roster.findIdentity("ann")], [["cat 1"], undefined]);
  roster.join(member("ann", "other")); // The name is free.
  assertEquals(roster.leave(cat, "left"), true);
  assertEquals(summary(roster), ["ann 1"]);
});
