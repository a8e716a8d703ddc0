/**
 * A bot that reminds people: "reminder: remind me in 10m to drink". Units are s, m, h and d.
 *
 * ```sh
 * deno run --ignore-env --allow-net=127.0.0.1:11912 --allow-read=. --allow-write=. \
 *   examples/reminder.ts reminder.json 127.0.0.1:11912
 * ```
 *
 * Ctrl-C stops it. It keeps its key, its reminders and its position in the room in the file. After a
 * restart it answers what was said to it meanwhile, and reminds of what was due.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { ChatError, Identity, join, mentions, type Position, type ShownNote } from "@chat/chat";

/** A promise to remind somebody. */
interface Reminder {
  /** The note that asked for it: history and position. No note makes two of them. */
  readonly id: string;
  readonly who: string;
  readonly what: string;
  /** The time, in milliseconds since the Unix epoch. */
  readonly due: number;
}

/** What the bot remembers. */
interface Memory {
  /** The key, which proves that the name is ours. Keep the file private. */
  readonly key: string;
  /** The last note that is handled. */
  position?: Position | undefined;
  reminders: readonly Reminder[];
}

const NAME = "reminder";
const ASKED = /remind me in (\d{1,4}) ?([smhd]) to (.+)/is;
const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest time that a timer of JavaScript can wait is a little more than 24 days. */
const LONGEST_MS = 24 * 86_400_000;

const [file = "reminder.json", address] = Deno.args;
const memory = await load();
const identity = await Identity.parse(memory.key);
/** The timers of the reminders. */
const timers = new Set<ReturnType<typeof setTimeout>>();
/** Settles when the file is written. */
let saved = Promise.resolve();

// The first run has no position: it starts with new notes, because of `last: 0`. Later ones continue
// where the one before has stopped, wherever that was.
await using chat = await join({ name: NAME, address, identity, after: memory.position, last: 0 });
Deno.addSignalListener("SIGINT", () => void chat.leave());
for (const reminder of memory.reminders) start(reminder);

for await (const event of chat.events()) {
  if (event.type !== "connected" && event.type !== "notes") continue;
  if (event.type === "notes") {
    const history = event.position?.history;
    for (const note of event.notes) await handle(note, `${history}/${note.seq}`);
  }
  // The position is stored after the notes are handled. If the bot is killed in between, it gets
  // them once more: each note is handled at least once.
  memory.position = event.position;
  await save();
}
for (const timer of timers) clearTimeout(timer);

/** Makes a reminder, if a note asks for one. */
async function handle(note: ShownNote, id: string): Promise<void> {
  // The answers are for all to read, so private notes get none.
  if (note.own || note.kind === "whisper" || !mentions(note, NAME)) return;
  if (memory.reminders.some((known) => known.id === id)) return; // Handled before a crash.
  const who = note.verified ? note.name : `~${note.name}`;
  const [, count, unit, what] = ASKED.exec(note.message) ?? [];
  if (!count || !unit || !what) return void await say(`${who}: say "remind me in 10m to …"`);
  const waitMs = Number(count) * UNIT_MS[unit.toLowerCase()]!;
  if (waitMs > LONGEST_MS) return void await say(`${who}: I can wait 24 days at most`);
  // The note may be old: the time counts from when it was said.
  const reminder = { id, who, what, due: (note.time ?? Date.now()) + waitMs };
  memory.reminders = [...memory.reminders, reminder];
  await save();
  start(reminder);
  await say(`${who}: I will remind you in ${count}${unit}`);
}

/** Starts the timer of a reminder. What cannot be said, as the bot is left, comes after a restart. */
function start(reminder: Reminder): void {
  const timer = setTimeout(async () => {
    timers.delete(timer);
    if (!await say(`${reminder.who}, remember to ${reminder.what}`)) return;
    memory.reminders = memory.reminders.filter((other) => other !== reminder);
    await save();
  }, Math.max(0, reminder.due - Date.now()));
  timers.add(timer);
}

/** Says a text. Returns whether the room has it. */
async function say(text: string): Promise<boolean> {
  try {
    await chat.say(text);
    return true;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    console.error(`Not said: ${error.message}`);
    return false;
  }
}

/** Reads the file. Without one, makes a key. */
async function load(): Promise<Memory> {
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const identity = await Identity.generate();
    return { key: await identity.toPem(), reminders: [] };
  }
}

/** Writes the file: to another name first, so that there is always a complete one. */
function save(): Promise<void> {
  saved = saved.then(async () => {
    await Deno.writeTextFile(`${file}.new`, JSON.stringify(memory), { mode: 0o600 });
    await Deno.rename(`${file}.new`, file);
  });
  return saved;
}
