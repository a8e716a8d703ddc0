/**
 * Keeps an HTTP/2 session alive until its input has been parsed, and answers to calls that are
 * gone from throwing. Importing this module before the first connection is all there is to do.
 *
 * Deno 2.9.4 to 2.9.6 frees a session that is closed or destroyed while the bytes
 * that caused it are still being parsed (https://github.com/denoland/deno/issues/36788):
 * a GOAWAY, which every gRPC peer sends when it leaves, or an unasked PING
 * acknowledgement then corrupts memory and can end the process. Deferring the two
 * calls that free the session to the next turn of the event loop avoids it.
 *
 * Deno also announces a call whose stream has been closed or destroyed meanwhile, and grpc-js
 * answers some calls without a look at that: the answer throws where nobody catches it, and
 * ends the process. Such a call is not announced, and an answer to a stream that is gone does
 * nothing.
 *
 * Remove the part about sessions once the pinned Deno has the fix.
 *
 * @module
 */

import http2 from "node:http2";
import { Duplex } from "node:stream";

/** The methods of a Node HTTP/2 session that the guard replaces. */
interface SessionPrototype {
  emit(this: object, event: string, ...args: unknown[]): boolean;
  close(this: object, ...args: unknown[]): void;
  destroy(this: object, ...args: unknown[]): void;
}

/** The stream of a call, as a server has it. */
interface Stream {
  readonly destroyed: boolean;
  readonly closed: boolean;
}

/** The methods of such a stream that throw if it is gone. */
const ANSWERS = ["respond", "additionalHeaders", "sendTrailers"] as const;

/** A prototype of such streams. */
type StreamPrototype = Record<(typeof ANSWERS)[number], (this: Stream, ...args: unknown[]) => void>;

/** Sessions that are inside the turn of their `goaway` event. */
const leaving = new WeakSet<object>();
/** Sessions whose destruction has been asked for: a second call has nothing to do. */
const destroyed = new WeakSet<object>();

/** The prototypes of streams whose answers have been replaced. */
const answering = new WeakSet<object>();

/** Finds the prototype that all sessions share; a throw-away session is the only way to it. */
function sessionPrototype(): SessionPrototype {
  const probe = http2.connect("http://probe.invalid", {
    createConnection: () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }),
  });
  probe.on("error", () => {}); // The probe speaks to nobody; how it ends is of no interest.
  let owner: object = probe;
  while (!Object.hasOwn(owner, "destroy")) owner = Object.getPrototypeOf(owner);
  probe.destroy();
  return owner as SessionPrototype;
}

function install(sessions: SessionPrototype): void {
  const { emit, close, destroy } = sessions;

  sessions.emit = function (event, ...args) {
    if (event === "goaway") {
      // grpc-js closes the session inside this event, that is, while it is being parsed.
      leaving.add(this);
      setImmediate(() => leaving.delete(this));
    }
    if (event === "stream") {
      const stream = args[0] as Stream;
      if (isGone(stream)) return false;
      guardAnswers(Object.getPrototypeOf(stream));
    }
    return emit.call(this, event, ...args);
  };

  sessions.close = function (...args) {
    if (leaving.has(this)) setImmediate(() => close.apply(this, args));
    else close.apply(this, args);
  };

  sessions.destroy = function (...args) {
    if (destroyed.has(this)) return;
    destroyed.add(this);
    setImmediate(() => destroy.apply(this, args));
  };
}

function isGone({ destroyed, closed }: Stream): boolean {
  return destroyed || closed;
}

/** Has what answers a call do nothing once its stream is gone. */
function guardAnswers(streams: StreamPrototype): void {
  if (answering.has(streams)) return;
  answering.add(streams);
  for (const name of ANSWERS) {
    const answer = streams[name];
    if (!answer) continue; // Those of a client answer nothing.
    streams[name] = function (...args) {
      if (!isGone(this)) answer.apply(this, args);
    };
  }
}

install(sessionPrototype());
