/**
 * Where the server's HTTP/2 differs from h2spec, and why. h2spec tests RFC 7540 of 2015, which
 * RFC 9113 has replaced.
 *
 * @module
 */

/** A difference. */
export interface Difference {
  /** The case that fails, such as `http2/5.1/8`. */
  readonly test: string;
  /** What h2spec expects. */
  readonly expects: string;
  /** Why the server does something else. */
  readonly reason: string;
  /** True if it fails in plaintext only. */
  readonly plaintextOnly?: boolean;
  /** True if it passes or fails by what arrives first. */
  readonly isRace?: boolean;
}

const CLOSED =
  "nghttp2, the library in Deno and in Node, forgets closed streams and ignores what still " +
  "arrives on them (nghttp2/nghttp2#2278, #2365). Nothing of it reaches the server's code.";
const PRIORITY =
  "RFC 9113 has dropped priorities, and nghttp2 ignores PRIORITY frames since 1.65 " +
  "(nghttp2/nghttp2#2365).";
const ANSWERED =
  "If the server has answered when the frame arrives, the stream is closed, and nghttp2 ignores " +
  "what arrives on it, as above.";

/** All of them. */
export const DIFFERENCES: readonly Difference[] = [
  {
    test: "http2/3.5/2",
    expects: "a connection that begins with nonsense is closed without an answer",
    reason: "The port also speaks HTTP/1.1, which answers nonsense with status 400, and then " +
      "closes the connection. Over TLS, where the client has chosen HTTP/2, it is closed at once.",
    plaintextOnly: true,
  },
  { test: "http2/5.1/8", expects: "STREAM_CLOSED for DATA after RST_STREAM", reason: CLOSED },
  { test: "http2/5.1/9", expects: "STREAM_CLOSED for HEADERS after RST_STREAM", reason: CLOSED },
  { test: "http2/5.1/11", expects: "STREAM_CLOSED for DATA after the end", reason: CLOSED },
  { test: "http2/5.1/12", expects: "STREAM_CLOSED for HEADERS after the end", reason: CLOSED },
  {
    test: "http2/5.1/5",
    expects: "STREAM_CLOSED for DATA after END_STREAM",
    reason: ANSWERED,
    isRace: true,
  },
  {
    test: "http2/5.1/6",
    expects: "STREAM_CLOSED for HEADERS after END_STREAM",
    reason: ANSWERED,
    isRace: true,
  },
  {
    test: "http2/6.1/2",
    expects: "STREAM_CLOSED for DATA after END_STREAM",
    reason: ANSWERED,
    isRace: true,
  },
  {
    test: "http2/5.1.1/2",
    expects: "PROTOCOL_ERROR for a stream with a number smaller than the last one's",
    reason: CLOSED,
  },
  { test: "http2/5.3.1/2", expects: "PROTOCOL_ERROR for a PRIORITY on itself", reason: PRIORITY },
  { test: "http2/6.3/1", expects: "PROTOCOL_ERROR for a PRIORITY of stream 0", reason: PRIORITY },
  {
    test: "http2/6.7/2",
    expects: "a PING acknowledgement that nobody asked for is ignored",
    reason: "Deno closes the connection, as Node does, since no honest peer sends one. A PING " +
      "that arrives together with it is still answered, which is all that h2spec looks at.",
    isRace: true,
  },
  {
    test: "http2/6.9.1/3",
    expects: "RST_STREAM for a stream's window beyond 2^31-1",
    reason: "Deno ends the connection with GOAWAY, as Node does. RFC 9113 lets an endpoint treat " +
      "the error of a stream as an error of the connection (5.4.1).",
  },
];
