import { assertRejects } from "@std/assert";
import {
  type ClientCertificate,
  type ClusterOptions,
  type Context,
  join,
  type JoinOptions,
  type ModerationCommand,
  type MoveOptions,
  type OpenOptions,
  type SayOptions,
  type SearchOptions,
  serve,
  type ServeOptions,
  type TlsOptions,
  type Trust,
} from "../../mod.ts";

/** The optional fields of a type that do not take undefined under exactOptionalPropertyTypes. */
type Exact<T> = T extends unknown ? {
    [Key in keyof T]-?: Record<never, never> extends Pick<T, Key>
      ? Record<Key, undefined> extends Pick<T, Key> ? never : Key
      : never;
  }[keyof T]
  : never;

/** Compiles only without a type argument's values. */
const none = <_T extends never>(): void => {};

Deno.test("every optional field of the public options takes undefined", () => {
  none<Exact<JoinOptions>>();
  none<Exact<ServeOptions>>();
  none<Exact<ClusterOptions>>();
  none<Exact<TlsOptions>>();
  none<Exact<Trust>>();
  none<Exact<ClientCertificate>>();
  none<Exact<SayOptions>>();
  none<Exact<MoveOptions>>();
  none<Exact<OpenOptions>>();
  none<Exact<SearchOptions>>();
  none<Exact<ModerationCommand>>();
  none<Exact<Context>>();
  // @ts-expect-error: otherwise the lines above would compile for every type.
  none<Exact<{ a?: number }>>();
});

const SAFE = Number.MAX_SAFE_INTEGER;

const REFUSED: readonly [options: JoinOptions, words: string][] = [
  [{ timeoutMs: NaN }, "timeoutMs NaN: must be from 1 to Infinity"],
  [{ timeoutMs: 0 }, "timeoutMs 0: must be from 1 to Infinity"],
  [{ keepaliveMs: NaN }, "keepaliveMs NaN: must be from 1 to Infinity"],
  [{ keepaliveMs: -1 }, "keepaliveMs -1: must be from 1 to Infinity"],
  [{ last: NaN }, "last NaN: must be a whole number from 0 to 4294967295"],
  [{ last: 1.5 }, "last 1.5: must be a whole number from 0 to 4294967295"],
  [{ since: { seq: -1 } }, `since.seq -1: must be a whole number from 0 to ${SAFE}`],
  [{ since: { time: NaN } }, `since.time NaN: must be from 0 to ${SAFE}`],
];

/** Values that only callers without types can pass, and that compare like numbers. */
const NO_NUMBERS: readonly [value: unknown, shown: string][] = [
  ["5", '"5"'],
  [[5], "5"],
  [[], ""],
  [true, "true"],
  [5n, "5"],
];

for (const [value, shown] of NO_NUMBERS) {
  Deno.test(`join() and serve() refuse ${Deno.inspect(value)} as a number`, async () => {
    const number = value as number;
    const refusal = (name: string) => `${name} ${shown}: must be a number from`;
    for (
      const [options, name] of [
        [{ timeoutMs: number }, "timeoutMs"],
        [{ keepaliveMs: number }, "keepaliveMs"],
        [{ since: { time: number } }, "since.time"],
        [{ since: { agoMs: number } }, "since.agoMs"],
      ] as const
    ) {
      await assertRejects(() => join(options), RangeError, refusal(name));
    }
    for (const name of ["rate", "graceMs"] as const) {
      await assertRejects(() => serve({ [name]: number }), RangeError, refusal(name));
    }
    await using server = await serve({ address: "127.0.0.1:0" });
    await assertRejects(() => server.stop(number), RangeError, refusal("graceMs"));
  });
}

for (const [options, words] of REFUSED) {
  Deno.test(`join() refuses ${words.split(":")[0]}`, async () => {
    await assertRejects(() => join(options), RangeError, words);
  });
}

Deno.test("serve() refuses numbers out of their bounds", async () => {
  await assertRejects(() => serve({ rate: NaN }), RangeError, "rate NaN: must be from 0");
  const words = "socketMode 1000: must be a whole number from 0 to 511";
  await assertRejects(() => serve({ address: "unix:x", socketMode: 1_000 }), RangeError, words);
});
