import type { OrderMessage, OutcomeInit } from "../../proto/mod.ts";
import { toWireSanction, toWireUnmute } from "../../proto/sanction.ts";
import { ChatError } from "../../room/errors.ts";
import { isKeyFingerprint } from "../../room/identity.ts";
import {
  checkDuration,
  checkReason,
  type ModerationAction,
  type OperatorAction,
  type Stat,
} from "../../room/moderation.ts";
import { UNIX } from "../../room/network.ts";
import { foldName, isSameName } from "../../room/note.ts";
import { parsePrincipal, principalId } from "../../room/principal.ts";
import {
  type Sanction,
  type SanctionChange,
  type SanctionKind,
  type Sanctions,
  STATES,
} from "../../room/sanctions.ts";
import type { Names } from "../../room/state/names.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import { formatDuration } from "../../text/duration.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { ModerationEvent, Report } from "../events/event.ts";
import { cutList } from "./cut_list.ts";
import type { Gate } from "./gate.ts";
import type { FoundSession, OtherServers } from "./other_servers.ts";
import { endSessionsIn, removalError } from "./removal.ts";
import type { OpenSession, Sessions } from "./sessions.ts";

/** The services that moderation uses. */
export interface ModerationOptions {
  /** The bans and mutes. */
  readonly sanctions: Sanctions;
  /** The names in use, and their owners. */
  readonly names: Names;
  readonly rooms: Pick<Rooms, "remove" | "spelling" | "changeTopic">;
  /** Knows the operators. */
  readonly gate: Gate;
  /** All open sessions. */
  readonly sessions: Sessions;
  /** The sessions of the other servers. Default: there are none. */
  readonly others?: OtherServers | undefined;
  /** Called for each action. */
  readonly report: Report;
  /** Returns the server's stats. */
  readonly stats: () => readonly Stat[];
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** A command that has been checked. */
interface CheckedCommand {
  readonly name: string;
  readonly reason: string;
  readonly spanMs: number;
  /** The operator, and the room that the command was sent from. */
  readonly by: Pick<OpenSession, "name" | "room"> & { readonly key: string };
}

/** A principal that a command acts on, and the name it goes with. */
type Target = Pick<Sanction, "name" | "principal">;

/**
 * Executes operators' commands: kicks, bans and mutes people, lifts sanctions, releases names,
 * removes rooms, and locks topics.
 */
export class Moderation {
  readonly #options: ModerationOptions;

  /** Creates the moderation service. */
  constructor(options: ModerationOptions) {
    this.#options = options;
    options.sanctions.listen((change) => this.#enforce(change));
  }

  /**
   * Executes a command. Returns the result in words, with the sanctions, stats or names it asked
   * for.
   *
   * @param action Undefined for a command that only newer servers know.
   * @throws {ChatError} `forbidden`, if the sender is not an operator, or the target is one;
   * `missing`, if no person and no room has the name; `taken`, if it would release a name in use;
   * `invalid`, if the command is not complete.
   */
  async execute(
    action: OperatorAction | undefined,
    { action: number, name, span_ms: spanMs, reason }: Omit<OrderMessage, "text">,
    { name: by, key, room }: Pick<OpenSession, "name" | "key" | "room">,
  ): Promise<OutcomeInit> {
    const operator = { name: by, room, key: this.#options.gate.checkOperator(key) };
    if (action === undefined) {
      throw new ChatError("unsupported", `This server does not support action ${number}`);
    }
    if (action === "list") return this.#list();
    if (action === "stats") {
      return { code: 0, words: "", figures: this.#options.stats() };
    }
    if (action === "names") return this.#listNames(name);
    const needsName = action !== "lock" && action !== "unlock";
    if (needsName && name === "") {
      throw new ChatError("invalid", "The command needs a name to act on");
    }
    checkReason(reason);
    checkDuration(spanMs);
    const command = { name, reason, spanMs, by: operator };
    return { code: 0, words: await this.#apply(action, command) };
  }

  async #apply(action: ModerationAction, command: CheckedCommand): Promise<string> {
    switch (action) {
      case "kick":
        return await this.#kick(command);
      case "ban":
      case "mute":
        return await this.#impose(action, command);
      case "unban":
        return await this.#lift("ban", command);
      case "unmute":
        return await this.#lift("mute", command);
      case "release":
        return await this.#release(command);
      case "remove":
        return await this.#remove(command);
      case "lock":
      case "unlock":
        return await this.#lock(action, command);
    }
  }

  #list(): OutcomeInit {
    const all = this.#options.sanctions.list();
    const { items, words } = cutList(all, (count) => `${formatNumber(count)} older`);
    return { code: 0, words, sanctions: items.map(toWireSanction) };
  }

  #listNames(pattern: string): OutcomeInit {
    const folded = foldName(pattern);
    const all = this.#options.names.list().filter(({ name, key }) =>
      foldName(name).includes(folded) || key.startsWith(pattern)
    );
    const { items: names, words } = cutList(all, (count) => formatCount(count, "other"));
    return { code: 0, words, names };
  }

