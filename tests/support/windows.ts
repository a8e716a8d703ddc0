/**
 * Imitates what the program uses of Deno on Windows, according to Deno's source
 * (`runtime/ops/tty.rs`, `ext/signals/`). A process preloads this module. The terminal stays one of
 * this system: unlike a console, it echoes keys that nothing reads.
 *
 * @module
 */

const { setRaw } = Deno.stdin;
const { addSignalListener } = Deno;

/** The signals that Deno lets a program listen to on Windows. */
const SIGNALS: readonly Deno.Signal[] = [
  "SIGINT",
  "SIGBREAK",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGWINCH",
];

Object.defineProperty(Deno, "build", { value: { ...Deno.build, os: "windows" } });

Deno.stdin.setRaw = (mode, options) => {
  if (options?.cbreak) throw new Deno.errors.NotSupported("The operation is not supported");
  setRaw.call(Deno.stdin, mode);
};

Deno.addSignalListener = (signal, listener) => {
  if (!SIGNALS.includes(signal)) throw new TypeError(`Invalid signal: ${signal}`);
  if (signal !== "SIGBREAK") addSignalListener(signal, listener); // Nobody sends this one here.
};
