import { assertEquals } from "@std/assert";
import { ChatError, type ChatErrorCode } from "../../../room/errors.ts";
import { leaveReason } from "../../../server/session/leave_reason.ts";

Deno.test.each<[code: ChatErrorCode, message: string, reason: string]>([
  ["forbidden", "kicked by ann: spam", "kicked by ann: spam"],
  ["invalid", "A session joins a room only once", "faulty client"],
  ["limited", "The connection was cut", "sent too much"],
  ["unavailable", "The server is stopping", "connection lost"],
  ["unavailable", "connection lost", "connection lost"],
])("leaveReason() of %s, %s is: %s", (code, message, reason) => {
  assertEquals(leaveReason(new ChatError(code, message)), reason);
});

Deno.test("leaveReason() says nothing of an unexpected error", () => {
  assertEquals(leaveReason(new Error("no such table")), "server error");
});
