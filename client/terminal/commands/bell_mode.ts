/** For which notes of others the terminal's bell rings: none, those that name you, all. */
export const BELL_MODES = ["off", "mention", "all"] as const;
/** One of {@linkcode BELL_MODES}. */
export type BellMode = typeof BELL_MODES[number];
