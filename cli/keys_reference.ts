import { type Binding, KEYMAP } from "../client/editor/keymap.ts";
import { SEARCH_KEYMAP } from "../client/editor/search_keymap.ts";

/** Keys whose labels on a keyboard differ from their names. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ["return", "Enter"],
  ["enter", "Ctrl-J"],
  ["pageup", "Page Up"],
  ["pagedown", "Page Down"],
]);

/** The keys of the input line of `chat join`, as a page of Markdown. */
export function keysReference(): string {
  return [
    "# Keys",
    "",
    "<!-- Written by `deno task docs`, from the keymap of the line editor. -->",
    "",
    "The input line of `chat join` has the keys of a shell. All of them act on characters as people see",
    "them, and on a paste of several lines as on one character.",
    "",
    ...table([["keys", "action"], ...KEYMAP.map(row)]),
    "",
    "Not every terminal sends Shift-Enter as a key of its own.",
    "",
    "## While searching",
    "",
    "After Ctrl-R, typed text is searched for in the lines typed before; text in lower case is found in",
    "any case. Every other key of the table above ends the search, and acts on the line that was found.",
    "",
    ...table([["keys", "action"], ...SEARCH_KEYMAP.map(row)]),
    "",
  ].join("\n");
}

/** Makes the row of an action. */
function row({ keys, about }: Omit<Binding, "run">): readonly [string, string] {
  const labels = keys.map((key) => key.split(" ").map(keyLabel).join(" "));
  return [labels.join(", "), about];
}

/** Returns the label of a key of the keymap: `C-S-delete` is Ctrl-Shift-Delete. */
function keyLabel(key: string): string {
  const [, modifiers = "", name = ""] = /^((?:[CMS]-)*)(.+)$/.exec(key) ?? [];
  const words = modifiers.replace("C-", "Ctrl-").replace("M-", "Alt-").replace("S-", "Shift-");
  return words + (LABELS.get(name) ?? `${name[0]!.toUpperCase()}${name.slice(1)}`);
}

/** Lays a table out as `deno fmt` does; its first row is the head. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const leftWidth = Math.max(...rows.map(([left]) => left.length));
  const rightWidth = Math.max(...rows.map(([, right]) => right.length));
  const lines = rows.map(([left, right]) =>
    `| ${left.padEnd(leftWidth)} | ${right.padEnd(rightWidth)} |`
  );
  return lines.toSpliced(1, 0, `| ${"-".repeat(leftWidth)} | ${"-".repeat(rightWidth)} |`);
}
