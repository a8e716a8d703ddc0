import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import {
  checkSanctionCount,
  longerSanction,
  type Sanction,
  Sanctions,
  type SanctionStore,
} from "../../../room/sanctions.ts";

/** A store in memory; `lifted` has the principals whose sanctions were deleted. */
class MemoryStore implements SanctionStore {
  readonly stored: Sanction[] = [];
  readonly lifted: string[] = [];
  /** Awaited before each deletion. */
  ready: Promise<void> = Promise.resolve();

  sanctions(): Promise<Sanction[]> {
    return Promise.resolve(this.stored);
  }

  saveSanction(): Promise<void> {
    return Promise.resolve();
  }

  async liftSanction({ principal }: Sanction): Promise<void> {
    await this.ready;
    this.lifted.push(principal);
  }
}

const NETWORK = "192.0.2.1";
const ban = (rest: Partial<Sanction> = {}): Sanction => ({
  ...{ kind: "ban", principal: NETWORK, name: "ann", by: "cy", reason: "", time: 0 },
  ...rest,
});

async function banned(...stored: Sanction[]) {
  const clock = { now: 0 };
  const store = new MemoryStore();
  store.stored.push(...stored);
  const sanctions = await Sanctions.open(store, () => clock.now);
  const words = (network = NETWORK) => {
    try {
      sanctions.check("ban", { key: undefined, network });
      return "";
    } catch (error) {
      return (error as ChatError).message;
    }
  };
  return Object.assign(clock, { store, sanctions, words });
}

Deno.test("Sanctions hold until their last moment, and after a restart", async () => {
  const bans = await banned(ban({ until: 60_000, reason: "spam" }), ban({ principal: "::/64" }));
  assertEquals([bans.words(), bans.words("::/64")], ["banned for 1 min: spam", "banned"]);
  bans.now = 59_999;
  assertEquals(bans.words().startsWith("banned for "), true);
  bans.now = 60_000;
  assertEquals([bans.words(), bans.words("::/64")], ["", "banned"]);
});

Deno.test("Sanctions that are lifted do not hold any more, and listeners learn of each change", async () => {
  const bans = await banned(ban());
  const changes: string[] = [];
  const listening = bans.sanctions.listen(({ sanction, lifted }) =>
    changes.push(`${sanction.principal} ${lifted === undefined ? "imposed" : "lifted"}`)
  );
  await bans.sanctions.lift(ban(), { by: "cy", reason: "", time: 1 });
  assertEquals([bans.words(), bans.store.lifted], ["", [NETWORK]]);
  await bans.sanctions.impose(ban());
  listening[Symbol.dispose]();
  await bans.sanctions.lift(ban(), { by: "cy", reason: "", time: 1 });
  assertEquals(changes, [`${NETWORK} lifted`, `${NETWORK} imposed`]);
});

Deno.test("Sanctions that have expired are deleted once, as often as that is asked for", async () => {
  const bans = await banned(ban({ until: 10 }), ban({ principal: "::/64" }));
  bans.now = 10;
  const deletes = Promise.withResolvers<void>();
  bans.store.ready = deletes.promise;
  const both = [bans.sanctions.dropExpired(), bans.sanctions.dropExpired()];
  deletes.resolve();
  await Promise.all(both);
  assertEquals([bans.store.lifted, bans.words("::/64")], [[NETWORK], "banned"]);
  await bans.sanctions.impose(ban({ until: 20 }));
  bans.now = 20;
  await bans.sanctions.dropExpired();
  assertEquals(bans.store.lifted, [NETWORK, NETWORK]);
});

Deno.test("a new sanction holds when the one before it expires while it is deleted", async () => {
  const bans = await banned(ban({ until: 10 }));
  bans.now = 10;
  const deletes = Promise.withResolvers<void>();
  bans.store.ready = deletes.promise;
  const dropped = bans.sanctions.dropExpired();
  await bans.sanctions.impose(ban({ until: 1_000 }));
  deletes.resolve();
  await dropped;
  assertEquals(bans.words().startsWith("banned for "), true);
});

Deno.test("Sanctions.find() and list() have only those that hold, by name and by principal", async () => {
  const bans = await banned(
    ban({ until: 10 }),
    ban({ principal: "::/64", name: "Bob", time: 1 }),
    ban({ principal: "192.0.2.2", name: "bob", time: 2 }),
  );
  bans.now = 10;
  const found = (name: string) => bans.sanctions.find("ban", name).map((each) => each.principal);
  assertEquals([found("BOB"), found("::/64"), found("ann"), found(NETWORK)], [
    ["::/64", "192.0.2.2"],
    ["::/64"],
    [],
    [],
  ]);
  assertEquals(bans.sanctions.list().map((each) => each.principal), ["192.0.2.2", "::/64"]);
});

Deno.test("longerSanction() never shortens one, and checkSanctionCount() bounds their number", () => {
  const [short, long, forever] = [ban({ until: 1 }), ban({ until: 2 }), ban()];
  const longer = [
    [short, undefined, short],
    [short, long, long],
    [long, short, long],
    [short, forever, forever],
    [forever, long, forever],
  ] as const;
  for (const [one, stored, expected] of longer) {
    assertEquals(longerSanction(one, stored), expected);
  }
  checkSanctionCount(10_000);
  const words = "There would be 10,001 bans and mutes: at most 10,000 are allowed";
  assertThrows(() => checkSanctionCount(10_001), ChatError, words);
});
