import { Paste, type Pasted } from "./bracketed_paste.ts";
import { applicationKey, characterKey, type Key, sequenceKey } from "./key.ts";
import { Utf8Decoder } from "./utf8_decoder.ts";

/** What somebody does at a terminal. */
export type Input = Key | Pasted;

/** Where in a sequence the decoder is; between sequences it is on the `ground`. */
type State = "ground" | "escape" | "csi" | "ss3" | "string" | "string escape";

/** What comes after `ESC`, or as one control, and begins a sequence. */
const INTRODUCERS: ReadonlyMap<string, State> = new Map([
  ["[", "csi"],
  ["O", "ss3"],
  ["P", "string"], // DCS
  ["X", "string"], // SOS
  ["]", "string"], // OSC
  ["^", "string"], // PM
  ["_", "string"], // APC
]);

/** How many characters follow those sequences that say no end: the mouse, and keys of Linux. */
const FOLLOWING: ReadonlyMap<string, number> = new Map([["M", 3], ["T", 6], ["t", 2], ["[", 1]]);

/** Longer parameters are those of no key. */
const MAX_PARAMETERS = 256;

/** A read that is Ctrl-C alone, also as terminals send it that encode all keys. */
// deno-lint-ignore no-control-regex -- that is what it is
const INTERRUPT = /^(?:\x03|(?:\x1b\[|\x9b)(?:99;5u|27;5;99~))$/;

/**
 * Makes keys and pastes of the bytes that a terminal sends. What else terminals send, such as
 * the mouse, answers, and keys that nobody knows, is taken whole and left out, in however many
 * reads it comes.
 *
 * A sequence that does not end takes no keys for good: a control ends it. A paste is left by
 * Ctrl-C, and then is what has come of it.
 */
export class KeyDecoder {
  readonly #maxPasteChars: number;
  readonly #text = new Utf8Decoder();
  #state: State = "ground";
  /** What stands in a sequence after its introducer; of strings, nothing. */
  #parameters = "";
  /** Whether there is nothing after the introducer yet, and it came as `ESC` and a character. */
  #introduced = "";
  /** How many characters are to be left out. */
  #skip = 0;
  #paste: Paste | undefined;

  /** Makes one that keeps no more than `maxPasteChars` UTF-16 units of a paste. */
  constructor(maxPasteChars: number) {
    this.#maxPasteChars = maxPasteChars;
  }

  /**
   * Whether what was read may be a key: Escape, or Alt with what begins a sequence. It is,
   * if nothing follows.
   */
  get waits(): boolean {
    return this.#state === "escape" || this.#introduced !== "";
  }

  /** Nothing has followed for a while: what {@linkcode waits} is a key. */
  lapse(): Input[] {
    if (!this.waits) return [];
    const key = this.#state === "escape"
      ? characterKey("\x1b")
      : characterKey(this.#introduced, { meta: true });
    this.#enter("ground");
    return key ? [key] : [];
  }

  /** Reads what has come in one read. */
  read(bytes: Uint8Array): Input[] {
    const inputs: Input[] = [];
    const text = this.#text.read(bytes);
    if (this.#paste && INTERRUPT.test(text)) return [this.#endPaste(this.#paste)];
    for (let rest: string | undefined = text; rest;) {
      if (this.#paste) {
        rest = this.#paste.read(rest);
        if (rest !== undefined) inputs.push(this.#endPaste(this.#paste));
      } else rest = this.#readKeys(rest, inputs);
    }
    return inputs;
  }

  /** Reads up to the start of a paste, and returns what follows. */
  #readKeys(text: string, inputs: Input[]): string {
    let at = 0;
    for (const character of text) {
      at += character.length;
      const key = this.#decode(character);
      if (key) inputs.push(key);
      if (this.#paste) break;
    }
    return text.slice(at);
  }

  #endPaste(paste: Paste): Pasted {
    this.#paste = undefined;
    return paste.end();
  }

  #enter(state: State): undefined {
    this.#state = state;
    this.#parameters = "";
    this.#introduced = "";
  }

  #decode(character: string): Key | undefined {
    if (this.#skip > 0) return void this.#skip--;
    if (this.#state !== "escape") this.#introduced = "";
    switch (this.#state) {
      case "ground":
        return this.#decodeOnGround(character);
      case "escape":
        return this.#decodeAfterEscape(character);
      case "csi":
      case "ss3":
        return this.#decodeInSequence(character);
      case "string":
        return this.#decodeInString(character);
      case "string escape":
        // Without the rest of `ST` it is another sequence, for which this one was left.
        this.#enter("escape");
        return character === "\\" ? this.#enter("ground") : this.#decodeAfterEscape(character);
    }
  }

  #decodeOnGround(character: string): Key | undefined {
    if (character === "\x1b") return this.#enter("escape");
    if (isC1(character)) {
      const state = INTRODUCERS.get(String.fromCharCode(character.charCodeAt(0) - 0x40));
      return this.#enter(state ?? "ground");
    }
    return characterKey(character);
  }

  #decodeAfterEscape(character: string): Key | undefined {
    if (character === "\x1b") return characterKey(character); // And another one.
    if (isC1(character)) return this.#decodeOnGround(character);
    const state = INTRODUCERS.get(character);
    this.#enter(state ?? "ground");
    if (!state) return characterKey(character, { meta: true });
    this.#introduced = character;
    return undefined;
  }

  #decodeInSequence(character: string): Key | undefined {
    const state = this.#state;
    const parameters = this.#parameters;
    const ends = character >= "@" && character <= "~" || isEndOfRxvt(parameters, character);
    if (!ends && character >= " " && character <= "?") {
      if (parameters.length < MAX_PARAMETERS) this.#parameters += character;
      return undefined;
    }
    this.#enter("ground");
    if (!ends) return this.#decodeOnGround(character);
    if (parameters.length === MAX_PARAMETERS) return undefined;
    return state === "ss3"
      ? applicationKey(parameters, character)
      : this.#endSequence(parameters, character);
  }

  #endSequence(parameters: string, last: string): Key | undefined {
    if (parameters === "") this.#skip = FOLLOWING.get(last) ?? 0;
    if (this.#skip > 0) return undefined;
    if (parameters === "200" && last === "~") this.#paste = new Paste(this.#maxPasteChars);
    return sequenceKey(parameters, last);
  }

  /** Any control ends a string: no answer holds one, and nobody shall type into it for long. */
  #decodeInString(character: string): undefined {
    if (character === "\x1b") return this.#enter("string escape");
    if (character < " " || character === "\x9c") return this.#enter("ground");
  }
}

function isC1(character: string): boolean {
  return character >= "\x80" && character <= "\x9f";
}

/** Whether `$` is the end of a key's sequence, as rxvt sends them, and not of a longer one. */
function isEndOfRxvt(parameters: string, character: string): boolean {
  return character === "$" && /^\d\d?$/.test(parameters);
}
