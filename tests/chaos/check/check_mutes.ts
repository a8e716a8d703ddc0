import type { Accepted, Happening, Mute, Posted } from "./history.ts";
import { broken, type Violation } from "./violation.ts";

/** Checks that nothing is accepted that a person posts while they are muted, in any room. */
export function* checkMutes(history: readonly Happening[]): Generator<Violation> {
  const muted = new Map<string, Mute>();
  const posts = new Map<string, readonly [mute: Mute, post: Posted]>();
  for (const event of history) {
    if (event.type === "muted") muted.set(event.person, event);
    if (event.type === "unmuting") {
      muted.delete(event.person);
      for (const [text, [, { person }]] of posts) if (person === event.person) posts.delete(text);
    }
    if (event.type === "posted") {
      const mute = muted.get(event.person);
      if (mute) posts.set(event.text, [mute, event]);
    }
    if (event.type === "accepted") yield* checkAccepted(event, posts.get(event.text));
  }
}

function* checkAccepted(
  event: Accepted,
  found: readonly [mute: Mute, post: Posted] | undefined,
): Generator<Violation> {
  if (!found) return;
  const words = `note ${event.seq} is by ${event.person}, who was muted`;
  yield broken(10, "false", words, [...found, event]);
}
