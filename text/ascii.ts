// deno-lint-ignore no-control-regex -- controls are ASCII, too
const ASCII = /^[\x00-\x7F]*$/;

const PRINTABLE = /^[ -~]*$/;

/** Whether a text is ASCII, controls included. */
export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Whether a text is ASCII without controls: a terminal shows it as it is, a column for each unit. */
export function isPrintableAscii(text: string): boolean {
  return PRINTABLE.test(text);
}
