/** Calls `run` regularly, until that is disposed. */
export function every(ms: number, run: () => void): Disposable {
  const timer = setInterval(run, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Calls `run` after `ms` milliseconds, unless that is disposed before. */
export function after(ms: number, run: () => void): Disposable {
  const timer = setTimeout(run, ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
