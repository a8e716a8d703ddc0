import { assertEquals } from "@std/assert";
import { cannotListen } from "../../../server/net/listen_address.ts";

Deno.test("cannotListen() says that an address is not one of this machine", () => {
  const cause = Object.assign(new Error("invalid argument"), { code: "EINVAL" });
  const reason = "this is not an address of this machine";
  assertEquals(cannotListen("1.2.3.4:1", cause).message, `Cannot listen on "1.2.3.4:1": ${reason}`);
});
