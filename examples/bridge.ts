/**
 * A bridge between two rooms: what is said in one of them is repeated in the other.
 *
 * ```sh
 * deno run --ignore-env --allow-net=127.0.0.1:11912 examples/bridge.ts lobby dev 127.0.0.1:11912
 * ```
 *
 * Ctrl-C stops it. Notes that are said while it does not run are not repeated. An outage is no
 * problem: what was said meanwhile is repeated once the connection is back.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { type Chat, ChatError, join, type ShownNote } from "@chat/chat";

const [one, other, address] = Deno.args;
if (one === undefined || other === undefined) {
  console.error("usage: bridge.ts ROOM ROOM [ADDRESS]");
  Deno.exit(2);
}

await using first = await join({ name: "bridge", room: one, address, last: 0 });
// The same bot, over the same connection. To bridge two servers, join() the other one instead.
await using second = await first.open({ room: other, last: 0 });

// When one of the rooms is left, or does not let the bridge in any more, both are left.
const leave = () => Promise.all([first.leave(), second.leave()]);
Deno.addSignalListener("SIGINT", () => void leave());
console.log(`Between ${one} and ${other}`);
await Promise.race([repeat(first, second), repeat(second, first)]);

/** Repeats in `to` what is said in `from`, until `from` is left. */
async function repeat(from: Chat, to: Chat): Promise<void> {
  for await (const event of from.events()) {
    if (event.type === "notes") {
      for (const note of event.notes) await pass(note, to);
    } else if (event.type === "lost" && !event.earlier) {
      await say(to, `(${event.count} notes were lost)`);
    }
  }
}

/** Passes on a note. */
async function pass(note: ShownNote, to: Chat): Promise<void> {
  // The bridge has said its own notes itself, from the other side: without this line they would go
  // back and forth for ever. Private notes to the bridge are for nobody else.
  if (note.own || note.kind === "whisper") return;
  const author = note.verified ? note.name : `~${note.name}`;
  const text = note.kind === "action"
    ? `* ${author} ${note.message}`
    : `${author}: ${note.message}`;
  await say(to, text);
}

/**
 * Says a text. It waits while the server limits the rate, and so the loop over the events waits, too:
 * flow control then slows down the server, and nothing is lost.
 */
async function say(chat: Chat, text: string): Promise<void> {
  try {
    await chat.say(text);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    // With the name in front of it, a note may be larger than the server accepts.
    console.error(`Not said: ${error.message}`);
  }
}
