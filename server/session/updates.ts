import type { Buffer } from "node:buffer";
import type { RosterInit, SanctionInit } from "../../proto/mod.ts";
import type { Room } from "../../room/state/room.ts";
import type { Segment } from "../../room/state/segment.ts";
import type { Topic } from "../../room/topic.ts";
import {
  encode,
  encodeChanges,
  encodeNotes,
  encodeTopic,
  toRosterMessage,
} from "../server_frame.ts";

/** The dependencies of updates. */
export interface UpdatesOptions {
  readonly room: Room;
  /** The position of the first note to send. */
  readonly start: number;
  /** The identity whose private notes the peer reads; undefined for a guest who is in no roster. */
  readonly identity: string | undefined;
  /** Called with the number of notes in a frame. */
  readonly delivered: (notes: number) => void;
}

/** What a peer has not received of its room: changes of the roster, mutes, the topic, and notes. */
export class Updates {
  readonly #options: UpdatesOptions;
  /** The next note to write. */
  #next: number;
  /** The version of the roster that the peer has. */
  #rosterVersion = 0;
  /** News of mutes that are due. */
  readonly #mutes: SanctionInit[] = [];
  /** The topic that the peer has. */
  #topic: Topic | undefined;

  constructor(options: UpdatesOptions) {
    this.#options = options;
    this.#next = options.start;
  }

  /** The position of the next note to write. */
  get next(): number {
    return this.#next;
  }

  /** Adds news of a mute. */
  addMute(mute: SanctionInit): void {
    this.#mutes.push(mute);
  }

  /** Returns the whole roster, to which later changes are relative. */
  roster(): RosterInit {
    const { roster } = this.#options.room;
    this.#rosterVersion = roster.version;
    return toRosterMessage(roster);
  }

  /** Returns the topic, which the peer has from now on. */
  topic(): Topic {
    return this.#topic = this.#options.room.topic;
  }

  /** Counts the notes up to `head` that the peer may see; undefined if they cannot be counted. */
  count(head: number): Promise<number | undefined> {
    const { room, identity } = this.#options;
    return room.visible.count(this.#next, head + 1, identity);
  }

  /** Removes all news but notes, and returns them as parts of a frame. */
  encodeNews(): Buffer[] {
    return [...this.#encodeRosterChanges(), ...this.#encodeMutes(), ...this.#encodeTopic()];
  }

  #encodeRosterChanges(): Buffer[] {
    const { roster } = this.#options.room;
    if (roster.version === this.#rosterVersion) return [];
    const changes = roster.changesSince(this.#rosterVersion);
    this.#rosterVersion = roster.version;
    return [changes ? encodeChanges(changes) : encode({ roster: toRosterMessage(roster) })];
  }

  #encodeMutes(): Buffer[] {
    return this.#mutes.length > 0 ? [encode({ mutes: this.#mutes.splice(0) })] : [];
  }

  #encodeTopic(): Buffer[] {
    return this.#topic === this.#options.room.topic ? [] : [encodeTopic(this.topic())];
  }

  /** Goes on after the notes of `segment`, and returns them as parts of a frame. */
  encodeNotes(segment: Segment): Buffer[] | Promise<Buffer[]> {
    const { identity, delivered } = this.#options;
    const next = this.#next;
    this.#next = segment.end;
    const notes = segment.notesFor(identity);
    delivered(notes.length);
    const parts = notes.length > 0 ? [encodeNotes(notes)] : [];
    return segment.start > next ? this.#encodeLost(next, segment.start, parts) : parts;
  }

  /**
   * Prepends to `parts` the number of lost notes that the peer could have seen, if there are any.
   */
  async #encodeLost(from: number, to: number, parts: Buffer[]): Promise<Buffer[]> {
    const { room, identity } = this.#options;
    // A log remembers at most 5,000 dropped private notes, so they can always be counted.
    const lost = await room.visible.count(from, to, identity) ?? 0;
    return lost > 0 ? [encode({ lost }), ...parts] : parts;
  }
}
