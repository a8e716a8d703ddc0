/** A person in a room: all sessions of one key under one name, or one session without a key. */
export interface Person {
  /** The name in use. */
  readonly name: string;
  /** Whether the person has proven to own the name. */
  readonly verified: boolean;
  /** The number of sessions in the room. */
  readonly sessions: number;
}
