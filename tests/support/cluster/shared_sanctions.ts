import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Sanction, SanctionChange } from "../../../room/sanctions.ts";
import { Gate } from "../../../server/access/gate.ts";
import { Moderation } from "../../../server/access/moderation.ts";
import { endSessionsIn } from "../../../server/access/removal.ts";
import { Sessions } from "../../../server/access/sessions.ts";
import { toWireAction } from "../../../proto/enums.ts";
import type { ModerationAction } from "../../../room/moderation.ts";
import type { RegisterTest } from "../stores/register.ts";
import {
  type OpenServer,
  settle,
  type StartCluster,
  type TestServer,
  withServers,
} from "./shared_store.ts";

const ANN = "SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const EVE = { key: undefined, network: "10.0.0.1" };
const BAN: Sanction = {
  ...{ kind: "ban", principal: EVE.network, name: "eve", by: "ann", reason: "spam", time: 7 },
};

/** A server with a session of eve in the room "dev". */
interface ModeratedServer extends TestServer {
  /** Why the session was ended, and the news of mutes that it was sent. */
  readonly heard: unknown[];
  /** Executes a command of an operator, ann. */
  readonly execute: (action: ModerationAction, name: string, spanMs?: number) => Promise<string>;
}

async function moderated(open: OpenServer): Promise<ModeratedServer> {
  const sessions = new Sessions();
  const server = await open({
    rooms: { onRemoved: (room, words) => endSessionsIn(room, words, sessions) },
  });
  const heard: unknown[] = [];
  sessions.add({
    ...{ ...EVE, name: "eve", room: "dev", address: EVE.network, knowsPassword: false },
    progress: () => ({ next: 1, behind: 0 }),
    sendMute: (news) => heard.push(news),
    end: ({ code, message }) => heard.push(`${code}: ${message}`),
  });
  const gate = await Gate.create({ operators: ANN });
  const parts = { ...server, gate, sessions, report: () => {}, stats: () => [], now: () => 7 };
  const moderation = new Moderation(parts);
  const execute = async (action: ModerationAction, name: string, spanMs = 0) => {
    const order = { action: toWireAction(action), name, reason: "spam", span_ms: spanMs };
    const sender = { name: "ann", key: ANN, room: "lobby" };
    const { words } = await moderation.execute(action, order, sender);
    return words ?? "";
  };
  return { ...server, heard, execute };
}

/** Tests sanctions, and what operators do, on several servers of a cluster. */
export function testSharedSanctions(
  cluster: string,
  start: StartCluster,
  register: RegisterTest = Deno.test,
): void {
  const test = (
    behavior: string,
    body: (a: ModeratedServer, b: ModeratedServer, open: OpenServer) => Promise<void>,
  ) =>
    register(
      `Moderation on two servers on ${cluster} ${behavior}`,
      () =>
        withServers(start, async (open) => {
          await body(await moderated(open), await moderated(open), open);
        }),
    );

  test("ends the sessions of a banned person on both, with the same words", async (a, b) => {
    await a.execute("ban", "eve", 60_000);
    await settle(a, b);
    assertEquals(b.heard, ["forbidden: banned for 1 min by ann: spam"]);
    assertEquals(a.heard, b.heard);
    for (const { sanctions } of [a, b]) {
      assertThrows(() => sanctions.check("ban", EVE), ChatError, "banned for 1 min: spam");
    }
  });

  test("tells of a mute and its end on both, with the same words", async (a, b) => {
    await a.execute("mute", "eve");
    await settle(a, b);
    assertThrows(() => b.sanctions.check("mute", EVE), ChatError, "muted: spam");
    await b.execute("unmute", "eve");
    await settle(a, b);
    a.sanctions.check("mute", EVE);
    const by = { name: "eve", whom: EVE.network, by: "ann", reason: "spam", time: 7, until: 0 };
    assertEquals(b.heard, [
      { ...by, action: toWireAction("mute") },
      { ...by, action: toWireAction("unmute") },
    ]);
    assertEquals(a.heard, b.heard);
  });

  test("removes a room with its sessions on both", async (a, b) => {
    using use = await a.rooms.use("dev", () => {});
    await use.room.post([{ id: "", name: "ann", message: "1", kind: "said" }]);
    await settle(a, b);
    using other = await b.rooms.use("dev", "refuse");
    assertEquals(await a.execute("remove", "dev"), 'removed room "dev" with 1 note');
    await settle(a, b);
    const dropped = 'forbidden: room "dev" removed by ann: spam';
    await new Promise((resolve) => setImmediate(resolve));
    assertEquals([a.heard, b.heard], [[dropped], [dropped]]);
    assertEquals([a.rooms.has("dev"), b.rooms.has("dev")], [false, false]);
    using again = await b.rooms.use("dev", () => {});
    assertEquals(again.room.history === other.room.history, false);
  });

  test("keeps a ban that replaces one that has expired", async (a, b) => {
    const heard: SanctionChange[] = [];
    const expired = { ...BAN, until: 9 };
    await a.sanctions.impose(expired);
    await settle(a, b);
    b.sanctions.listen((change) => heard.push(change));
    const renewed = { ...BAN, until: 90 };
    await a.sanctions.impose(renewed);
    await b.sanctions.lift(expired); // As when it is found expired before this one is heard of.
    await settle(a, b);
    assertEquals([a.sanctions.list(), b.sanctions.list()], [[renewed], [renewed]]);
    assertEquals(await b.store.sanctions(), [renewed]);
  });

  test("imposes a ban, and starts, before expired ones are deleted", async (_a, _b, open) => {
    let now = 7;
    const { engine, sanctions, store } = await open({ names: { now: () => now } });
    for (const principal of ["1", "2", "3"]) {
      await sanctions.impose({ ...BAN, principal, until: 9 });
    }
    now = 9;
    const before = engine.journals.state.seen;
    await sanctions.impose(BAN);
    const other = await open({ names: { now: () => now } });
    assertEquals(engine.journals.state.seen, before + 1);
    await Promise.all([sanctions, other.sanctions].map((each) => each.dropExpired()));
    assertEquals(await store.sanctions(), [BAN]);
  });

  test("knows all sanctions after a restart", async (a, b, open) => {
    await a.sanctions.impose(BAN);
    await b.sanctions.impose({ ...BAN, kind: "mute" });
    await b.sanctions.impose({ ...BAN, principal: "10.0.0.2" });
    await a.sanctions.lift(BAN, { by: "ann", reason: "", time: 8 });
    const { sanctions } = await open();
    assertEquals(sanctions.list().map(({ kind, principal }) => `${kind} ${principal}`).toSorted(), [
      "ban 10.0.0.2",
      "mute 10.0.0.1",
    ]);
  });
}
