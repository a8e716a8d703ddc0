/** A key that was pressed, by what it types or what it is called. */
export interface Key {
  readonly type: "key";
  /** The character that it types. */
  readonly text?: string;
  /** What it is called, if it types nothing: `up`, or the letter that is pressed with Ctrl or Alt. */
  readonly name?: string;
  readonly ctrl?: boolean;
  /** Alt. */
  readonly meta?: boolean;
  readonly shift?: boolean;
}

/** Controls of their own names; `return` is what Enter sends, `enter` what Ctrl-J does. */
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ["\b", "backspace"],
  ["\t", "tab"],
  ["\n", "enter"],
  ["\r", "return"],
  ["\x1b", "escape"],
  ["\x7f", "backspace"],
]);

/** Keys by the last character of their sequences: `CSI A`, `CSI 1;5A`, `SS3 A`. */
const BY_LETTER: ReadonlyMap<string, string> = new Map([
  ["A", "up"],
  ["B", "down"],
  ["C", "right"],
  ["D", "left"],
  ["F", "end"],
  ["H", "home"],
  ["Z", "tab"],
]);

/** Keys by the number in their sequences: `CSI 3~`. */
const BY_NUMBER: ReadonlyMap<number, string> = new Map([
  [1, "home"],
  [2, "insert"],
  [3, "delete"],
  [4, "end"],
  [5, "pageup"],
  [6, "pagedown"],
  [7, "home"],
  [8, "end"],
]);

