import { errorMessage } from "../room/errors.ts";

/** The words for each system error. */
const WORDS = {
  EACCES: "permission denied",
  EADDRINUSE: "it is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EAI_AGAIN: "the name cannot be looked up now",
  EBUSY: "it is in use",
  ECONNABORTED: "the connection broke",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection broke",
  EDQUOT: "the disk quota is used up",
  EEXIST: "there is such a file already; choose another one",
  EHOSTUNREACH: "there is no route to it",
  EINVAL: "the system does not accept it",
  EIO: "the disk failed",
  EISDIR: "it is a folder",
  ELOOP: "its links lead in a circle",
  EMFILE: "the process has as many open files as it may have",
  ENAMETOOLONG: "its name is too long",
  ENETUNREACH: "there is no route to it",
  ENFILE: "the system has as many open files as it may have",
  ENOBUFS: "the system has no more memory for sockets",
  ENOENT: "there is no such file",
  ENOMEM: "the system has no more memory",
  ENOSPC: "the disk is full",
  ENOTDIR: "there is no such folder",
  ENOTFOUND: "there is no such host",
  EPERM: "permission denied",
  EPIPE: "the connection broke",
  EROFS: "the file system cannot be written to",
  ETIMEDOUT: "there is no answer",
} as const satisfies Readonly<Record<string, string>>;

/** The code of a system error, as errors of Deno and Node have it. */
export type Errno = keyof typeof WORDS;

/** Words for codes that mean something else than usual in one place. */
export type OwnWords = Readonly<Partial<Record<Errno, string>>>;

/** Returns the code of a system error; undefined for other errors. */
export function errnoOf(error: unknown): Errno | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && isErrno(code) ? code : undefined;
}

/** Returns the first code in the message of a library, such as `connect ECONNREFUSED`. */
export function errnoIn(text: string): Errno | undefined {
  return text.match(/\bE[A-Z_]+\b/g)?.find(isErrno);
}

/** Returns the words for a code: from `own`, or else the usual ones. */
export function errnoWords(code: Errno, own: OwnWords = {}): string {
  return own[code] ?? WORDS[code];
}

/** Returns why something failed: a system error in words, or the message of another error. */
export function reasonFor(error: unknown, own?: OwnWords): string {
  const code = errnoOf(error);
  return code === undefined ? errorMessage(error) : errnoWords(code, own);
}

function isErrno(code: string): code is Errno {
  return Object.hasOwn(WORDS, code);
}

/** Returns whether an error says that there is no such file, or no folder for it. */
export function isMissing(error: unknown): boolean {
  const { NotADirectory, NotFound } = Deno.errors;
  return error instanceof NotFound || error instanceof NotADirectory;
}
