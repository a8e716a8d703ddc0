/** A fault to plant: a piece of code, and what replaces it. */
export interface Fault {
  /** The code. It occurs once in its file. */
  readonly code: string;
  /** The code that replaces it; empty to remove it. */
  readonly by: string;
  /** What a user or a peer would see, in one line. */
  readonly seen: string;
  /** The test files that must notice. Default: those of the file. */
  readonly tests?: readonly string[];
}

/** A file with the faults that are planted in it, one at a time. */
export interface FaultyFile {
  /** Its path in the project. */
  readonly file: string;
  /** The test files that must notice: the fastest that do. */
  readonly tests: readonly string[];
  readonly faults: readonly Fault[];
}

/** A fault with its place in the whole list. */
export interface NumberedFault extends Required<Fault> {
  /** Its number, from 1 on. */
  readonly number: number;
  /** The path of its file in the project. */
  readonly file: string;
}

/** Numbers the faults of all files. */
export function numbered(files: readonly FaultyFile[]): NumberedFault[] {
  const all = files.flatMap(({ file, tests, faults }) =>
    faults.map((fault) => ({ file, tests, ...fault }))
  );
  return all.map((fault, i) => ({ ...fault, number: i + 1 }));
}

/**
 * Returns a file's text with a fault planted in it.
 *
 * @throws {RangeError} if the code does not occur exactly once in it, or is not changed.
 */
export function plant(text: string, { file, number, code, by }: NumberedFault): string {
  const [before = "", after, ...more] = text.split(code);
  const where = `Fault ${number}: in ${file}, the code ${JSON.stringify(code)}`;
  if (after === undefined) throw new RangeError(`${where} does not occur`);
  if (more.length > 0) throw new RangeError(`${where} occurs ${more.length + 1} times`);
  if (by === code) throw new RangeError(`${where} is not changed`);
  return before + by + after;
}
