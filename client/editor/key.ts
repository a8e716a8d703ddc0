/** A pressed key. It has the text that it types, or else a name. */
export interface Key {
  readonly type: "key";
  /** The character that it types. */
  readonly text?: string;
  /** Its name, if it types nothing: `up`, or the letter pressed with Ctrl or Alt. */
  readonly name?: string;
  readonly ctrl?: boolean;
  /** Alt. */
  readonly meta?: boolean;
  readonly shift?: boolean;
}

/**
 * Names a key as GNU Readline's manual does: `C-` for Ctrl, `M-` for Alt. Shift only counts with
 * Ctrl and with Return, and Alt only without Ctrl: not every terminal sends the other combinations.
 */
export function keyName({ name = "", ctrl, meta, shift }: Key): string {
  if (ctrl) return `C-${shift ? "S-" : ""}${name}`;
  if (meta) return `M-${name}`;
  return shift && name === "return" ? `S-${name}` : name;
}
