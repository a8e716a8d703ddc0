/** @import { Signer } from "../session/prover.ts" */

/**
 * Loads the person's key, which the browser makes at the first visit. It is never extractable. Only
 * a secure context has keys.
 *
 * @returns {Promise<Signer | undefined>}
 */
export async function loadIdentity() {
  if (!isSecureContext) return undefined;
  try {
    const pair = await loadKey() ?? await makeKey();
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const sign = async (/** @type {Uint8Array<ArrayBuffer>} */ bytes) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes));
    return { publicKey, sign };
  } catch {
    return undefined; // An old browser, or one that stores nothing.
  }
}

/** @returns {Promise<CryptoKeyPair>} */
async function makeKey() {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  // Another page of this origin may have stored one meanwhile, which then is the key.
  await useKeys("readwrite", (keys) => keys.add(pair, "identity")).catch(() => {});
  return await loadKey() ?? pair;
}

/** @returns {Promise<CryptoKeyPair | undefined>} */
function loadKey() {
  return useKeys("readonly", (keys) => keys.get("identity"));
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(keys: IDBObjectStore) => IDBRequest} use
 */
async function useKeys(mode, use) {
  const opening = indexedDB.open("chat", 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore("keys");
  const database = await result(opening);
  try {
    return await result(use(database.transaction("keys", mode).objectStore("keys")));
  } finally {
    database.close();
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
