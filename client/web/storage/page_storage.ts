/** The part of `localStorage` that is used. */
export type PageStorage = Pick<Storage, "getItem" | "setItem">;

/** Reads a list that was stored as JSON. Anything else, such as a missing one, is an empty list. */
export function readList(storage: PageStorage, key: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(storage.getItem(key) ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
