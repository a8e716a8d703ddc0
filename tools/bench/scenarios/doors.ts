import {
  type DoorClient,
  openHttp,
  openSendNote,
  openSession,
  openWebSocket,
} from "../support/doors.ts";
import { formatValue, type Measurement, median, type Scenario } from "../support/measurement.ts";
import { startOurs } from "../support/server.ts";

const REQUESTS = 100;
const MESSAGE = "x".repeat(9_000);

/** A way into the server. */
interface Door {
  readonly name: string;
  readonly client: DoorClient | undefined;
  /** Whether all requests are sent at once. Default: each waits for the answer to the one before. */
  readonly atOnce?: boolean;
  /** What the article about the original measured for its counterpart, in milliseconds. */
  readonly article?: { readonly what: string; readonly ms: number };
}

/** The article's time for what the others are compared with. */
const ARTICLE_MS = 125;

/**
 * The table of the article about the original, on this server: 100 requests with an object of 9 KB
 * through each door, in turns, so that a machine that gets slower affects all of them.
 */
export const doors: Scenario = async ({ repeat }) => {
  await using plain = await startOurs("memory");
  await using encrypted = await startOurs("memory", ["--tls"]);
  using stack = new DisposableStack();
  const all = await openDoors(plain.address, encrypted.address);
  for (const { client } of all) stack.use(client);
  const open = all.filter((door) => door.client !== undefined);
  for (const door of open) await measure(door); // Connects and warms up.
  const runs = open.map((): number[] => []);
  for (let run = 0; run < repeat; run++) {
    for (const [i, door] of open.entries()) runs[i]!.push(await measure(door));
  }
  return open.map((door, i) => figure(door, runs[i]!, runs[0]!));
};

async function openDoors(plain: string, encrypted: string): Promise<readonly Door[]> {
  return [
    {
      name: "SendNote",
      client: openSendNote(plain),
      article: { what: "gRPC", ms: ARTICLE_MS },
    },
    {
      name: "Session, all at once",
      client: await openSession(plain),
      atOnce: true,
      article: { what: "gRPC, non-blocking", ms: 80 },
    },
    {
      name: "POST over HTTP/1.1",
      client: openHttp(plain),
      article: { what: "REST over HTTP/1.1", ms: 300 },
    },
    {
      name: "POST over HTTP/1.1 with TLS",
      client: openHttp(encrypted, true),
      article: { what: "REST over HTTP/2 with TLS", ms: 1_802 },
    },
    { name: "session over a WebSocket", client: await openWebSocket(plain) },
  ];
}

/** The milliseconds for all requests. */
async function measure({ client, atOnce = false }: Door): Promise<number> {
  const start = performance.now();
  if (atOnce) await Promise.all(Array.from({ length: REQUESTS }, () => client!.post(MESSAGE)));
  else for (let i = 0; i < REQUESTS; i++) await client!.post(MESSAGE);
  return performance.now() - start;
}

/** The figure of a door, and its ratio to the first one's, beside that of the article. */
function figure(
  { name, article }: Door,
  runs: readonly number[],
  first: readonly number[],
): Measurement {
  const ratio = formatValue(median(runs.map((ms, i) => ms / first[i]!)));
  const beside = article
    ? `${ratio} × SendNote; article: ${article.what} ${formatValue(article.ms / ARTICLE_MS)} ×`
    : `${ratio} × SendNote`;
  return { name: `${REQUESTS} requests of 9 KB, ${name}`, runs, unit: "ms", beside };
}
