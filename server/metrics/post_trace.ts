/** A trace of posts that arrived together. */
export interface PostTrace {
  /** The log starts storing the remaining notes, this many. */
  append(notes: number): void;
  /** The log has stored them, or failed with an error. */
  appended(error?: unknown): void;
  /** All posts are answered. Not called if all were refused at once: there is nothing to trace. */
  end(): void;
}

/** Starts a trace for posts that just arrived in a room. */
export type TracePosts = (room: string) => PostTrace;

/** Runs `post` and traces it. */
export function traced<T>(
  trace: PostTrace | undefined,
  notes: number,
  post: () => Promise<T>,
): Promise<T> {
  if (!trace) return post(); // Without a trace, no extra tick is spent.
  trace.append(notes);
  const posting = post();
  posting.then(() => trace.appended(), (error) => {
    trace.appended(error);
    trace.end();
  });
  return posting;
}
