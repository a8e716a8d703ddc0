/** Pseudo-random numbers and bytes, which are the same for the same seed. */
export interface Random {
  /** A number from 0 to below 1. */
  readonly next: () => number;
  /** An integer from 0 to below `bound`. */
  readonly below: (bound: number) => number;
  /** `length` bytes. */
  readonly bytes: (length: number) => Uint8Array;
  /** One of `items`. */
  readonly pick: <T>(items: readonly T[]) => T;
}

/** Creates a generator (mulberry32) from a seed. */
export function random(seed: number): Random {
  const next = () => {
    let t = seed += 0x6d2b79f5;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
  const below = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: (items) => items[below(items.length)]!,
  };
}
