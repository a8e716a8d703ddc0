import type { Key } from "./key.ts";
import { readlineKey } from "./readline_keys.ts";

/** The keys of the number pad, from `FIRST_ON_PAD` on, in the kitty keyboard protocol. */
const PAD = [
  ...["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "/", "*", "-", "+"],
  ...["return", "=", ",", "left", "right", "up", "down", "pageup", "pagedown", "home", "end"],
  ...["insert", "delete"],
];
const FIRST_ON_PAD = 57_399;

/** Modifiers. A sequence has their sum, plus one. */
const SHIFT = 1, ALT = 2, CTRL = 4, SUPER = 8, HYPER = 16, META = 32, CAPS_LOCK = 64;

/** The parameters of a key's sequence: `code:shifted:base;modifiers:event;text`. */
const PARAMETERS = /^(\d*)(?::(\d*))?(?::(\d*))?(?:;(\d*)(?::(\d*))?)?(?:;([\d:]*))?$/;

/** The event of the kitty keyboard protocol for a key that is released. */
const RELEASE = "3";

/** Returns the key that sends a character; undefined for a control without use. */
export function characterKey(character: string, { meta = false } = {}): Key | undefined {
  if (isControl(character)) {
    const key = controlKey(character);
    return key && { ...key, ...(meta && { meta }) };
  }
  if (!meta) return { type: "key", text: character };
  const name = character.toLowerCase();
  return { type: "key", name, meta, ...(name !== character && { shift: true }) };
}

function controlKey(character: string): Key | undefined {
  if (character === "\x1b") return { type: "key", name: "escape" }; // Readline would wait for more.
  if (character === "\x1f") return { type: "key", name: "_", ctrl: true }; // Readline has no name.
  return readlineKey(character);
}

function isControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/**
 * Returns the key that sends `CSI` with these parameters and this final character, if it is known.
 */
export function sequenceKey(parameters: string, final: string): Key | undefined {
  const match = PARAMETERS.exec(parameters);
  if (!match) return undefined;
  const [, code = "", shifted, base, modifiers, event, text] = match;
  if (event === RELEASE) return undefined;
  const pressed = Math.max(0, Number(modifiers || 1) - 1);
  if (final === "u") {
    return codeKey(Number(code || 1), pressed, { shifted, base, text });
  }
  if (final === "~" && code === "27" && text !== undefined) return codeKey(Number(text), pressed);
  if (text !== undefined) return undefined;
  // Readline does not know the `@` of rxvt, which is Ctrl and Shift.
  if (final === "@") return legacyKey(code, pressed | SHIFT, "^");
  if (/[~$^]/.test(final)) return legacyKey(code, pressed, final);
  // A report of the cursor's position looks like a key, most of all like F3.
  if (modifiers !== undefined && code !== "1" || final === "R") return undefined;
  // A single number is the modifiers.
  return legacyKey("1", modifiers === undefined ? Number(code || 1) - 1 : pressed, final);
}

/**
 * Returns the key that sends `SS3` with these parameters and this final character, if it is known.
 */
export function applicationKey(parameters: string, final: string): Key | undefined {
  if (/[a-d]/.test(final)) return readlineKey(`\x1bO${final}`);
  if (final === "M") return { type: "key", name: "return" };
  // The number pad sends its characters so.
  if (/[j-y]/.test(final)) return characterKey(String.fromCharCode(final.charCodeAt(0) - 0x40));
  return sequenceKey(parameters, final);
}

/**
 * Returns the key of a sequence that readline knows. Readline reads one digit of modifiers, and
 * treats more as typed text: so it gets Shift, Alt and Ctrl, but no locks.
 */
function legacyKey(code: string, modifiers: number, final: string): Key | undefined {
  const { ctrl, meta, shift } = modifierFlags(modifiers);
  const sum = (shift ? SHIFT : 0) + (meta ? ALT : 0) + (ctrl ? CTRL : 0);
  return readlineKey(`\x1b[${code};${sum + 1}${final}`);
}

function modifierFlags(modifiers: number): Pick<Key, "ctrl" | "meta" | "shift"> {
  return {
    ...(modifiers & CTRL && { ctrl: true }),
    ...(modifiers & (ALT | SUPER) && { meta: true }), // Older terminals have Alt for Super.
    ...(modifiers & SHIFT && { shift: true }),
  };
}

/** Optional details of a key in the kitty keyboard protocol. */
interface Details {
  /** The code of the character that it types with Shift. */
  readonly shifted?: string | undefined;
  /** The code of the key in its place on a keyboard of the United States. */
  readonly base?: string | undefined;
  /** The codes of the text that it types. */
  readonly text?: string | undefined;
}

/**
 * Returns the key of a code point, as the kitty keyboard protocol and `modifyOtherKeys` send them.
 */
function codeKey(code: number, modifiers: number, details: Details = {}): Key | undefined {
  if (modifiers & (SUPER | HYPER | META)) return undefined;
  const onPad = PAD[code - FIRST_ON_PAD];
  const character = onPad ?? decodeCodePoint(code);
  const name = onPad !== undefined && onPad.length > 1 ? onPad : controlName(character);
  if (name !== undefined) return { type: "key", name, ...modifierFlags(modifiers) };
  if (modifiers & CTRL) return ctrlKey(character, modifiers, details);
  const text = modifiers & ALT ? character : typedText(character, modifiers, details);
  if (text === "" || isControl(text)) return undefined;
  return modifiers & ALT ? characterKey(text, { meta: true }) : { type: "key", text };
}

/** Returns the name of a key of its own that sends a control, such as Enter and Tab. */
function controlName(character: string): string | undefined {
  const key = isControl(character) ? controlKey(character) : undefined;
  return key?.ctrl ? undefined : key?.name;
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
  // With Shift these are other keys, such as those for copying.
  if (letter && !(modifiers & SHIFT)) {
    return characterKey(String.fromCharCode(latin.charCodeAt(0) & 0x1f), alt);
  }
  if (pressed === "_" || pressed === "/") return characterKey("\x1f", alt);
  return undefined;
}

function typedText(character: string, modifiers: number, { shifted, text }: Details): string {
  if (text) return text.split(":").map((code) => decodeCodePoint(Number(code))).join("");
  if (modifiers & SHIFT && shifted) return decodeCodePoint(Number(shifted));
  const upper = ((modifiers & SHIFT) > 0) !== ((modifiers & CAPS_LOCK) > 0);
  return upper ? character.toUpperCase() : character;
}

/** Returns the character of a code point; empty if it is a surrogate or of private use. */
function decodeCodePoint(code: number): string {
  if (!Number.isInteger(code) || code > 0x10ffff) return "";
  const character = String.fromCodePoint(code);
  return /[\p{Cs}\p{Co}]/u.test(character) ? "" : character;
}