  async #kick({ name, reason, by }: CheckedCommand): Promise<string> {
    const { room } = by;
    const isHere = (session: FoundSession) => isSameName(session.room, room);
    const elsewhere = (await this.#findElsewhere(name)).filter(isHere);
    const own = this.#options.sessions.find(name).filter(isHere);
    const sessions = [...own, ...elsewhere];
    if (sessions.length === 0) throw new ChatError("missing", `There is no "${name}" in this room`);
    for (const session of sessions) this.#spareOperators(name, principalId(session));
    const error = removalError("kicked", by, reason);
    for (const { end } of own) end(error);
    if (elsewhere.length > 0) {
      const ended = await this.#options.others?.kick(name, room, error) ?? 0;
      if (own.length + ended === 0) {
        throw new ChatError("unavailable", `Cannot kick "${name}": their server does not answer`);
      }
    }
    // Several people without a key may use the same name, as nobody owns it.
    for (const principal of new Set(sessions.map(principalId))) {
      const target = reported({ name: sessions[0]!.name, principal });
      this.#report({ type: "kick", ...target, room, reason }, by);
    }
    return `kicked "${sessions[0]!.name}"`;
  }

  async #impose(kind: SanctionKind, { name, reason, spanMs, by }: CheckedCommand): Promise<string> {
    const target = await this.#find(name, by.room);
    this.#spareOperators(name, target.principal);
    const time = this.#options.now();
    const until = spanMs > 0 ? { until: time + spanMs } : {};
    await this.#options.sanctions.impose({ kind, ...target, by: by.name, reason, time, ...until });
    this.#report({ type: kind, ...reported(target), ...until, reason }, by);
    const span = spanMs > 0 ? `for ${formatDuration(spanMs)}` : "forever";
    return `${STATES[kind]} ${describeTarget(target)} ${span}`;
  }

