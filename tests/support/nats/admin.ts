/**
 * What an administrator of NATS does.
 *
 * @module
 */

import { dial } from "../../../server/cluster/nats/dial.ts";

/** An answer of the API. */
export type Answer = Readonly<Record<string, unknown>>;

/** Sends a request to the API of streams by a node, `HOST:PORT`, and returns its answer. */
export async function admin(node: string, path: string, query: object = {}): Promise<Answer> {
  const nats = await dial({ urls: [`nats://${node}`] });
  try {
    const answer = await nats.request(`$JS.API.${path}`, JSON.stringify(query), { timeout: 5_000 });
    return answer.json<Answer>();
  } finally {
    await nats.close();
  }
}

/** Returns the configuration of a stream. */
export async function configurationOf(node: string, stream: string): Promise<Answer> {
  const { config } = await admin(node, `STREAM.INFO.${stream}`);
  return config as Answer;
}
