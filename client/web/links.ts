/** A part of a text. With a `url` it is a link, whose text is what the author wrote. */
export interface LinkedText {
  readonly text: string;
  readonly url?: string;
}

/** An address up to a space or an escaped character. No other scheme becomes a link. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"“”`\\]+/giu;

/** Punctuation after an address. */
const TRAILING = /[.,:;!?'’)\]}»…]+$/u;

/** Splits a text, which must be safe for a terminal, into links and the text between them. */
export function linkedTexts(text: string): LinkedText[] {
  const parts: LinkedText[] = [];
  let at = 0;
  for (const { 0: match, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(match);
    const url = safeUrl(address);
    if (url === undefined) continue;
    if (index > at) parts.push({ text: text.slice(at, index) });
    parts.push({ text: address, url });
    at = index + address.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}

/** Removes the punctuation of the sentence. A closing bracket stays if it closes one inside. */
function withoutTrailing(address: string): string {
  const bare = address.replace(TRAILING, "");
  const next = address[bare.length];
  if (next === ")" && bare.split("(").length > bare.split(")").length) {
    return address.slice(0, bare.length + 1);
  }
  return bare;
}

/** Returns the URL of an address; undefined if it is none, or pretends to be another one's. */
function safeUrl(address: string): string | undefined {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  // `https://bank.example@evil.example/` is a link to evil.example.
  return url.username === "" && url.password === "" ? url.href : undefined;
}
