import type { FaultyFile } from "./fault.ts";

/**
 * The faults to plant. Each decision in this code has at least one that tests must notice.
 */
export const FAULTS: readonly FaultyFile[] = [];
