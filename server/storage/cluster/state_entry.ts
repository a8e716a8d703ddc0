import { isRecord } from "./state_records.ts";

/** A change of a key: a value for it, or its deletion, which may say why. */
export type Change =
  | { readonly value: unknown; readonly deleted?: undefined }
  | { readonly value?: undefined; readonly deleted: unknown };

/** A change as it is stored. */
export type StoredChange = Change & {
  /** Identifies the attempt to store it, so that its author finds out whether it was stored. */
  readonly attempt: string;
};

/** Returns a change as the bytes of an entry: JSON, which keeps any string. */
export function encodeChange(change: StoredChange): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(change));
}

/**
 * Reads the bytes of an entry of a key.
 *
 * @throws {Error} if they are not a change of it.
 */
export function decodeChange(key: string, data: Uint8Array): StoredChange {
  const change: StoredChange | null = JSON.parse(new TextDecoder().decode(data));
  if (!change || change.value === undefined && change.deleted === undefined) {
    throw new TypeError("It has neither a value nor a deletion");
  }
  if (!isRecord(key, change)) throw new TypeError("It has another shape");
  return change;
}
