import type { ChatError } from "../../../room/errors.ts";
import type { EnteredSession } from "../../../room/state/shared_rosters.ts";
import { Presence, type PresenceOptions } from "../../../server/cluster/presence/presence.ts";
import type { MemoryCluster, MemoryEngine } from "./memory_engine.ts";

/** A session of a test. */
export interface TestSession {
  readonly name: string;
  readonly key?: string | undefined;
  readonly guest?: string | undefined;
  readonly client: string;
  readonly attempt: number;
  readonly unlisted: boolean;
  /** The codes of the errors that ended it. */
  readonly ended: string[];
  readonly end: (reason: ChatError) => void;
}

/** Returns a session; without more, that of a guest. */
export function testSession(name: string, more: Partial<TestSession> = {}): TestSession {
  const ended: string[] = [];
  const end = (reason: ChatError) => void ended.push(reason.code);
  const guest = more.key === undefined ? `guest ${name}` : undefined;
  return {
    name,
    guest,
    client: `secret of ${name}`,
    attempt: 0,
    unlisted: false,
    ended,
    end,
    ...more,
  };
}

/** The presence of a server on an engine in memory. */
export interface TestPresence extends AsyncDisposable {
  readonly engine: MemoryEngine;
  readonly presence: Presence;
  readonly errors: unknown[];
  /** Joins the lobby, or another room. */
  join(session: TestSession, room?: string): Promise<EnteredSession>;
  /** Returns the names in a room, in order. */
  names(room?: string): string[];
}

/** Starts a server's presence. Its heartbeats beat only by hand. */
export async function startPresence(
  cluster: MemoryCluster,
  options: Partial<PresenceOptions> = {},
): Promise<TestPresence> {
  const engine = cluster.connect();
  const errors: unknown[] = [];
  const presence = await Presence.open({
    ...{
      engine,
      maxMembers: 9,
      hashKey: new TextEncoder().encode("chat"),
      now: () => 0,
      retryMs: 0,
    },
    onError: (error) => void errors.push(error),
    ...options,
  });
  return {
    ...{ engine, presence, errors },
    join: (session, room = "lobby") => presence.join(room, session, new AbortController().signal),
    names: (room = "lobby") => {
      using open = presence.open(room, () => {});
      return open.roster.people().map(({ name, sessions }) =>
        sessions > 1 ? `${name} (${sessions})` : name
      );
    },
    [Symbol.asyncDispose]: async () => {
      await presence[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

/** Waits until no server has anything to append, and all have applied everything. */
export async function settle(...servers: readonly Pick<TestPresence, "engine">[]): Promise<void> {
  const seen = () => servers.map(({ engine }) => engine.journals.presence.seen).join();
  for (let before = "", same = 0; same < 3;) {
    await new Promise((resolve) => setTimeout(resolve));
    same = before === seen() ? same + 1 : 0;
    before = seen();
  }
}
