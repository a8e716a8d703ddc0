import { assertEquals } from "@std/assert";
import { complete } from "../../../../client/conversation/commands/completion.ts";

const KNOWN = {
  names: ["Anna", "ann", "Kim Min", "민수", "Zoë", 'the "boss"', "kit"],
  guests: ["kit", "Kim Min"],
  rooms: ["dev", "design room", "lobby"],
  openRooms: ["lobby", "Dev"],
  ignored: ["~kit", "Zoë"],
};

const CASES: [line: string, candidates: string[], fragment: string][] = [
  // Commands
  ["/hi", ["/history "], "/hi"],
  ["/Q", ["/query ", "/quiet", "/quit"], "/Q"],
  ["/ex", ["/exit"], "/ex"],
  ["/r", ["/reply ", "/room ", "/rooms", "/release ", "/remove "], "/r"],
  ["/names", ["/names"], "/names"],
  ["/query ki", ['"Kim Min" ', "kit "], "ki"],
  ["/unignore ", ["~kit", "Zoë"], ""],
  ["/unignore z", ["Zoë"], "z"],
  ["/m", ["/me ", "/msg ", "/mute "], "/m"],
  ["/xy", [], "/xy"],
  ["//wh", [], ""],
  ["/help ni", ["nick"], "ni"],
  // Names in text: addressed at the start, mentioned elsewhere
  ["an", ["Anna: ", "ann: "], "an"],
  ["ANNA", ["Anna: "], "ANNA"],
  ["@an", ["@Anna ", "@ann "], "@an"],
  ["hello an", ["Anna ", "ann "], "an"],
  ["hello @ki", ["@Kim Min ", "@kit "], "@ki"],
  [" an", ["Anna ", "ann "], "an"],
  ["민", ["민수: "], "민"],
  ["zoe\u0308", ["Zoë: "], "zoe\u0308"],
  ["kim m", ["Kim Min: "], "kim m"],
  ["I saw kim m", ["Kim Min "], "kim m"],
  ["joan", [], ""],
  // Nothing begun
  ["", [], ""],
  ["hello ", [], ""],
  ["ann: ", [], ""],
  // Arguments
  ["/msg ", ["Anna ", "ann ", '"Kim Min" ', "민수 ", "Zoë ", '"the \\"boss\\"" ', "kit "], ""],
  ["/msg ki", ['"Kim Min" ', "kit "], "ki"],
  ["/msg ~ki", ["~kit ", '"~Kim Min" '], "~ki"],
  ['/msg "~kim', ['"~Kim Min" '], '"~kim'],
  ["/kick ~K", ["~kit ", '"~Kim Min" '], "~K"],
  ["/msg ~an", [], ""],
  ["/msg kit ~ki", [], ""],
  ['/msg "ki', ['"Kim Min" ', '"kit" '], '"ki'],
  ["/msg “kim m", ['"Kim Min" '], "“kim m"],
  ['/msg "the \\"b', ['"the \\"boss\\"" '], '"the \\"b'],
  ["/msg ann ki", ["Kim Min ", "kit "], "ki"],
  ['/msg "Kim Min" an', ["Anna ", "ann "], "an"],
  ["/msg ann ", [], ""],
  ["/me greets an", ["Anna ", "ann "], "an"],
  ["/MSG zo", ["Zoë "], "zo"],
  ["/join ", ["dev", "design room", "lobby"], ""],
  ["/join DE", ["dev", "design room"], "DE"],
  ["/join design r", ["design room"], "design r"],
  ["/join lobby, de", ["dev", "design room"], "de"],
  ["/room ", ["lobby", "Dev"], ""],
  ["/part d", ["Dev"], "d"],
  ["/bell ", ["off", "mention", "all"], ""],
  ["/bell M", ["mention"], "M"],
  ["/quit ", [], ""],
];

Deno.test("complete() completes commands, their arguments and names", () => {
  for (const [line, candidates, fragment] of CASES) {
    const [found, of] = complete(line, KNOWN);
    assertEquals(found, candidates, line);
    if (candidates.length > 0) assertEquals(of, fragment, line);
  }
});

Deno.test("complete() offers no control characters, and nothing longer than a name", () => {
  const known = {
    names: ["a\x1b[2J", "a\u202e", "a".repeat(65), "ab"],
    guests: [],
    rooms: ["r\n", "r2"],
    openRooms: ["r\n", "r3"],
  };
  assertEquals(complete("a", known), [["ab: "], "a"]);
  assertEquals(complete("/join r", known), [["r2"], "r"]);
  assertEquals(complete("/room r", known), [["r3"], "r"]);
});
