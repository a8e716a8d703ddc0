import { safeJson } from "../../text/safe_json.ts";
import { answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { runSession } from "./local_session.ts";

/**
 * `GET /rooms`: a line of JSON for each room, with its name, the number of its members, and the start
 * of its topic, if it has one.
 *
 * @throws {UnreportedError} if the server does not show them.
 */
export async function listRooms(exchange: Exchange): Promise<void> {
  let lines = "";
  await runSession(exchange, {
    join: { name: "", room: "", last: 0 },
    list_rooms: true,
    onFrame: ({ rooms }) => {
      for (const { name, members, topic } of rooms?.rooms ?? []) {
        lines += `${safeJson({ name, members, ...topic !== "" && { topic } })}\n`;
      }
    },
  });
  answer(exchange.response, { type: "application/x-ndjson", body: lines });
}
