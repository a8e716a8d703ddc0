import type { NatsConnection } from "@nats-io/transport-node";
import { Connection } from "../../../../server/cluster/nats/connection.ts";

Deno.test("Connection.close() does not wait for a node that is suspended", async () => {
  let isClosed = false;
  const nats = {
    options: {},
    isClosed: () => isClosed,
    status: async function* () {},
    flush: () => new Promise<void>(() => {}),
    close: () => Promise.resolve(void (isClosed = true)),
  };
  const options = { onError: () => {} };
  const connection = await Connection.open(nats as unknown as NatsConnection, options);
  await connection.close();
});
