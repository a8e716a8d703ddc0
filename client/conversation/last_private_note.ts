import { ChatError } from "../../room/errors.ts";
import { displayName, escapeName } from "../../room/note.ts";
import { replyText } from "./commands/talk.ts";
import {
  type Correspondent,
  recipientOf,
  showCorrespondent,
  type Whereabouts,
} from "./correspondent.ts";

/** A private note to the person, as far as an answer needs it. */
export interface PrivateNote {
  /** The author. */
  readonly author: Correspondent;
  /** When the server accepted it, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** Its position in the room. */
  readonly seq: number;
  /** Whether it was posted after the person came. */
  readonly live: boolean;
}

/** A room in which private notes arrive. */
export interface NoteRoom {
  /** Its name. */
  readonly room: string;
  /** The people there. */
  readonly transcript: Whereabouts;
}

/** What {@linkcode LastPrivateNote} knows of the rooms. */
export interface LastPrivateNoteOptions<Room extends NoteRoom> {
  /** Returns the open rooms. */
  rooms(): readonly Room[];
  /** Returns the line begun in a room. */
  typed(room: Room): string;
}

interface Received<Room> extends PrivateNote {
  readonly room: Room;
}

/** An answer that was being typed when somebody else wrote. */
interface Overtaken<Room> {
  /** The note that is being answered. */
  readonly note: Received<Room>;
  /** The begin of the answer. */
  readonly text: string;
}

/** The last private note of all rooms, which `/reply` answers. */
export class LastPrivateNote<Room extends NoteRoom> {
  readonly #options: LastPrivateNoteOptions<Room>;
  #last: Received<Room> | undefined;
  /** By the room in which the answer is being typed. */
  readonly #overtaken = new WeakMap<Room, Overtaken<Room>>();

  /** Begins without a note. */
  constructor(options: LastPrivateNoteOptions<Room>) {
    this.#options = options;
  }

  /** Records a private note. One of the history is ignored, unless it is newer than the last one. */
  hear(note: PrivateNote, room: Room): void {
    const received = { ...note, room };
    const last = this.#last;
    if (last && !note.live && !isNewer(received, last)) return;
    this.#last = received;
    if (last && !isSamePerson(received, last)) this.#overtake(last);
  }

  /**
   * Returns the recipient of an answer that is typed in the room `from`, and the room where the
   * note came, which is where they get it.
   *
   * @throws {ChatError} `missing`, if there is no note, its room is not open any more, or its author
   * may be somebody else by now; `invalid`, once, if somebody else has written while the answer was
   * being typed.
   */
  answer(text: string, from: Room): { readonly to: string; readonly room: Room } {
    const overtaken = this.#overtaken.get(from);
    this.#overtaken.delete(from);
    const last = this.#last;
    if (!last) throw new ChatError("missing", "Nobody has written to you privately");
    const { author, room } = last;
    if (overtaken && text.startsWith(overtaken.text)) {
      const [now, before] = [author, overtaken.note.author].map(displayName);
      const how = `Enter answers ${now}, /msg ${before} the other`;
      throw new ChatError("invalid", `${now} wrote while you were answering ${before}: ${how}`);
    }
    if (!this.#options.rooms().includes(room)) {
      const name = escapeName(room.room);
      const what = `${displayName(author)} wrote to you in ${name}, which is not open any more`;
      throw new ChatError("missing", `${what}: /join ${name} opens it`);
    }
    return { to: recipientOf(author, room.transcript), room };
  }

  /** Every answer that is being typed is meant for the author before. */
  #overtake(note: Received<Room>): void {
    for (const room of this.#options.rooms()) {
      const text = replyText(this.#options.typed(room));
      if (text !== undefined && !this.#overtaken.has(room)) {
        this.#overtaken.set(room, { note, text });
      }
    }
  }
}

function isNewer<Room>(note: Received<Room>, last: Received<Room>): boolean {
  if (note.time !== last.time) return note.time > last.time;
  // A room that was left and joined again shows the note once more, and is the one that is open.
  return note.room !== last.room || note.seq > last.seq;
}

/** Whether two notes are of one person. In two rooms, only a key tells. */
function isSamePerson<Room extends NoteRoom>(a: Received<Room>, b: Received<Room>): boolean {
  const isKnown = a.room === b.room || (a.author.verified === true && b.author.verified === true);
  const [one, other] = [a, b].map(({ author, room }) => showCorrespondent(author, room.transcript));
  return isKnown && one === other;
}
