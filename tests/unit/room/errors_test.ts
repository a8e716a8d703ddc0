import { assertEquals } from "@std/assert";
import { ChatError, errorMessage } from "../../../room/errors.ts";

Deno.test("errorMessage() names the first of several errors in disposal", () => {
  let caught: unknown;
  try {
    using stack = new DisposableStack();
    for (const words of ["third", "second"]) {
      stack.defer(() => {
        throw new Error(words);
      });
    }
    throw new Error("first");
  } catch (error) {
    caught = error;
  }
  assertEquals(errorMessage(caught), "first");
});

Deno.test("ChatError has the time to wait before a retry, if there is one", () => {
  const options = [{ retryMs: 5 }, {}, undefined];
  const errors = options.map((option) => new ChatError("limited", "too soon", option));
  assertEquals(errors.map(({ retryMs }) => retryMs), [5, undefined, undefined]);
});
