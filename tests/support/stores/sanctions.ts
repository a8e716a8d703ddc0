import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { type Sanction, Sanctions, type SanctionStore } from "../../../room/sanctions.ts";
import type { RegisterTest } from "./register.ts";

/** A person. */
export const BOB = { key: "SHA256:bob", network: "10.0.0.1" };
const GUEST = { key: undefined, network: "10.0.0.1" };

/** Returns a ban of Bob; `parts` may change it. */
export function sanction(parts: Partial<Sanction>): Sanction {
  return {
    kind: "ban",
    principal: BOB.key,
    name: "bob",
    by: "ann",
    reason: "",
    time: 1_000,
    ...parts,
  };
}

/** Opens an empty store, which may use files in a temporary folder. */
export type OpenSanctionStore = (
  folder: string,
) => (SanctionStore & AsyncDisposable) | Promise<SanctionStore & AsyncDisposable>;

/** Tests an implementation of `SanctionStore`: every one must pass. */
export function testSanctions(
  name: string,
  open: OpenSanctionStore,
  register: RegisterTest = Deno.test,
): void {
  const test = (behavior: string, body: (store: SanctionStore) => Promise<void>) =>
    register(`Sanctions over a ${name} ${behavior}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = await open(folder);
        await body(store);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("apply to a key, or to everyone in a network without a key", async (store) => {
    const sanctions = await Sanctions.open(store, () => 1_000);
    await sanctions.impose(sanction({ reason: "spam" }));
    await sanctions.impose(sanction({ kind: "mute", principal: GUEST.network, name: "guest" }));
    const banned = assertThrows(() => sanctions.check("ban", BOB), ChatError);
    assertEquals([banned.code, banned.message], ["forbidden", "banned: spam"]);
    const muted = assertThrows(() => sanctions.check("mute", GUEST), ChatError);
    assertEquals(muted.message, "muted");
    sanctions.check("mute", BOB);
    sanctions.check("ban", GUEST);
    sanctions.check("mute", { ...GUEST, network: "10.0.0.2" });
  });

  test("apply until they expire, also when they are reopened", async (store) => {
    let now = 1_000;
    const sanctions = await Sanctions.open(store, () => now);
    await sanctions.impose(sanction({ until: 601_000 }));
    const kept = sanction({ kind: "mute", reason: "“noise”" });
    await sanctions.impose(kept);
    const again = await Sanctions.open(store, () => now);
    const error = assertThrows(() => again.check("ban", BOB), ChatError);
    assertEquals(error.message, "banned for 10 min");
    assertEquals(again.list(), [sanction({ until: 601_000 }), kept]);
    now = 601_000;
    for (const each of [sanctions, again]) each.check("ban", BOB);
    assertEquals(again.list(), [kept]);
    await (await Sanctions.open(store, () => now)).dropExpired();
    assertEquals(await store.sanctions(), [kept]); // Expired ones are not kept for ever.
  });

  test("are lifted by name or by subject", async (store) => {
    const sanctions = await Sanctions.open(store, () => 1_000);
    const [ban, mute] = [sanction({}), sanction({ kind: "mute" })];
    await sanctions.impose(ban);
    await sanctions.impose(mute);
    assertEquals(sanctions.find("ban", "cat"), []);
    assertEquals(sanctions.find("ban", "BOB"), [ban]);
    await sanctions.lift(ban);
    sanctions.check("ban", BOB);
    assertThrows(() => sanctions.check("mute", BOB), ChatError);
    assertEquals(sanctions.find("mute", BOB.key), [mute]);
    await sanctions.lift(mute);
    assertEquals(await store.sanctions(), []);
  });

  test("are replaced by a later one of the same kind", async (store) => {
    const sanctions = await Sanctions.open(store, () => 1_000);
    await sanctions.impose(sanction({ until: 2_000 }));
    await sanctions.impose(sanction({ by: "cat" }));
    assertEquals(await store.sanctions(), [sanction({ by: "cat" })]);
    assertEquals(sanctions.list(), [sanction({ by: "cat" })]);
  });
}
