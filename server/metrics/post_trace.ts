/** Follows posts that came together through the server. */
export interface PostTrace {
  /** So many of them go to the log. */
  append(notes: number): void;
  /** The log has them, or could not take them because of an error. */
  appended(error?: unknown): void;
  /** They have been answered. Those that are all refused at once have no end: there is nothing to follow. */
  end(): void;
}

/** Begins to follow posts that have just come, in a room. */
export type TracePosts = (room: string) => PostTrace;

/** Posts, and lets `trace` know how that went. */
export function traced<T>(
  trace: PostTrace | undefined,
  notes: number,
  post: () => Promise<T>,
): Promise<T> {
  if (!trace) return post(); // Nobody waits a turn for what nobody follows.
  trace.append(notes);
  const posting = post();
  posting.then(() => trace.appended(), (error) => {
    trace.appended(error);
    trace.end();
  });
  return posting;
}
