import { Paste, type Pasted } from "./bracketed_paste.ts";
import type { Key } from "./key.ts";
import { applicationKey, characterKey, sequenceKey } from "./key_sequences.ts";
import { Utf8Decoder } from "./utf8_decoder.ts";

/** A key or a paste. */
export type Input = Key | Pasted;

/** The part of a sequence that the decoder is in; between sequences it is on the `ground`. */
type State = "ground" | "escape" | "csi" | "ss3" | "string" | "string escape";

/** The characters that begin a sequence after `ESC`; each is also one control of its own. */
const INTRODUCERS: ReadonlyMap<string, State> = new Map([
  ["[", "csi"],
  ["O", "ss3"],
  ["P", "string"], // DCS
  ["X", "string"], // SOS
  ["]", "string"], // OSC
  ["^", "string"], // PM
  ["_", "string"], // APC
]);

/** The number of characters after sequences without an end: the mouse, and keys of Linux. */
const FOLLOWING: ReadonlyMap<string, number> = new Map([["M", 3], ["T", 6], ["t", 2], ["[", 1]]);

/** No key has longer parameters. */
const MAX_PARAMETERS = 256;

/** A read of Ctrl-C alone, also from terminals that encode all keys. */
// deno-lint-ignore no-control-regex -- Ctrl-C is one
const INTERRUPT = /^(?:\x03|(?:\x1b\[|\x9b)(?:99;5u|27;5;99~))$/;

/**
 * Decodes the bytes that a terminal sends into keys and pastes. Other sequences, such as mouse
 * events, reports and unknown keys, are left out whole, even if they are split over several reads.
 *
 * A sequence without an end does not swallow keys forever: a control ends it. Ctrl-C ends a paste,
 * which then is the text received so far.
 */
export class KeyDecoder {
  readonly #maxPasteChars: number;
  readonly #text = new Utf8Decoder();
  #state: State = "ground";
  /** The text of a sequence after its introducer; empty for strings. */
  #parameters = "";
  /** The introducer, if it came after `ESC` and nothing has followed yet. */
  #introduced = "";
  /** The number of characters to leave out. */
  #skip = 0;
  #paste: Paste | undefined;

  /** Creates a decoder that keeps at most `maxPasteChars` UTF-16 units of a paste. */
  constructor(maxPasteChars: number) {
    this.#maxPasteChars = maxPasteChars;
  }

  /**
   * Whether the last characters may be a key: Escape, or Alt with the start of a sequence. They
   * are one if nothing follows.
   */
  get waits(): boolean {
    return this.#state === "escape" || this.#introduced !== "";
  }

  /** Returns the key that {@linkcode waits}, as nothing has followed for a while. */
  lapse(): Input[] {
    if (!this.waits) return [];
    const key = this.#state === "escape"
      ? characterKey("\x1b")
      : characterKey(this.#introduced, { meta: true });
    this.#enter("ground");
    return key ? [key] : [];
  }

  /** Decodes the bytes of one read. */
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
        // Without the rest of `ST` another sequence has begun in the middle of this one.
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

  /**
   * Any control ends a string: no report has one in it, and typed keys must not vanish for long.
   */
  #decodeInString(character: string): undefined {
    if (character === "\x1b") return this.#enter("string escape");
    if (character < " " || character === "\x9c") return this.#enter("ground");
  }
}

function isC1(character: string): boolean {
  return character >= "\x80" && character <= "\x9f";
}

/** Returns whether `$` ends the sequence of a key of rxvt, not a longer one. */
function isEndOfRxvt(parameters: string, character: string): boolean {
  return character === "$" && /^\d\d?$/.test(parameters);
}
