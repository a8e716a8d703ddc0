import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { gatherWrites } from "../../../server/net/gather_writes.ts";

const full = (text: string) => Buffer.alloc(16_384 + 9, text);
const part = (text: string) => Buffer.alloc(100, text);

/** Writes the chunks of each turn. Returns what arrives, and the chunks of each system call. */
async function write(turns: readonly Buffer[][]): Promise<{ read: string; calls: string[][] }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const reader = createConnection(port, "127.0.0.1");
  const [writer] = await once(server, "connection") as [Socket];
  const calls: string[][] = [];
  const socket = writer as unknown as {
    _write(chunk: Buffer, ...rest: unknown[]): void;
    _writev(chunks: { chunk: Buffer }[], ...rest: unknown[]): void;
  };
  const { _write, _writev } = socket;
  socket._write = (chunk, ...rest) => {
    calls.push([first(chunk)]);
    _write.call(writer, chunk, ...rest);
  };
  socket._writev = (chunks, ...rest) => {
    calls.push(chunks.map(({ chunk }) => first(chunk)));
    _writev.call(writer, chunks, ...rest);
  };
  gatherWrites(writer);
  const parts: Buffer[] = [];
  reader.on("data", (data: Buffer) => parts.push(data));
  for (const chunks of turns) {
    const written = chunks.map((chunk) =>
      new Promise<void>((resolve) => writer.write(chunk, () => resolve()))
    );
    await Promise.all(written);
  }
  writer.end();
  await once(reader, "end");
  reader.destroy();
  server.close();
  await once(server, "close");
  return { read: Buffer.concat(parts).toString(), calls };
}

function first(chunk: Buffer): string {
  return String.fromCharCode(chunk[0]!);
}

Deno.test("the frames of a message are one write", async () => {
  const turns = [[full("a"), full("b"), part("c")], [part("d")], [full("e"), full("f")]];
  const { read, calls } = await write(turns);
  assertEquals(calls, [["a", "b", "c"], ["d"], ["e", "f"]]);
  assertEquals(read, Buffer.concat(turns.flat()).toString());
});
