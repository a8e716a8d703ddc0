import type { Note } from "../room/note.ts";
import type { Person } from "../room/person.ts";
import type { Topic } from "../room/topic.ts";

/** A note as a chat shows it. A field is missing if the server does not report it. */
export interface ShownNote
  extends Omit<Note, "seq" | "time" | "author" | "reader">, Partial<Pick<Note, "seq" | "time">> {
  /**
   * Whether a private note went to the key that owned the recipient's name; missing if the server
   * does not report it.
   */
  readonly toVerified?: boolean;
  /**
   * True if we have said it: under a name that this chat has, or had before it moved, and with a key
   * if this chat has one. So notes of an earlier run of the program, and of our other sessions, are
   * our own as well. Without a key, so are those of others who had the name without a key. Missing
   * otherwise.
   */
  readonly own?: true;
  /**
   * True if it was posted before the chat was connected: before we joined, during an outage, or
   * while so much was unread that the chat had to connect again. Missing if it is new, or if the
   * server reports no positions.
   */
  readonly backlog?: true;
}

/** A position in a room, and the sequence of positions that it belongs to. */
export interface Position {
  /** The name of the sequence. Positions of different sequences cannot be compared. */
  readonly history: string;
  /** The position; 0 is before the first note. */
  readonly seq: number;
}

/** Notes of a room that are about to arrive. */
export interface Pending {
  /** The position of the first one. */
  readonly from: number;
  /** Their number, without private notes between others. */
  readonly count: number;
}

/** The server is connected, for the first time or again. */
export interface ConnectedEvent {
  /** Distinguishes this event from the others. */
  readonly type: "connected";
  /** The address of the server. */
  readonly address: string;
  /** The room as the server spells it. */
  readonly room: string;
  /** Our name as the server spells it. */
  readonly name: string;
  /**
   * The contract that the server speaks. The original one has one room, no members, and notes
   * without positions, times and kinds.
   */
  readonly contract: "session" | "original";
  /** Everybody in the room; empty if the server does not say. */
  readonly members: readonly Person[];
  /** The newest note of the room; missing if the server does not say. */
  readonly head?: Position;
  /**
   * The position before the first note to come, for `after` of {@linkcode JoinOptions}; missing if
   * the server does not say.
   */
  readonly position?: Position;
  /** The notes up to the head that are about to arrive; missing if the server does not say. */
  readonly pending?: Pending;
  /** True if the room does not exist yet, and the chat waits for it. */
  readonly awaited?: boolean;
  /** Whether we are an operator of the server; missing if the server does not say. */
  readonly operator?: boolean;
  /** The topic of the room, perhaps with an empty text; missing if the server keeps no topics. */
  readonly topic?: Topic;
}

/** Notes of everybody, one's own included: each once, and in the order of the room. */
export interface NotesEvent {
  /** Distinguishes this event from the others. */
  readonly type: "notes";
  /** The notes; at least one. */
  readonly notes: readonly ShownNote[];
  /**
   * The position of the last one. Keep it once the notes are handled: a later chat that joins
   * `after` it continues with the next note. Missing if the server does not say.
   */
  readonly position?: Position;
}

/** Notes are missing at this point, because the server has dropped them. */
export interface LostEvent {
  /** Distinguishes this event from the others. */
  readonly type: "lost";
  /** Their number. */
  readonly count: number;
  /** True if they are the oldest ones of a room that we have just joined: we have missed nothing. */
  readonly earlier?: boolean;
}

/** Somebody joined. */
export interface JoinedEvent extends Person {
  /** Distinguishes this event from the others. */
  readonly type: "joined";
}

/** Somebody left. */
export interface LeftEvent extends Person {
  /** Distinguishes this event from the others. */
  readonly type: "left";
  /** The reason, in words: `left`, `connection lost`, or what an operator did. */
  readonly reason: string;
}

/** Somebody changed their name. */
export interface RenamedEvent extends Person {
  /** Distinguishes this event from the others. */
  readonly type: "renamed";
  /** Their previous name. */
  readonly was: string;
}

/** The number of somebody's sessions changed. */
export interface SessionsEvent extends Person {
  /** Distinguishes this event from the others. */
  readonly type: "sessions";
}

/** Everybody in the room; replaces the previous list. */
export interface MembersEvent {
  /** Distinguishes this event from the others. */
  readonly type: "members";
  /** Everybody, in the order in which they joined. */
  readonly members: readonly Person[];
}

/** An operator has muted us. Older servers do not say so. */
export interface MutedEvent {
  /** Distinguishes this event from the others. */
  readonly type: "muted";
  /** The operator's name; empty if it is unknown. */
  readonly by: string;
  /** The reason; may be empty. */
  readonly reason: string;
  /** The length of the mute, in milliseconds; missing if it does not end. */
  readonly spanMs?: number;
}

/** An operator has lifted our mute. Older servers do not say so. */
export interface UnmutedEvent {
  /** Distinguishes this event from the others. */
  readonly type: "unmuted";
  /** The operator's name; empty if it is unknown. */
  readonly by: string;
}

/** Somebody set, removed, locked or unlocked the topic of the room. */
export interface TopicEvent {
  /** Distinguishes this event from the others. */
  readonly type: "topic";
  /** The topic as it is now. If it changed several times at once, only the newest one. */
  readonly topic: Topic;
}

/** The server is not reachable. The chat tries again by itself. */
export interface DisconnectedEvent {
  /** Distinguishes this event from the others. */
  readonly type: "disconnected";
  /** The address of the server. */
  readonly address: string;
  /** The reason, in words. */
  readonly reason: string;
  /** The wait before the next attempt, in milliseconds. */
  readonly retryMs: number;
  /** The address of the next attempt. */
  readonly next: string;
}

/** An event of a chat; `type` says which. Events come in the order in which to show them. */
export type ChatEvent =
  | ConnectedEvent
  | NotesEvent
  | LostEvent
  | JoinedEvent
  | LeftEvent
  | RenamedEvent
  | SessionsEvent
  | MembersEvent
  | MutedEvent
  | UnmutedEvent
  | TopicEvent
  | DisconnectedEvent;
