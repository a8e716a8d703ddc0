/** The headers of a response, by their names. */
export type Headers = Readonly<Record<string, string>>;

/** No other page may contain or open our responses, and ours gives nothing away to others. */
const ALONE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The headers of all responses: they are for programs and may do nothing in a browser. */
export const HEADERS: Headers = {
  "content-security-policy": `default-src 'none'; ${ALONE}`,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY", // For browsers that do not know frame-ancestors.
};

/** The additional headers of our own page, which uses scripts and styles of this server only. */
export const PAGE_HEADERS: Headers = {
  "content-security-policy":
    `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; ${ALONE}`,
};
