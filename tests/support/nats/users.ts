/**
 * Keys and credentials of users of NATS.
 *
 * @module
 */

import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A user with a key. */
export interface NkeyUser {
  /** The public key, for the configuration of a node. */
  readonly publicKey: string;
  /** The text of the file with its seed. */
  readonly seed: string;
}

/** Creates a user with a key. */
export function nkeyUser(): NkeyUser {
  const pair = nkeys.createUser();
  return { publicKey: pair.getPublicKey(), seed: `${seedOf(pair)}\n` };
}

/** The configuration of nodes that trust an operator, and the credentials of a user. */
export interface Operator {
  readonly settings: string;
  /** The text of a credentials file. */
  readonly credentials: string;
}

/** Creates an operator with an account that has JetStream, and a user in it. */
export async function operatorWithUser(): Promise<Operator> {
  const [operator, system, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const limits = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1 };
  const operatorToken = await token(operator, operator, {
    type: "operator",
    system_account: system.getPublicKey(),
  });
  const accountToken = await token(operator, account, {
    type: "account",
    limits: { ...unlimited, ...limits, leaf: -1, wildcards: true },
  });
  const systemToken = await token(operator, system, { type: "account", limits: unlimited });
  const userToken = await token(account, user, {
    type: "user",
    ...{ pub: {}, sub: {}, subs: -1, data: -1, payload: -1 },
  });
  return {
    settings: `operator: ${operatorToken}
      system_account: ${system.getPublicKey()}
      resolver: MEMORY
      resolver_preload: {
        ${system.getPublicKey()}: ${systemToken}
        ${account.getPublicKey()}: ${accountToken}
      }`,
    credentials: [
      "-----BEGIN NATS USER JWT-----",
      userToken,
      "------END NATS USER JWT------",
      "",
      "-----BEGIN USER NKEY SEED-----",
      seedOf(user),
      "------END USER NKEY SEED------",
      "",
    ].join("\n"),
  };
}

/** Signs claims about a key with the key of an issuer. */
async function token(issuer: KeyPair, subject: KeyPair, claims: object): Promise<string> {
  const body = {
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: "test",
    nats: { version: 2, ...claims },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const jti = base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  const signed = [{ typ: "JWT", alg: "ed25519-nkey" }, { ...body, jti }]
    .map((part) => base64Url(new TextEncoder().encode(JSON.stringify(part))))
    .join(".");
  return `${signed}.${base64Url(issuer.sign(new TextEncoder().encode(signed)))}`;
}

function seedOf(pair: KeyPair): string {
  return new TextDecoder().decode(pair.getSeed());
}

function base64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
