import type { BellMode } from "./bell_mode.ts";

/** What a person wants to see and hear, in all rooms. */
export interface Settings {
  /** Whether to hide joins, leaves and new names. */
  quiet: boolean;
  /** The notes that ring the bell. */
  bell: BellMode;
}
