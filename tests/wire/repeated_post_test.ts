import { assertEquals } from "@std/assert";
import { serve } from "../../server.ts";
import { FullDisk } from "../support/stores/full_disk.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

Deno.test("a note that is sent again gets its position, even while the disk is full", () =>
  inFolder(async (folder) => {
    const options = { address: "127.0.0.1:0", data: `${folder}/chat.db`, rate: 0 };
    const [server, fill] = await FullDisk.prepare(() => serve(options));
    await using _server = server;
    using peer = new Peer(server.address);
    const ann = await peer.join({ name: "ann" });
    ann.post(["1", "x".repeat(10_000)]);
    await ann.until(({ acks }) => acks.has("1"));
    {
      using _full = fill();
      const again = await peer.join({ name: "ann" });
      again.post(["1", "x".repeat(10_000)], ["2", "y".repeat(10_000)]);
      await again.until(({ acks, refusals }) => acks.size + refusals.length === 2);
      assertEquals(again.seen.acks, new Map([["1", 1]]));
      assertEquals(again.seen.refusals.map((line) => line.split(" ")[0]), ["2"]);
    }
  }));
