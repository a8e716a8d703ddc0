import { assertEquals } from "@std/assert";
import { serve } from "../../mod.ts";
import { LIMITS } from "../../room/limits.ts";
import { callWith, JOIN } from "../support/wire/attack.ts";
import { message, RawConnection, TYPE } from "../support/wire/raw_http2.ts";

/** The number of header fields of a minimal call. */
const NEEDED = 6;

/** The HTTP/2 error for too much: ENHANCE_YOUR_CALM. */
const TOO_MUCH = 11;

/** Joins with a call of this many header fields, and returns the first frame of the answer. */
async function answerTo(address: string, fields: number) {
  await using connection = await RawConnection.greet(address);
  const more = Array.from({ length: fields - NEEDED }, (_, i): [string, string] => [`x-${i}`, "y"]);
  await connection.send(callWith(...more), message(1, JOIN));
  await connection.until(({ stream }) => stream === 1);
  return connection.frames.find(({ stream }) => stream === 1);
}

Deno.test("the server refuses calls with too many header fields", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  const { headerFields } = LIMITS;
  assertEquals((await answerTo(server.address, headerFields))?.type, TYPE.headers);
  for (const fields of [headerFields + 1, 10 * headerFields]) {
    const { type, payload } = await answerTo(server.address, fields) ?? {};
    assertEquals([type, payload?.at(-1)], [TYPE.rstStream, TOO_MUCH], `${fields} fields`);
  }
});
