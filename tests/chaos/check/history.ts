/**
 * What happened in a run, as one list in the order in which it was seen: what each person posted,
 * how it was answered, what each reader received, and what the log has.
 *
 * This folder imports nothing of the program, so that a fault there cannot hide itself here.
 *
 * @module
 */

/** A note, as a reader or the log has it. */
export interface NoteSeen {
  readonly room: string;
  /** The position. */
  readonly seq: number;
  /** The author's name. */
  readonly name: string;
  readonly text: string;
  /** The recipient's name; missing for a note to everybody. */
  readonly to?: string | undefined;
  /** The time in the note, in milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A person has a name, or will have it: nobody else ever has it. */
export interface Named {
  readonly type: "named";
  readonly person: string;
  readonly name: string;
}

/** A person posts a note. No text is posted twice in a run. */
export interface Posted {
  readonly type: "posted";
  readonly person: string;
  readonly room: string;
  readonly text: string;
  /** The person for whom it is; missing for everybody. */
  readonly to?: string | undefined;
}

/** The server has acknowledged a post. */
export interface Accepted {
  readonly type: "accepted";
  readonly person: string;
  readonly room: string;
  readonly text: string;
  readonly seq: number;
}

/** The server has refused a post. */
export interface Refused {
  readonly type: "refused";
  readonly person: string;
  readonly room: string;
  readonly text: string;
  readonly reason: string;
  /** Whether it may be stored all the same: several servers do not always know. */
  readonly mayBeStored?: boolean;
}

/** A reader begins with a room. One reader lives through many connections. */
export interface Opened {
  readonly type: "opened";
  readonly reader: string;
  readonly room: string;
  /** The person who reads; missing for somebody unknown. */
  readonly person?: string | undefined;
  /** Where it asked to start: after this position, or undefined where the server sees fit. */
  readonly after?: number | undefined;
  /** The number of the newest notes with which it asked to start; missing if it did not. */
  readonly last?: number | undefined;
  /** Whether its server may be behind another one, so that it lacks what others have seen. */
  readonly mayLag?: boolean;
}

/** The server announces to a reader what it is about to send, without notes for others. */
export interface Announced {
  readonly type: "announced";
  readonly reader: string;
  /** The position of the first note. */
  readonly from: number;
  readonly count: number;
  /** The newest position. */
  readonly head: number;
}

/** A reader receives a note. */
export interface Received extends NoteSeen {
  readonly type: "received";
  readonly reader: string;
}

/** A reader is told that notes are gone at this place. */
export interface ToldLost {
  readonly type: "told lost";
  readonly reader: string;
  readonly count: number;
}

/** A reader leaves. */
export interface Closed {
  readonly type: "closed";
  readonly reader: string;
  /** It should have everything up to this position; missing if it left at any moment. */
  readonly head?: number | undefined;
}

/** A chat ended that nobody had left. */
export interface Ended {
  readonly type: "ended";
  readonly reader: string;
  readonly reason: string;
}

/** A person is gone for good: their last posts may remain without an answer. */
export interface Vanished {
  readonly type: "vanished";
  readonly person: string;
}

/** Something is broken on purpose. */
export interface Broken {
  readonly type: "fault";
  readonly kind: string;
}

/** A person asks to set the topic of a room. No text is asked for twice in a room. */
export interface TopicAsked {
  readonly type: "topic asked";
  readonly person: string;
  readonly room: string;
  readonly text: string;
}

/** The server's answer to it. */
export interface TopicAnswered {
  readonly type: "topic set" | "topic refused";
  readonly person: string;
  readonly room: string;
  readonly text: string;
}

/** A reader sees the topic of its room. */
export interface TopicSeen {
  readonly type: "topic seen";
  readonly reader: string;
  readonly room: string;
  /** Empty if there is none. */
  readonly text: string;
  /** Whether this is the end: nobody sets a topic any more. */
  readonly isLast?: boolean;
}

/** The topic of a room in the file after the end; empty if there is none. */
export interface TopicLogged {
  readonly type: "topic logged";
  readonly room: string;
  readonly text: string;
}

/** An operator has locked the topic of a room, or asks to unlock it. */
export interface TopicLock {
  readonly type: "topic locked" | "unlocking topic";
  readonly room: string;
  /** The operator, who may set it nevertheless. */
  readonly person: string;
}

/** A person has been muted for all that they post from here on, or an operator asks to end that. */
export interface Mute {
  readonly type: "muted" | "unmuting";
  readonly person: string;
}

/** Somebody begins to search a room for the notes that have a word. */
export interface SearchBegun {
  readonly type: "search";
  readonly search: string;
  readonly room: string;
  /** Missing for somebody unknown. */
  readonly person?: string | undefined;
  readonly word: string;
  /** As in {@linkcode Opened}. */
  readonly mayLag?: boolean;
}

/** A search finds a note. */
export interface Found extends NoteSeen {
  readonly type: "found";
  readonly search: string;
}

/** A search ends; one that was cut off has no end. */
export interface SearchEnded {
  readonly type: "search ended";
  readonly search: string;
  /** The oldest position that it looked at. */
  readonly searched: number;
}

/** A note in the log, read from its file after the end. */
export interface Logged extends NoteSeen {
  readonly type: "logged";
}

/** The log of a room ends here; all its notes came before. */
export interface LogRead {
  readonly type: "log read";
  readonly room: string;
  /** The oldest position that it has; `head + 1` if it has none. */
  readonly first: number;
  /** The newest position ever assigned. */
  readonly head: number;
}

/** Anything that happened; `type` says what. */
export type Happening =
  | Named
  | Posted
  | Accepted
  | Refused
  | Opened
  | Announced
  | Received
  | ToldLost
  | Closed
  | Ended
  | Vanished
  | Broken
  | TopicAsked
  | TopicAnswered
  | TopicSeen
  | TopicLogged
  | TopicLock
  | Mute
  | SearchBegun
  | Found
  | SearchEnded
  | Logged
  | LogRead;
