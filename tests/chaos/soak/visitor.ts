import type { Chat } from "../../../client/chat.ts";
import { join } from "../../../client.ts";
import type { Random } from "../../support/random.ts";

/** The habits of a {@linkcode Visitor}. */
export interface VisitorOptions {
  readonly name: string;
  readonly address: string;
  readonly rooms: readonly string[];
  readonly numbers: Random;
  /** The bounds of a visit, in milliseconds. */
  readonly visitMs: { readonly min: number; readonly max: number };
  /** The longest pause between two notes, in milliseconds. */
  readonly maxPauseMs: number;
  /** Called with the time from a post to its acknowledgement, in milliseconds. */
  readonly onAnswer: (ms: number) => void;
  /** Called when a note arrives that is neither the next one nor was announced as lost. */
  readonly onProblem: (problem: string) => void;
  readonly signal: AbortSignal;
}

/** The part of the visits that end without a word, as by a closed lid. */
const ABRUPT_PART = 0.3;
/** The number of notes with which a visit starts. */
const LAST = 50;

/** Joins one room after another, says something now and then, and leaves; until the signal. */
export async function visit(options: VisitorOptions): Promise<number> {
  const { numbers: { next, below }, visitMs: { min, max }, signal } = options;
  let visits = 0;
  while (!signal.aborted) {
    await stay(options, min + below(max - min), next() < ABRUPT_PART);
    visits++;
  }
  return visits;
}

async function stay(options: VisitorOptions, ms: number, isAbrupt: boolean): Promise<void> {
  const { name, address, rooms, numbers: { pick }, signal, onProblem } = options;
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), ms);
  const over = AbortSignal.any([end.signal, signal]);
  const cut = new AbortController();
  try {
    const room = pick(rooms);
    const chat = await join({
      name,
      address,
      room,
      last: LAST,
      timeoutMs: 2 ** 30,
      signal: cut.signal,
    });
    const following = follow(chat, `${name} in ${room}`, onProblem);
    await talk(chat, options, over);
    if (isAbrupt) cut.abort();
    else await chat.leave();
    await following;
  } catch (error) {
    onProblem(`${name}: ${error}`);
  } finally {
    clearTimeout(timer);
    cut.abort();
  }
}

async function follow(
  chat: Chat,
  who: string,
  onProblem: VisitorOptions["onProblem"],
): Promise<void> {
  let at: number | undefined;
  for await (const event of chat.events()) {
    if (event.type === "lost" && at !== undefined) at += event.count;
    if (event.type === "disconnected") onProblem(`${who} lost the connection: ${event.reason}`);
    if (event.type !== "notes") continue;
    for (const { seq = NaN } of event.notes) {
      if (at !== undefined && seq !== at + 1) onProblem(`${who} got note ${seq} after ${at}`);
      at = seq;
    }
  }
}

async function talk(
  chat: Chat,
  { numbers: { next }, maxPauseMs, onAnswer, name, onProblem }: VisitorOptions,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await pause(maxPauseMs * next(), over);
    if (over.aborted) return;
    const began = performance.now();
    try {
      await chat.say(`${name} says ${"something ".repeat(1 + 20 * next() ** 4)}`);
      onAnswer(performance.now() - began);
    } catch (error) {
      onProblem(`${name} was refused: ${error}`);
    }
  }
}

/** Waits, at most until the signal. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
