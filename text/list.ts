/** Formats two or more alternatives: `off, mention or all`. */
export function formatList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
