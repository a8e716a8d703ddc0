import { assertEquals } from "@std/assert";
import { errorMessage } from "../../../room/errors.ts";

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
