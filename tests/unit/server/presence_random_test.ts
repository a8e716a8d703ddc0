import { assertEquals } from "@std/assert";
import { foldName } from "../../../room/note.ts";
import { Roster, type RosterSession } from "../../../room/state/roster.ts";
import type { EnteredSession } from "../../../room/state/shared_rosters.ts";
import type { Entry } from "../../../server/cluster/engine.ts";
import {
  encodeEvent,
  type JournalLost,
  type PresenceEvent,
} from "../../../server/cluster/presence/presence_event.ts";
import { MemoryCluster } from "../../support/cluster/memory_engine.ts";
import {
  settle,
  startPresence,
  type TestPresence,
  type TestSession,
  testSession,
} from "../../support/cluster/presences.ts";
import { type Random, random } from "../../support/random.ts";

const ROOMS = ["lobby", "Tea"];
const NAMES = ["ann", "Ann", "anna", "bob", "b0b", "cid", "rn", "m"];
const MAX_MEMBERS = 6;

/** What a room looks like: its people in order, with the identities that their names have. */
function view(roster: Roster): string[] {
  return roster.people().map(({ name, sessions }) =>
    `${name} (${sessions}): ${roster.findIdentity(name)}`
  );
}

/** Plain rosters that are fed with all entries of the journal in order. */
class Reference {
  readonly #rosters = new Map(ROOMS.map((room) => [room, new Roster(MAX_MEMBERS, () => {})]));
  readonly #sessions = new Map<string, { session: RosterSession; room: string }>();
  readonly #gone = new Set<string>();

  readonly apply = ({ key, data }: Entry): void => {
    if (key !== "event") return;
    const event: Exclude<PresenceEvent, JournalLost> = JSON.parse(new TextDecoder().decode(data));
    if (event.type === "gone") {
      this.#gone.add(event.server);
      for (const id of [...this.#sessions.keys()]) {
        if (id.startsWith(event.server)) this.#leave(id);
      }
      return;
    }
    const id = `${event.server} ${event.session}`;
    if (event.type === "leave") return this.#leave(id);
    if (event.unlisted || this.#gone.has(event.server) || this.#sessions.has(id)) return;
    const session = { ...event, end: () => void this.#sessions.delete(of(session)) };
    const of = (one: RosterSession) =>
      [...this.#sessions].find(([, { session }]) => session === one)![0];
    try {
      this.#rosters.get(event.room)!.join(session);
      this.#sessions.set(id, { session, room: event.room });
    } catch { /* Refused. */ }
  };

  #leave(id: string): void {
    const found = this.#sessions.get(id);
    if (!found) return;
    this.#sessions.delete(id);
    this.#rosters.get(found.room)!.leave(found.session, "left");
  }

  view(): string[][] {
    return ROOMS.map((room) => view(this.#rosters.get(room)!));
  }
}

/** A session that a server has let in. */
interface Entered {
  readonly session: TestSession;
  readonly room: string;
  readonly entered: EnteredSession;
}

/** Does random things on random servers. */
class Actors {
  readonly #random: Random;
  readonly #cluster: MemoryCluster;
  readonly #servers: readonly TestPresence[];
  readonly #joining = new Set<Promise<void>>();
  entered: Entered[] = [];
  /** The codes of the errors that refused joins. */
  readonly refused = new Set<string>();
  #clients = 0;

  constructor(random: Random, cluster: MemoryCluster, servers: readonly TestPresence[]) {
    this.#random = random;
    this.#cluster = cluster;
    this.#servers = servers;
  }

  act(): void {
    const { below, pick } = this.#random;
    const server = pick(this.#servers);
    const one = this.entered.length > 0 ? pick(this.entered) : undefined;
    const what = below(20);
    if (what < 8) this.#join(server, this.#newSession(), pick(ROOMS));
    else if (what < 11 && one) this.#join(server, this.#comeBack(one.session), one.room);
    else if (what < 15 && one) this.#leave(one);
    else if (what < 17) server.engine.journals.presence.pause();
    else if (what < 18) server.engine.journals.presence.resume();
    else if (what < 19) server.engine.journals.presence.resumeLate();
    else this.#fail(server.presence.id);
  }

  /** Waits until every join has its answer. */
  async finish(): Promise<void> {
    for (const { engine } of this.#servers) engine.journals.presence.resumeLate();
    while (this.#joining.size > 0) await Promise.all(this.#joining);
  }

  #newSession(): TestSession {
    const { below, pick } = this.#random;
    const key = below(2) > 0 ? `SHA256:${below(4)}` : undefined;
    const client = `client ${++this.#clients}`;
    const guest = key === undefined ? `guest ${this.#clients}` : undefined;
    return testSession(pick(NAMES), { key, guest, client, unlisted: below(8) === 0 });
  }

  /** The same client again: later or, delayed, earlier; with the same name or another. */
  #comeBack({ name, key, guest, client, attempt }: TestSession): TestSession {
    const { below, pick } = this.#random;
    const again = attempt + 1 - below(2);
    return testSession(pick([name, ...NAMES]), { key, guest, client, attempt: again });
  }

  #join(server: TestPresence, session: TestSession, room: string): void {
    const joining = server.join(session, room).then(
      (entered) => void this.entered.push({ session, room, entered }),
      (error) => void this.refused.add(error.code),
    ).finally(() => this.#joining.delete(joining));
    this.#joining.add(joining);
  }

  #leave(one: Entered): void {
    this.entered = this.entered.filter((each) => each !== one);
    one.entered.leave("left");
  }

  #fail(server: string): void {
    const { below, pick } = this.#random;
    if (below(3) > 0) {
      this.#cluster.fail("presence", pick(["stored, not answered", "not stored, not answered"]));
    } else {
      const gone = encodeEvent({ type: "gone", server });
      // By another server, or by none of them, if this meets a fault.
      void pick(this.#servers).engine.journals.presence.append("event", gone).catch(() => {});
    }
  }
}

function views({ presence }: TestPresence): string[][] {
  return ROOMS.map((room) => {
    using open = presence.open(foldName(room), () => {});
    return view(open.roster);
  });
}

for (let seed = 1; seed <= 30; seed++) {
  Deno.test(`rosters are the same on all servers, whatever happens: seed ${seed}`, async () => {
    const chance = random(seed);
    const cluster = new MemoryCluster();
    await using observer = cluster.connect();
    const reference = new Reference();
    using _listening = observer.journals.presence.listen(reference.apply);
    const start = () => startPresence(cluster, { maxMembers: MAX_MEMBERS, snapshotEvery: 15 });
    await using one = await start();
    await using two = await start();
    await using three = await start();
    const actors = new Actors(chance, cluster, [one, two, three]);
    for (let step = 0; step < 150; step++) {
      actors.act();
      if (chance.below(3) === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    await actors.finish();
    // None has waited until its time was up.
    assertEquals(actors.refused.has("unavailable"), false);
    await settle(one, two, three);
    await using late = await start();
    const all = [one, two, three, late];
    const expected = reference.view();
    for (const server of all) assertEquals(views(server), expected);
    // Nobody is in a roster whose session has ended, and nobody is missing.
    const here = actors.entered.filter(({ session: { ended } }) => ended.length === 0);
    const listed = here.filter(({ session }) => !session.unlisted);
    const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);
    const shown = sum(expected.flat().map((line) => Number(/\((\d+)\): /.exec(line)![1])));
    assertEquals(shown, listed.length);
    for (const { entered } of here) entered.leave("left");
    await settle(...all);
    for (const server of all) {
      assertEquals([views(server), server.presence.occupied().size], [[[], []], 0]);
    }
  });
}
