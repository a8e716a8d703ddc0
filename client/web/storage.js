/** @import { PageStorage } from "./seen_notes.ts" */

/**
 * What the page remembers for the next visit; only until it is closed, if the person does not let
 * sites store anything.
 *
 * @type {PageStorage}
 */
export const storage = findStorage();

/** @returns {PageStorage} */
function findStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    /** @type {Map<string, string>} */
    const items = new Map();
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
    };
  }
}
