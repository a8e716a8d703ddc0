import { assertEquals } from "@std/assert";
import { run, start, startServer } from "../support/program.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const ignore = !(await hasNats());
const why = ignore ? " (ignored: no nats-server)" : "";

Deno.test({
  name: `two processes of chat serve --cluster are one chat${why}`,
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    const args = ["--cluster", nats.urls.join(",")];
    await using a = await startServer(args);
    await using b = await startServer(args);
    await using tail = start("tail", ["--server", b.address, "--room", "dev"]);
    const sent = await run("send", ["--server", a.address, "--room", "dev", "--name", "ann", "hi"]);
    assertEquals([sent.code, sent.stderr], [0, ""]);
    await tail.waitFor(/ann\S* hi$/m);
    using peer = new Peer(a.address);
    using other = new Peer(b.address);
    await peer.send({ name: "bob", message: "one" });
    await other.send({ name: "eve", message: "two" });
    assertEquals(await peer.read(2), await other.read(2));
  },
});

Deno.test({
  name: `chat serve --cluster logs the servers that come and go${why}`,
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    const args = ["--cluster", nats.urls.join(","), "--log-level", "info"];
    await using a = await startServer(args);
    await using b = await startServer(args);
    await b.waitFor(/ info server state=seen server=\S+ servers=2$/m, "stderr");
    await a.waitFor(/ info server state=seen server=\S+ servers=2$/m, "stderr");
    b.kill("SIGKILL");
    await a.waitFor(/ info server state=gone server=\S+ servers=1$/m, "stderr");
  },
});
