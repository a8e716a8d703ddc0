import { assertEquals } from "@std/assert";
import { connectionError } from "../../../client/net/connection_error.ts";
import { errnoIn, errnoOf, reasonFor } from "../../../platform/errno.ts";
import { cannotListen } from "../../../server/net/listen_address.ts";

/** An error as Deno and Node make it. */
function failed(code: string): Error {
  return Object.assign(new Error(`Something (os error 1): ${code} 'a'`), { code });
}

Deno.test("reasonFor() has words for an error of the system, and for others their own", () => {
  assertEquals(reasonFor(failed("EACCES")), "permission denied");
  assertEquals(reasonFor(failed("ENOENT")), "there is no such file");
  assertEquals(reasonFor(failed("ENOENT"), { ENOENT: "no such thing" }), "no such thing");
  assertEquals(reasonFor(failed("EACCES"), { ENOENT: "no such thing" }), "permission denied");
  assertEquals(reasonFor(failed("ERR_SQLITE")), "Something (os error 1): ERR_SQLITE 'a'");
  assertEquals(reasonFor(new TypeError("not a file")), "not a file");
  assertEquals(reasonFor("thrown"), "thrown");
});

Deno.test("errnoOf() and errnoIn() know the codes that have words, and no others", () => {
  assertEquals(errnoOf(failed("ENOSPC")), "ENOSPC");
  for (const other of [failed("ENOSUCH"), failed("toString"), new Error("ENOSPC"), "ENOSPC"]) {
    assertEquals(errnoOf(other), undefined);
  }
  assertEquals(errnoIn("EOF in SSL: connect ECONNREFUSED 127.0.0.1:1"), "ECONNREFUSED");
  assertEquals(errnoIn("PREEXIST: no such thing"), undefined);
});

Deno.test("an error of the system reads the same for a server that listens and a client", () => {
  for (const code of ["EACCES", "EAI_AGAIN", "ENOTFOUND", "EMFILE"]) {
    const listening = cannotListen("a:1", failed(code)).message;
    const { message, code: kind } = connectionError(`connect ${code} a:1`);
    assertEquals([listening, kind], [`Cannot listen on "a:1": ${message}`, "unavailable"]);
  }
});
