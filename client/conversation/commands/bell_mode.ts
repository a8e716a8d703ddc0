/** The notes of others that ring the terminal's bell: none, mentions of the person, or all. */
export const BELL_MODES = ["off", "mention", "all"] as const;
/** One of {@linkcode BELL_MODES}. */
export type BellMode = typeof BELL_MODES[number];
