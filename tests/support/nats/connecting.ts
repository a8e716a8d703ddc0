/**
 * Tests of connecting to nodes with settings.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatError, type ChatErrorCode } from "../../../room/errors.ts";
import type { ConnectOptions } from "../../../server/cluster/connect_options.ts";
import { connectNats } from "../../../server/cluster/nats.ts";
import { hasNats, Nats, type NatsSettings } from "./nats.ts";

const ignore = !(await hasNats());

/** Registers a test that needs nodes with settings. It gets the address of one of them, too. */
export function testWith(
  name: string,
  settings: NatsSettings,
  body: (nats: Nats, address: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      await using nats = await Nats.start(settings);
      await body(nats, nats.nodes[0]!.address);
    },
  });
}

/** Checks that a server is refused with one line of words. */
export async function assertRefused(
  options: ConnectOptions,
  code: ChatErrorCode,
  words: string | RegExp,
): Promise<void> {
  const error = await assertRejects(() => connectNats({ startMs: 300, ...options }), ChatError);
  if (typeof words === "string") assertEquals(error.message, words);
  else assertMatch(error.message, words);
  assertEquals([error.code, error.message.includes("\n")], [code, false]);
}
