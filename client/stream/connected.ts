import type { Chat } from "../chat.ts";
import { ConnectionReport } from "./connection_report.ts";

/**
 * Waits until a chat has connected, and returns it as it is from then on: its events begin
 * with that. Undefined if it was left before.
 *
 * @param report Hears once why there is no connection yet.
 * @throws {ChatError} when the server is never reached, or will not have us.
 */
export async function waitUntilConnected(
  chat: Chat,
  report: (line: string) => void,
): Promise<Chat | undefined> {
  const connection = new ConnectionReport(report);
  const events = chat.events()[Symbol.asyncIterator]();
  for (let next = await events.next(); !next.done; next = await events.next()) {
    const event = next.value;
    connection.record(event);
    if (event.type !== "connected") continue;
    return {
      async *events() {
        yield event;
        yield* { [Symbol.asyncIterator]: () => events };
      },
      say: (message, manner) => chat.say(message, manner),
      rooms: () => chat.rooms(),
      order: (command) => chat.order(command),
      move: (to) => chat.move(to),
    };
  }
  return undefined;
}
