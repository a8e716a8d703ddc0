import type {
  Chat,
  ChatEvent,
  MoveOptions,
  OpenOptions,
  SayOptions,
  SearchEnd,
  ShownNote,
} from "../../../../client/chat.ts";
import { FrontEnd, type FrontEndOptions } from "../../../../client/conversation/front_end.ts";
import { PLAIN_VIEW } from "../../../../client/render/render.ts";
import { renderRow } from "../../../../client/render/row.ts";
import { ChatError } from "../../../../room/errors.ts";
import { people } from "../../../support/people.ts";
import { connected } from "./chat_events.ts";

const AT_ONCE: Promise<void> = Promise.resolve();

/** A server with rooms that the test runs: what happens in each, and what each refuses. */
export class FakeServer {
  /** The names that rooms refuse. */
  readonly refused = new Map<string, string>();
  /** The rooms that nobody may join. */
  readonly closed = new Set<string>();
  /** What was said: room, recipient and text. */
  readonly said: string[] = [];
  /** The changes of names, and the rooms where the newest notes were asked for again. */
  readonly moves: string[] = [];
  /** The positions that they came with. */
  readonly positions: (number | undefined)[] = [];
  /** The rooms that were joined besides the first. */
  readonly opened: string[] = [];
  /** Whether the chats in each room were left, the oldest first. */
  readonly signals = new Map<string, AbortSignal[]>();
  /** Resolves when the first room is connected. */
  arriving: Promise<void> = AT_ONCE;
  /** Resolves when the server accepts notes. */
  saying: Promise<void> = Promise.resolve();
  /** Resolves when a text that is not accepted is known not to be. */
  answering: Promise<void> = Promise.resolve();
  /** Resolves when the server answers joins. */
  opening: Promise<void> = Promise.resolve();
  /** Resolves when the server answers moves. */
  moving: Promise<void> = Promise.resolve();
  /** The note that each search finds, once the test has it. */
  readonly found = Promise.withResolvers<ShownNote>();
  readonly #rooms = new Map<string, (event: ChatEvent | ChatError) => void>();

  /** Joins a room. */
  join(room: string, signal: AbortSignal, name = "bob", arriving = AT_ONCE): Chat {
    const queue: (ChatEvent | ChatError)[] = [
      connected(0, { room, name, members: people([name]) }),
    ];
    let wake = () => {};
    this.#rooms.set(room, (event) => (queue.push(event), wake()));
    this.signals.set(room, [...this.signals.get(room) ?? [], signal]);
    signal.addEventListener("abort", () => wake());
    const left = signal;
    const unsupported = () => Promise.reject(new ChatError("unsupported", "not here"));
    return {
      async *events() {
        await arriving;
        while (!signal.aborted) {
          const event = queue.shift();
          if (event instanceof ChatError) throw event;
          if (event) yield event;
          else await new Promise<void>((resolve) => wake = resolve);
        }
      },
      say: (message: string, { to }: SayOptions = {}) => {
        this.said.push(`${room}${to === undefined ? "" : ` to ${to}`}: ${message}`);
        return untilLeft(this.saying, signal).then(
          () => 1,
          (error) => this.answering.then(() => Promise.reject(error)),
        );
      },
      leave: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
      rooms: () => {
        const rooms = ["lobby", "art"].map((name) => ({ name, members: 1, topic: "" }));
        return Promise.resolve({ rooms, more: 0 });
      },
      setTopic: unsupported,
      order: unsupported,
      search: () => this.#search(),
      open: async ({ room, signal = left }: OpenOptions) => {
        this.opened.push(room);
        await untilLeft(this.opening, signal);
        if (this.closed.has(room)) throw new ChatError("full", "there are too many rooms");
        return this.join(room, signal, name);
      },
      move: async ({ name: now = name, last, after, signal }: MoveOptions) => {
        this.moves.push(`${room}: ${last ?? now}`);
        this.positions.push(after?.seq);
        if (this.refused.get(room) === now) {
          throw new ChatError("taken", `name "${now}" is taken`);
        }
        await untilLeft(this.moving, signal);
        return this.join(room, signal, now);
      },
    };
  }

  async *#search(): AsyncGenerator<ShownNote, SearchEnd, void> {
    yield await this.found.promise;
    return { searched: 1, more: false };
  }

  /** Makes something happen in a room. */
  report(room: string, event: ChatEvent | ChatError): void {
    this.#rooms.get(room)!(event);
  }
}

/** Waits for a promise, unless a signal is aborted before. */
function untilLeft(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const left = Promise.withResolvers<void>();
  const leave = () => left.reject(new ChatError("unavailable", "left"));
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  return Promise.race([promise, left.promise]);
}

/** Bob in the lobby, and two more rooms out of view. */
export async function bob(server: FakeServer, more: Partial<FrontEndOptions> = {}) {
  const left = new AbortController();
  const shown: string[] = [];
  /** What the display was told besides: rings, texts given back, drafts of closed rooms. */
  const rung: string[] = [];
  const restored: string[] = [];
  const drafts = new Map<string, string>();
  let looked = () => {};
  const until = async (is: () => boolean) => {
    while (!is()) await new Promise<void>((resolve) => looked = resolve);
  };
  const options = { addresses: ["h:1"], bell: "off", quiet: false } as const;
  const chat = server.join("lobby", left.signal, "bob", server.arriving);
  const first = { chat, left, room: "lobby" };
  const moreRooms = more.moreRooms ?? ["dev", "ops"];
  const all = { ...options, ...more, moreRooms };
  const frontEnd: FrontEnd = new FrontEnd(first, all, {
    show: (rows) => {
      shown.push(...rows.flatMap((row) => renderRow(row, PLAIN_VIEW)));
      looked();
    },
    ring: ({ room }) => void rung.push(room),
    enter: ({ room }, rows) =>
      void shown.push(`in ${room}`, ...rows.flatMap((row) => renderRow(row, PLAIN_VIEW))),
    forget: ({ room }) => drafts.get(room) ?? "",
    clear: () => {},
    restore: (text) => restored.push(text) > 0,
    typed: () => "",
    update: () => looked(),
    header: ({ room }) => [room],
    close: () => frontEnd.leave(),
  });
  const ended = frontEnd.run();
  ended.catch(() => {}); // Each test awaits it.
  const names = () => frontEnd.openRooms.map(({ connected, room }) => connected ? room : "");
  const expected = ["lobby", ...moreRooms.filter((room) => !server.closed.has(room))];
  const arrived = until(() => names().join() === expected.join()).then(() => {
    if (server.closed.size === 0) shown.length = 0;
  });
  if (server.arriving === AT_ONCE) await arrived;
  return { frontEnd, shown, rung, restored, drafts, until, ended, arrived };
}
