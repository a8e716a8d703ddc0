/**
 * A late reader in its own process, as on a machine of its own: its work must not count as waiting
 * time of the live readers. For each line of standard input, a position, it joins, reads up to that
 * position, leaves, and prints the notes per second.
 *
 * @module
 */

import { KnownFrames } from "./checker.ts";
import { connect, Member } from "./peer.ts";

const [address] = Deno.args;
const client = connect(address!);
const known = new KnownFrames();
for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const newest = Number(line);
  const start = performance.now();
  const late = await Member.join(client, "late", known);
  await late.has(newest);
  late.leave();
  const rate = newest / ((performance.now() - start) / 1_000);
  await Deno.stdout.write(new TextEncoder().encode(`${rate}\n`));
}
client.close();
