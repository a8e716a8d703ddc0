/** @import { PageStorage } from "./page_storage.ts" */

/**
 * What the page remembers for the next visit; only until it is closed, if the person does not let
 * sites store anything.
 */
export const storage = findStorage(() => globalThis.localStorage);

/** What the page remembers until its tab is closed. */
export const tabStorage = findStorage(() => globalThis.sessionStorage);

/**
 * @param {() => PageStorage} find
 * @returns {PageStorage}
 */
function findStorage(find) {
  try {
    return find();
  } catch {
    /** @type {Map<string, string>} */
    const items = new Map();
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
    };
  }
}
