import { assertEquals, assertThrows } from "@std/assert";
import type { PostMessage } from "../../../proto/mod.ts";
import { toWireKind } from "../../../proto/enums.ts";
import { ChatError } from "../../../room/errors.ts";
import { type DraftOptions, toDraft } from "../../../server/session/draft.ts";

const KEY = "SHA256:ann";
const IDENTITIES: Readonly<Record<string, string>> = { bob: "SHA256:bob", eve: "guest 2" };
const OPTIONS: DraftOptions = {
  ...{ name: "ann", identity: KEY, maxNoteBytes: 5 },
  resolveIdentity: (name) => IDENTITIES[name],
};
const post = (rest: Partial<PostMessage> = {}): PostMessage =>
  ({ id: "1", message: "x", kind: toWireKind("said"), to: "", ...rest }) as PostMessage;
const whisper = (to: string) => post({ kind: toWireKind("whisper"), to });
const SAID = { id: "1", name: "ann", message: "x", kind: "said" } as const;

Deno.test("toDraft() signs the notes of a key, and of a guest only private ones", () => {
  assertEquals(toDraft(post(), OPTIONS), { ...SAID, verified: true, author: KEY });
  const guest = { ...OPTIONS, identity: "guest 1" };
  assertEquals(toDraft(post(), guest), { ...SAID, verified: false });
  const secret = { ...SAID, kind: "whisper", verified: false, author: "guest 1" };
  const between = { to: "bob", reader: "SHA256:bob" };
  assertEquals(toDraft(whisper("bob"), guest), { ...secret, ...between } as unknown);
  const nobody = { ...OPTIONS, identity: undefined };
  assertEquals(toDraft(post(), nobody), { ...SAID, verified: false });
});

Deno.test("toDraft() finds the recipient of a private note: ~ann never is the owner of a name", () => {
  const to = (name: string) => {
    const { to, reader } = toDraft(whisper(name), OPTIONS);
    return [to, reader];
  };
  assertEquals(to("bob"), ["bob", "SHA256:bob"]);
  assertEquals(to("~bob"), ["bob", undefined]);
  assertEquals([to("eve"), to("~eve")], [["eve", "guest 2"], ["eve", "guest 2"]]);
  assertEquals([to("cy"), to("~cy")], [["cy", undefined], ["cy", undefined]]);
});

Deno.test("toDraft() refuses posts that break a rule", () => {
  toDraft(post({ id: "i".repeat(64), message: "12345" }), OPTIONS);
  const refused = (draft: PostMessage, words: string, options: Partial<DraftOptions> = {}) =>
    assertThrows(() => toDraft(draft, { ...OPTIONS, ...options }), ChatError, words);
  const ids = "The id of a post must have 1 to 64 characters";
  refused(post({ id: "" }), ids);
  refused(post({ id: "i".repeat(65) }), ids);
  refused(post({ message: "123456" }), "at most 5 are allowed");
  refused(post({ to: "bob" }), "Only a private note may have a recipient");
  refused(whisper(""), "Recipient");
  refused(post(), "A session without a name only reads", { name: "" });
});
