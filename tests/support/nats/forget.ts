import type { Nats } from "./nats.ts";

/** Replaces the data of the only node by that from before `change`, as after a power cut. */
export async function forget(nats: Nats, change: () => Promise<unknown>): Promise<void> {
  const [node] = nats.nodes;
  const copy = `${node!.dataFolder}.copy`;
  await node!.stop();
  await copyFolder(node!.dataFolder, copy);
  await node!.start();
  await change();
  await node!.kill();
  await Deno.remove(node!.dataFolder, { recursive: true });
  await Deno.rename(copy, node!.dataFolder);
  await node!.start();
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
