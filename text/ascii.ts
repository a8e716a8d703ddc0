// deno-lint-ignore no-control-regex -- controls are ASCII, too
const ASCII = /^[\x00-\x7F]*$/;

const PRINTABLE = /^[ -~]*$/;

/** Whether a text is ASCII, including control characters. */
export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/**
 * Whether a text is ASCII without control characters: a terminal shows it as it is, one column per
 * unit.
 */
export function isPrintableAscii(text: string): boolean {
  return PRINTABLE.test(text);
}
