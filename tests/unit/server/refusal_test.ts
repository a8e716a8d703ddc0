import { assertEquals } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { isInvalidRequest, refuse, toStatus } from "../../../server/events/refusal.ts";

Deno.test("toStatus() tells a peer the words of errors that are meant for it, and of no others", () => {
  const internal = { code: 13, details: "Internal error" };
  assertEquals(toStatus(new Error("no such table: notes")), internal);
  assertEquals(toStatus("secret"), internal);
  const limited = toStatus(new ChatError("limited", "too fast", { retryMs: 5 }));
  assertEquals([limited.details, limited.kind, limited.retryMs], ["too fast", "limited", 5]);
  const half = toStatus(new ChatError("invalid", "name \ud83d is taken"));
  assertEquals([half.details, "retryMs" in half], ["name \ufffd is taken", false]);
});

Deno.test("refuse() reports what the server did wrong or a peer wanted, and no end of a session", () => {
  const reported = (error: unknown) => {
    const types: string[] = [];
    refuse(error, { name: "ann" }, ({ type }) => types.push(type));
    return types.join();
  };
  assertEquals(reported(new Error("no disk")), "error");
  assertEquals(reported(new ChatError("taken", "taken")), "refused");
  for (const code of ["unavailable", "lost", "replaced"] as const) {
    assertEquals([code, reported(new ChatError(code, "over"))], [code, ""]);
  }
  const failed = new ChatError("unavailable", "over", { cause: new Error("no disk") });
  assertEquals(reported(failed) === "", false);
});

Deno.test("isInvalidRequest() is about requests that no honest client sends", () => {
  const errors = [
    ...(["invalid", "too_large", "limited", "taken"] as const).map((code) =>
      new ChatError(code, "no")
    ),
    new Error("no"),
  ];
  assertEquals(errors.map(isInvalidRequest), [true, true, false, false, false]);
});
