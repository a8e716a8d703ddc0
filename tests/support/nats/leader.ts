/** The part of the monitoring page `jsz` that names the leaders of streams. */
interface JetStreamPage {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

/** Finds the name of the node that leads a stream in the page `jsz?accounts=true&streams=true`. */
export function leaderIn(page: unknown, stream: string): string | undefined {
  const { account_details: accounts = [] } = (page ?? {}) as JetStreamPage;
  const streams = accounts.flatMap(({ stream_detail = [] }) => stream_detail);
  return streams.find(({ name }) => name === stream)?.cluster?.leader;
}
