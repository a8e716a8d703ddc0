import { assertEquals } from "@std/assert";
import { ChatError, type ChatErrorCode } from "../../../room/errors.ts";
import { leaveReason, loggedReason } from "../../../server/session/leave_reason.ts";

Deno.test.each<[code: ChatErrorCode, message: string, reason: string]>([
  ["forbidden", "kicked by ann: spam", "kicked by ann: spam"],
  ["invalid", "A session joins a room only once", "faulty client"],
  ["unavailable", "The server is stopping", "connection lost"],
  ["unavailable", "connection lost", "connection lost"],
])("leaveReason() of %s, %s is: %s", (code, message, reason) => {
  assertEquals(leaveReason(new ChatError(code, message)), reason);
});

Deno.test.each<[end: unknown, logged: string, shown: string]>([
  [undefined, "left", "left"],
  [new Error("no such table"), "server error", "server error"],
  [new ChatError("invalid", "There is no challenge"), "There is no challenge", "faulty client"],
])("the reason of %s is %s in the log, and %s for the others", (end, logged, shown) => {
  assertEquals([loggedReason(end), leaveReason(end)], [logged, shown]);
});
