import { assertEquals } from "@std/assert";
import { startServer } from "../support/program.ts";
import { TestCa, writePair } from "../support/test_ca.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { hasTool } from "../support/tools.ts";
import { DIFFERENCES, type When } from "./http2_differences.ts";
import { type H2specResult, runH2spec } from "./h2spec.ts";
import { whyIgnored } from "./players.ts";

/** The number of cases of h2spec 2.2.1. */
const CASES = 146;

/** The cases that must fail at these times. */
function expected(...times: readonly When[]): string[] {
  return [...DIFFERENCES].filter(([, when]) => times.includes(when)).map(([test]) => test)
    .toSorted();
}

/** The cases that have failed, but for races. */
function failures({ failed }: H2specResult): string[] {
  return [...failed.keys()].filter((test) => DIFFERENCES.get(test) !== "race").toSorted();
}

const missing = await hasTool("h2spec", "--version") ? [] : ["h2spec"];

Deno.test({
  name: `HTTP/2 is as h2spec expects in plaintext and over TLS, but for known differences${
    whyIgnored(missing)
  }`,
  ignore: missing.length > 0,
  fn: () =>
    inFolder(async (folder) => {
      const pair = new TestCa("test").issue(["127.0.0.1"]);
      const files = await writePair(folder, pair, { cert: "--tls-cert", key: "--tls-key" });
      await using plaintext = await startServer(["--quiet"]);
      await using encrypted = await startServer(["--quiet", "--tls", ...files]);
      const [overTcp, overTls] = await Promise.all([
        runH2spec(plaintext.address, false),
        runH2spec(encrypted.address, true),
      ]);
      assertEquals([overTcp.cases, overTls.cases], [CASES, CASES]);
      assertEquals(failures(overTcp), expected("always", "in plaintext"), "plaintext");
      assertEquals(failures(overTls), expected("always"), "TLS");
      for (const server of [plaintext, encrypted]) {
        server.kill("SIGTERM");
        assertEquals((await server.ended()).code, 0);
      }
    }),
});
