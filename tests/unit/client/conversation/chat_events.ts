import type { ChatEvent, ShownNote } from "../../../../client/chat.ts";
import { renderHeader } from "../../../../client/render/header.ts";
import type { View } from "../../../../client/render/render.ts";
import { renderRow } from "../../../../client/render/row.ts";
import { PLAIN } from "../../../../client/render/style.ts";
import { Transcript, type TranscriptOptions } from "../../../../client/conversation/transcript.ts";
import { people, person } from "../../../support/people.ts";

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
/** Sunday, in the zone of these tests, which is UTC. */
export const NOON = Date.UTC(2026, 10, 22, 12, 0);

/** The display of these tests. */
const VIEW = { time: "off", style: PLAIN, zone: () => 0 } as const;

/** A transcript of bob's, whose clock shows Sunday noon by default. */
export function transcript(options: Partial<TranscriptOptions> = {}): Transcript {
  return new Transcript({
    zone: VIEW.zone,
    now: () => NOON,
    header: (event) => renderHeader(event, 80),
    ...options,
  });
}

export type Connected = Extract<ChatEvent, { type: "connected" }>;

export function connected(seq: number, rest: Partial<Connected> = {}): Connected {
  return {
    type: "connected",
    address: "h:1",
    room: "lobby",
    name: "bob",
    contract: "session",
    members: people(["ann", "bob"]),
    head: { history: "h1", seq },
    ...rest,
  };
}

/** The same, and the number of notes to come, from a position on. */
export function coming(seq: number, from: number, count: number): Connected {
  return connected(seq, { pending: { from, count } });
}

/** The description of the original contract. */
export const ORIGINAL: Connected = {
  type: "connected",
  address: "h:1",
  room: "lobby",
  name: "bob",
  contract: "original",
  members: [],
};

export function note(seq: number, rest: Partial<ShownNote> = {}): ShownNote {
  return { name: "ann", message: `note ${seq}`, kind: "said", seq, time: NOON, ...rest };
}

export function notes(...notes: ShownNote[]): ChatEvent {
  return { type: "notes", notes };
}

export function lost(reason: string): ChatEvent {
  return { type: "disconnected", address: "h:1", reason, retryMs: 1_500, next: "h:1" };
}

export const joined = (name: string): ChatEvent => ({ type: "joined", ...person(name) });
export const left = (name: string, reason = "left"): ChatEvent => ({
  type: "left",
  ...person(name),
  reason,
});
export const renamed = (was: string, name: string): ChatEvent => ({
  type: "renamed",
  was,
  ...person(name),
});

/** The lines of one call after another. */
export function lines(
  shown: Transcript | { readonly shown: Transcript; readonly view: View },
  ...batches: ChatEvent[][]
): string[] {
  const on = shown instanceof Transcript ? { shown, view: VIEW } : shown;
  return batches.flatMap((events) =>
    on.shown.add(events).rows.flatMap((row) => renderRow(row, on.view))
  );
}
