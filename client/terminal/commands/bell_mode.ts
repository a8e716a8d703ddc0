/** Which notes of others ring the terminal's bell: none, those that mention the person, all. */
export const BELL_MODES = ["off", "mention", "all"] as const;
/** One of {@linkcode BELL_MODES}. */
export type BellMode = typeof BELL_MODES[number];