/** The keys of the number pad, from `FIRST_ON_PAD` on, in the kitty keyboard protocol. */
const PAD = [
  ...["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "/", "*", "-", "+"],
  ...["return", "=", ",", "left", "right", "up", "down", "pageup", "pagedown", "home", "end"],
  ...["insert", "delete"],
];
const FIRST_ON_PAD = 57_399;

/** Modifiers, as one is added to their sum in a sequence. */
const SHIFT = 1, ALT = 2, CTRL = 4, SUPER = 8, HYPER = 16, META = 32, CAPS_LOCK = 64;

/** The parameters of a key's sequence: `code:shifted:base;modifiers:event;text`. */
const PARAMETERS = /^(\d*)(?::(\d*))?(?::(\d*))?(?:;(\d*)(?::(\d*))?)?(?:;([\d:]*))?$/;

/** The event that says in the kitty keyboard protocol that a key is released. */
const RELEASE = "3";

/** The key that sends a character, if there is one that is of use. */
export function characterKey(character: string, { meta = false } = {}): Key | undefined {
  const control = controlKey(character);
  const alt = meta && { meta };
  if (control) return { ...control, ...alt };
  if (isControl(character)) return undefined;
  if (!meta) return { type: "key", text: character };
  const name = character.toLowerCase();
  return { type: "key", name, meta, ...(name !== character && { shift: true }) };
}

function controlKey(character: string): Key | undefined {
  const name = CONTROLS.get(character);
  if (name !== undefined) return { type: "key", name };
  if (character === "\x1f") return { type: "key", name: "_", ctrl: true };
  if (character < "\x01" || character > "\x1a") return undefined;
  return { type: "key", name: String.fromCharCode(character.charCodeAt(0) | 0x60), ctrl: true };
}

function isControl(character: string): boolean {
  return /\p{Cc}/u.test(character);
}

/** The key that sends `CSI` with these parameters and this last character, if it is a known one. */
export function sequenceKey(parameters: string, last: string): Key | undefined {
  const match = PARAMETERS.exec(parameters);
  if (!match) return undefined;
  const [, code = "", shifted, base, modifiers, event, text] = match;
  if (event === RELEASE) return undefined;
  const pressed = Math.max(0, Number(modifiers || 1) - 1);
  if (last === "u") {
    return codeKey(Number(code || 1), pressed, { shifted, base, text });
  }
  if (last === "~" && code === "27" && text !== undefined) return codeKey(Number(text), pressed);
  if (text !== undefined) return undefined;
  if (/[~$^@]/.test(last)) {
    const rxvt = last === "~" ? 0 : last === "$" ? SHIFT : last === "^" ? CTRL : SHIFT | CTRL;
    return named(BY_NUMBER.get(Number(code)), pressed | rxvt);
  }
  if (/[a-d]/.test(last)) return named(BY_LETTER.get(last.toUpperCase()), SHIFT);
  if (modifiers !== undefined && code !== "1") return undefined; // As in a report of the cursor.
  // Alone, the number says the modifiers.
  return named(BY_LETTER.get(last), modifiers === undefined ? Number(code || 1) - 1 : pressed);
}

/** The key that sends `SS3` with these parameters and this last character. */
export function applicationKey(parameters: string, last: string): Key | undefined {
  if (/[a-d]/.test(last)) return named(BY_LETTER.get(last.toUpperCase()), CTRL);
  if (last === "M") return { type: "key", name: "return" };
  // The number pad sends its characters so.
  if (/[j-y]/.test(last)) return characterKey(String.fromCharCode(last.charCodeAt(0) - 0x40));
  return sequenceKey(parameters, last);
}

function named(name: string | undefined, modifiers: number): Key | undefined {
  return name === undefined ? undefined : { type: "key", name, ...modifierFlags(modifiers) };
}

function modifierFlags(modifiers: number): Pick<Key, "ctrl" | "meta" | "shift"> {
  return {
    ...(modifiers & CTRL && { ctrl: true }),
    ...(modifiers & (ALT | SUPER) && { meta: true }), // Older terminals have Alt for Super.
    ...(modifiers & SHIFT && { shift: true }),
  };
}

/** What the kitty keyboard protocol may say of a key besides its code. */
interface Details {
  /** The code of what it types with Shift. */
  readonly shifted?: string | undefined;
  /** The code of the key in its place on a keyboard of the United States. */
  readonly base?: string | undefined;
  /** The codes of what it types. */
  readonly text?: string | undefined;
}

/** The key of a code point, as the kitty keyboard protocol and `modifyOtherKeys` send them. */
function codeKey(code: number, modifiers: number, details: Details = {}): Key | undefined {
  if (modifiers & (SUPER | HYPER | META)) return undefined;
  const onPad = PAD[code - FIRST_ON_PAD];
  const character = onPad ?? decodeCodePoint(code);
  const name = CONTROLS.get(character) ?? (character.length > 2 ? onPad : undefined);
  if (name !== undefined) return named(name, modifiers);
  if (modifiers & CTRL) return ctrlKey(character, modifiers, details);
  const text = modifiers & ALT ? character : typedBy(character, modifiers, details);
  if (text === "" || isControl(text)) return undefined;
  return modifiers & ALT ? characterKey(text, { meta: true }) : { type: "key", text };
}

function ctrlKey(
  character: string,
  modifiers: number,
  { shifted, base }: Details,
): Key | undefined {
  const latin = character > "\x7f" && base ? decodeCodePoint(Number(base)) : character;
  const letter = /^[a-z]$/i.test(latin);
  const pressed = modifiers & SHIFT && shifted ? decodeCodePoint(Number(shifted)) : latin;
  const alt = { meta: (modifiers & ALT) > 0 };
  // With Shift these are other keys, as for copying.
  if (letter && !(modifiers & SHIFT)) {
    return characterKey(String.fromCharCode(latin.charCodeAt(0) & 0x1f), alt);
  }
  if (pressed === "_" || pressed === "/") return characterKey("\x1f", alt);
  return undefined;
}

function typedBy(character: string, modifiers: number, { shifted, text }: Details): string {
  if (text) return text.split(":").map((code) => decodeCodePoint(Number(code))).join("");
  if (modifiers & SHIFT && shifted) return decodeCodePoint(Number(shifted));
  const upper = ((modifiers & SHIFT) > 0) !== ((modifiers & CAPS_LOCK) > 0);
  return upper ? character.toUpperCase() : character;
}

/** The character of a code point; empty for those that stand for no character, or for other keys. */
function decodeCodePoint(code: number): string {
  if (!Number.isInteger(code) || code > 0x10ffff) return "";
  const character = String.fromCodePoint(code);
  return /[\p{Cs}\p{Co}]/u.test(character) ? "" : character;
}
