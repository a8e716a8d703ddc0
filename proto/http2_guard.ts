/**
 * Keeps an HTTP/2 session alive until its input has been parsed, and prevents responses to closed
 * calls from throwing. To activate it, import this module before the first connection.
 *
 * Deno 2.9.4 to 2.9.8 frees a session that is closed or destroyed while the bytes
 * that caused it are still being parsed (https://github.com/denoland/deno/issues/36788):
 * a GOAWAY, which every gRPC peer sends when it leaves, or an unsolicited PING
 * acknowledgement then corrupts memory and can crash the process. Deferring the two
 * calls that free the session to the next turn of the event loop avoids that.
 *
 * Deno also emits a call whose stream has been closed or destroyed in the meantime, and grpc-js
 * responds to some calls without checking for that: the response throws an uncaught error, which
 * ends the process. The guard does not emit such a call, and a response to a closed stream does
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

/** The stream of a call on a server. */
interface Stream {
  readonly destroyed: boolean;
  readonly closed: boolean;
}

/** The methods of such a stream that throw if it is closed. */
const ANSWERS = ["respond", "additionalHeaders", "sendTrailers"] as const;

/** A prototype of such streams. */
type StreamPrototype = Record<(typeof ANSWERS)[number], (this: Stream, ...args: unknown[]) => void>;

/** Sessions in the turn of their `goaway` event. */
const leaving = new WeakSet<object>();
/** Sessions on which `destroy` has been called: a second call has no effect. */
const destroyed = new WeakSet<object>();

/** The prototypes of streams whose methods have been replaced. */
const answering = new WeakSet<object>();

/** Finds the prototype that all sessions share, through a temporary session: it is not exported. */
function sessionPrototype(): SessionPrototype {
  const probe = http2.connect("http://probe.invalid", {
    createConnection: () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }),
  });
  probe.on("error", () => {}); // The probe has no peer; how it ends does not matter.
  let owner: object = probe;
  while (!Object.hasOwn(owner, "destroy")) owner = Object.getPrototypeOf(owner);
  probe.destroy();
  return owner as SessionPrototype;
}

function install(sessions: SessionPrototype): void {
  const { emit, close, destroy } = sessions;

  sessions.emit = function (event, ...args) {
    if (event === "goaway") {
      // grpc-js closes the session in this event, that is, while its input is being parsed.
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

/** Makes responding to a call do nothing once its stream is closed. */
function guardAnswers(streams: StreamPrototype): void {
  if (answering.has(streams)) return;
  answering.add(streams);
  for (const name of ANSWERS) {
    const answer = streams[name];
    if (!answer) continue; // A client's streams do not have it.
    streams[name] = function (...args) {
      if (!isGone(this)) answer.apply(this, args);
    };
  }
}

install(sessionPrototype());
