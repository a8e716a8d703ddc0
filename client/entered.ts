import type { Chat } from "./chat.ts";
import { renderEvent } from "./render.ts";

/**
 * Waits until a chat has connected, and returns it as it is from then on: its events begin
 * with that. Undefined if it was left before.
 *
 * @param report Hears why there is no connection yet.
 * @throws {ChatError} when the server is never reached, or will not have us.
 */
export async function entered(
  chat: Chat,
  report: (line: string) => void,
): Promise<Chat | undefined> {
  const events = chat.events()[Symbol.asyncIterator]();
  for (let next = await events.next(); !next.done; next = await events.next()) {
    const event = next.value;
    if (event.type === "disconnected") report(renderEvent(event));
    if (event.type !== "connected") continue;
    return {
      async *events() {
        yield event;
        yield* { [Symbol.asyncIterator]: () => events };
      },
      say: (message, manner) => chat.say(message, manner),
      rooms: () => chat.rooms(),
      order: (order) => chat.order(order),
      move: (to) => chat.move(to),
    };
  }
  return undefined;
}
