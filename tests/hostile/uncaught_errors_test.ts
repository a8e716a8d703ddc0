import { assertEquals, assertMatch } from "@std/assert";
import { reflections } from "../../proto/reflection.ts";
import { startWithModules } from "../support/replaced_modules.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { FLAG, frame, headersTo, message, RawConnection, TYPE } from "../support/wire/raw_http2.ts";

/** Answers requests like the real one, and throws an uncaught error. */
const FAULTY = `
  import process from "node:process";
  export function reflect(request) {
    process.nextTick(() => { throw new Error("thrown in a tick"); });
    setTimeout(() => { throw new Error("thrown by a timer"); });
    Promise.reject(new Error("rejected"));
    return { valid_host: "", original_request: request };
  }
`;

Deno.test("chat serve survives uncaught errors, and logs them", async () => {
  await using server = await startWithModules({ "server/rpc/reflection.ts": FAULTY });
  await using tool = await RawConnection.greet(server.address);
  const { path } = reflections[0]!.ServerReflectionInfo;
  const head = { type: TYPE.headers, flags: FLAG.endHeaders, stream: 1 };
  await tool.send(frame(head, headersTo(path)), message(1, new Uint8Array()));
  for (const error of ["thrown in a tick", "thrown by a timer", "rejected"]) {
    const [line] = await server.waitFor(new RegExp(`^.*${error}.*$`, "m"), "stderr");
    assertMatch(line, /^\S+ error error /);
  }
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "are you there?" });
  assertEquals(await peer.read(1), [{ name: "ann", message: "are you there?" }]);
  server.kill("SIGTERM");
  const { code, signal } = await server.ended();
  assertEquals([code, signal], [0, null]);
});