  /** Applies a change of sanctions to the sessions of this server, whichever server it comes from. */
  #enforce({ sanction, lifted }: SanctionChange): void {
    const { sessions } = this.#options;
    const { kind, principal, by, reason, time, until } = sanction;
    if (kind === "mute") {
      if (lifted === "expired") return; // Its end was part of the news.
      const news = lifted ? toWireUnmute(sanction, lifted) : toWireSanction(sanction);
      sessions.sendMute(principal, news);
    } else if (!lifted) {
      const span = until === undefined ? "" : ` for ${formatDuration(until - time)}`;
      const words = removalError(`${STATES.ban}${span}`, { name: by }, reason);
      sessions.end(words, (session) => principalId(session) === principal);
    }
  }

  async #lift(kind: SanctionKind, { name, reason, by }: CheckedCommand): Promise<string> {
    const { sanctions, now } = this.#options;
    const exact = parsePrincipal(name);
    const found = sanctions.find(kind, exact ?? name)
      .filter(({ principal }) => exact === undefined || principal === exact);
    if (found.length === 0) throw new ChatError("missing", `"${name}" is not ${STATES[kind]}`);
    for (const sanction of found) {
      await sanctions.lift(sanction, { by: by.name, reason, time: now() });
      this.#report({ type: `un${kind}`, ...reported(sanction), reason }, by);
    }
    return `no longer ${STATES[kind]}: ${found.map(describeTarget).join(", ")}`;
  }

  async #release({ name, reason, by }: CheckedCommand): Promise<string> {
    const { names } = this.#options;
    const owner = names.findOwner(name);
    if (owner === undefined) throw new ChatError("missing", `"${name}" has no owner`);
    if (owner !== by.key) this.#spareOperators(name, owner);
    await names.release(name);
    this.#report({ type: "release", name, whom: owner, reason }, by);
    return `released "${name}", which was owned by ${owner}`;
  }

  async #remove({ name, reason, by }: CheckedCommand): Promise<string> {
    const { rooms, sessions } = this.#options;
    const room = rooms.spelling(name);
    if (isSameName(room, by.room)) {
      const words = `Cannot remove room "${room}" from inside it: run the command in another room`;
      throw new ChatError("invalid", words);
    }
    const { message: words } = removalError(`room "${room}" removed`, by, reason);
    const notes = await rooms.remove(room, () => endSessionsIn(room, words, sessions), words);
    this.#report({ type: "remove", name: "", whom: "", room, reason }, by);
    return `removed room "${room}" with ${formatCount(notes, "note")}`;
  }

  async #lock(action: "lock" | "unlock", { reason, by }: CheckedCommand): Promise<string> {
    const locked = action === "lock";
    await this.#options.rooms.changeTopic(by.room, (current) => {
      const state = locked ? "locked already" : "not locked";
      if (current.locked === locked) throw new ChatError("invalid", `The topic is ${state}`);
      return { ...current, locked, lockedBy: by.name };
    });
    this.#report({ type: action, name: "", whom: "", room: by.room, reason }, by);
    return `${action}ed the topic of room "${by.room}"`;
  }

  /**
   * Finds the principal that a name refers to. A text in the form of a key or an address always
   * means that key or address, so that such a name cannot be used as a decoy. Otherwise it is the
   * session with the name in this room, its owner, or the session with the name in another room.
   *
   * @throws {ChatError} `missing`, if there is no such principal, or several.
   */
  async #find(name: string, room: string): Promise<Target> {
    const exact = parsePrincipal(name);
    if (exact !== undefined) return { name, principal: exact };
    const elsewhere = await this.#findElsewhere(name);
    const sessions = [...this.#options.sessions.find(name), ...elsewhere];
    const here = sessions.find((session) => isSameName(session.room, room));
    if (here) return { name: here.name, principal: principalId(here) };
    const owner = this.#options.names.findOwner(name);
    if (owner !== undefined) return { name, principal: owner };
    const found = new Set(sessions.map(principalId));
    if (found.size > 1) {
      throw new ChatError(
        "missing",
        `In other rooms ${found.size} people are "${name}": join one of the rooms`,
      );
    }
    for (const principal of found) return { name, principal };
    throw new ChatError("missing", `There is no "${name}", and the name has no owner`);
  }

  /** Returns the sessions on other servers; see {@linkcode Sessions.find}. */
  async #findElsewhere(name: string): Promise<FoundSession[]> {
    return await this.#options.others?.find(name) ?? [];
  }

  #report(
    { type, ...rest }: Omit<ModerationEvent, "by" | "key">,
    { name, key }: CheckedCommand["by"],
  ): void {
    this.#options.report({ type, by: name, key, ...rest });
  }

  /** Operators cannot act on one another: remove the other from the list first. */
  #spareOperators(name: string, principal: string): void {
    if (!this.#options.gate.isOperator(principal)) return;
    throw new ChatError("forbidden", `"${name}" is an operator`);
  }
}

function describeTarget({ name, principal }: Target): string {
  if (isKeyFingerprint(principal)) return name === principal ? name : `"${name}" (${principal})`;
  return `"${name}": all without a key from ${principal === UNIX ? "Unix sockets" : principal}`;
}

/** The target as the log of events names it. */
function reported({ name, principal }: Target): Pick<ModerationEvent, "name" | "whom"> {
  return { name, whom: principal };
}
