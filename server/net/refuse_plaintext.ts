import type { Socket } from "node:net";

const WORDS = "This port is encrypted: use https://, not http://\n";

const ANSWER = [
  "HTTP/1.1 400 Bad Request",
  "Connection: close",
  "Content-Type: text/plain; charset=utf-8",
  `Content-Length: ${WORDS.length}`,
  "X-Content-Type-Options: nosniff",
  "",
  WORDS,
].join("\r\n");

/**
 * Answers a request of HTTP/1.1 in plaintext on a port that speaks TLS, and ends the connection.
 * What else arrives is dropped, since closing at once might reset the connection before its peer has
 * read the answer; the peer has the time to join for that.
 */
export function refusePlaintext(socket: Socket): void {
  socket.end(ANSWER);
  socket.resume();
}
