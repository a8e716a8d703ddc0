/**
 * A bot that repeats what is said to it: "echo: hello" in the room, or a private note.
 *
 * ```sh
 * deno run --ignore-env --allow-net=127.0.0.1:11912 examples/echo.ts 127.0.0.1:11912
 * ```
 *
 * Ctrl-C stops it. Without a server: `deno task serve`.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { type Chat, ChatError, join, mentions, type ShownNote } from "@chat/chat";

/** The name of the bot. Without a key, others see it as `~echo`. */
const NAME = "echo";

/** Without an address, a server on this machine. */
const [address] = Deno.args;

// `last: 0` skips the history. `await using` leaves the chat at the end of this module, once the
// server has answered everything that was said.
await using chat = await join({ name: NAME, address, last: 0 });
Deno.addSignalListener("SIGINT", () => void chat.leave());

// The chat reconnects by itself, so the loop goes on until the bot is left, or is not let in any
// more.
for await (const event of chat.events()) {
  if (event.type !== "notes") continue;
  for (const note of event.notes) await answer(chat, note);
}

/** Answers a note, if it is for this bot. */
async function answer(chat: Chat, note: ShownNote): Promise<void> {
  // A bot that answered its own notes would never stop, and answers to old ones confuse people.
  if (note.own || note.backlog) return;
  if (note.kind === "whisper") {
    // `~ann` is the person without a key who is called ann. If the name gets an owner meanwhile, the
    // note must not go to them.
    const to = note.verified ? note.name : `~${note.name}`;
    await say(chat, `you said: ${note.message}`, to);
  } else if (mentions(note, NAME)) {
    const text = note.message.replace(/^@?echo[:,]?\s*/i, "");
    await say(chat, `${note.name} said: ${text}`);
  }
}

/** Says a text, to one person or to all. It waits while the server limits the rate. */
async function say(chat: Chat, text: string, to?: string): Promise<void> {
  try {
    await chat.say(text, { to });
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    // The text may be too long by now, or the person gone: no reason to stop.
    console.error(`Not said: ${error.message}`);
  }
}
