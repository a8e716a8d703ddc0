import { assert, assertEquals, assertMatch } from "@std/assert";
import { status } from "@grpc/grpc-js";
import { isSmallOrder } from "../../../proto/identity/small_order.ts";
import { serve, type ServerEvent } from "../../../server.ts";
import { parseKeys } from "../../../server/access/key_list.ts";
import { Peer, refusal } from "../../support/wire/grpc_peer.ts";
import { RawIdentity } from "../../support/wire/raw_identity.ts";

/** The field and the curve of Ed25519: `-x² + y² = 1 + dx²y²`. */
const P = 2n ** 255n - 19n;
const D = mod(-121_665n * power(121_666n, P - 2n));

type Point = readonly [x: bigint, y: bigint];

function mod(value: bigint): bigint {
  return (value % P + P) % P;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (
    let square = mod(base), left = exponent;
    left > 0n;
    left >>= 1n, square = mod(square ** 2n)
  ) {
    if (left & 1n) result = mod(result * square);
  }
  return result;
}

function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = D * x1 * x2 * y1 * y2;
  const divide = (above: bigint, below: bigint) => mod(above * power(mod(below), P - 2n));
  return [divide(x1 * y2 + x2 * y1, 1n + product), divide(y1 * y2 + x1 * x2, 1n - product)];
}

/** A point with that `y`, or undefined if the curve has none. */
function pointOf(y: bigint): Point | undefined {
  const square = mod((y * y - 1n) * power(mod(D * y * y + 1n), P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * power(2n, (P - 1n) / 4n));
  return mod(x * x) === square ? [x, y] : undefined;
}

/**
 * All `y` whose points are of small order: any point times L, the odd part of the group's order.
 */
function smallOnes(): bigint[] {
  const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const found = new Set<bigint>();
  // L times a point is one of the eight; enough points find them all.
  for (let y = 2n; found.size < 5; y++) {
    let [sum, double, left]: [Point, Point | undefined, bigint] = [[0n, 1n], pointOf(y), L];
    if (!double) continue;
    for (; left > 0n; left >>= 1n, double = add(double, double)) {
      if (left & 1n) sum = add(sum, double);
    }
    found.add(sum[1]);
  }
  return [...found];
}

/** All encodings of these points: `y` reduced or not, with either sign of `x`. */
function encodings(): Uint8Array[] {
  const written = smallOnes().flatMap((y) => [y, y + P]).filter((y) => y < 2n ** 255n);
  return written.flatMap((y) => [y, y + 2n ** 255n]).map((number) =>
    Uint8Array.fromHex(number.toString(16).padStart(64, "0")).reverse()
  );
}

Deno.test("isSmallOrder() recognizes all keys of small order, in every encoding, and no others", async () => {
  const keys = encodings();
  assertEquals(keys.length, 14); // 5 of `y`, 2 of which fit twice below 2²⁵⁵, by 2 signs.
  assertEquals(keys.filter((key) => !isSmallOrder(key)), []);
  for (let i = 0; i < 100; i++) assert(!isSmallOrder((await RawIdentity.create()).key));
  assert(!isSmallOrder(new Uint8Array(32).fill(1)));
});

Deno.test("a key of small order is refused, signed or not, with that reason", async () => {
  const reasons: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "join") reasons.push(`${event.name} joined by ${event.key}`);
  };
  await using server = await serve({ address: "127.0.0.1:0", onEvent });
  using peer = new Peer(server.address);
  for (const key of encodings()) {
    const session = peer.session();
    session.send({ join: { name: "eve", room: "", client: "x".repeat(16), key } });
    // Valid under a key of small order for one message in eight, with any content.
    const signature = new Uint8Array(64);
    signature[0] = 1;
    session.send({ proof: { signature, password: "" } });
    const { code, details } = await refusal(session);
    assertEquals(code, status.INVALID_ARGUMENT);
    assertEquals(details, `The key ${key.toHex()} is of small order: anyone can sign with it`);
  }
  assertEquals(reasons, []);
});

Deno.test("parseKeys() accepts no key of small order", async () => {
  for (const key of encodings()) {
    let message = "";
    await parseKeys(key.toBase64(), "the list").catch((error) => message = error.message);
    assertMatch(message, /^Line 1 of the list is not a public key or fingerprint, /);
  }
});
