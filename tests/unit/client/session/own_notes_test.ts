import { assertEquals } from "@std/assert";
import { OwnNotes } from "../../../../client/session/own_notes.ts";

/** The notes that are own, of all names with and without a proof. */
function ownOf(own: OwnNotes): string[] {
  const names = ["echo", "ECHO", "bob"];
  return names.flatMap((name) => [
    ...own.has({ name, verified: true }) ? [name] : [],
    ...own.has({ name, verified: false }) ? [`~${name}`] : [],
    ...own.has({ name }) ? [`?${name}`] : [],
  ]);
}

Deno.test("OwnNotes recognizes the names of a client in any spelling, if they were proven as its own are", () => {
  const own = new OwnNotes(true);
  assertEquals(ownOf(own), []);
  own.add("Echo");
  assertEquals(ownOf(own), ["echo", "?echo", "ECHO", "?ECHO"]);
  const guest = new OwnNotes(false);
  guest.add("Echo");
  assertEquals(ownOf(guest), ["~echo", "?echo", "~ECHO", "?ECHO"]);
});

Deno.test("OwnNotes remembers earlier names, and a client without a name has none", () => {
  const own = new OwnNotes(false);
  own.add("");
  assertEquals(own.has({ name: "" }), false);
  own.add("echo");
  own.add("bob");
  assertEquals(ownOf(own), ["~echo", "?echo", "~ECHO", "?ECHO", "~bob", "?bob"]);
});
