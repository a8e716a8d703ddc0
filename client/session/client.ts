import { OwnNotes } from "./own_notes.ts";

/** A client, as the server recognizes it. All chats that replace one another are one client. */
export interface Client {
  /** A secret that shows the server that two sessions are of the same client. */
  readonly secret: string;
  /** The number of times that it has joined. */
  attempts: number;
  /**
   * The chat that was made last of those that replace one another. After an outage, an older one may
   * have joined after it, and so have replaced it.
   */
  newest?: object | undefined;
  /** What it has said. */
  readonly own: OwnNotes;
}

/** Makes a client with or without a key, which has not joined yet. */
export function newClient(hasKey: boolean): Client {
  return { secret: crypto.randomUUID(), attempts: 0, own: new OwnNotes(hasKey) };
}
