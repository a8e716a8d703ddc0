/**
 * Random attacks: frames of HTTP/2, and chat frames in them, that are nearly valid or have very
 * many small parts. They go to a real server, in plaintext or over TLS, while two honest members
 * talk.
 *
 * As a library, {@linkcode runFuzz}; as a program:
 *
 * deno run … tests/hostile/fuzz.ts --seed 1 --seconds 60
 *
 * A seed repeats the bytes of each case; their split into packets depends on the machine.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { integer, seconds } from "../../cli/framework/flag_kinds.ts";
import type { Values } from "../../cli/framework/flags.ts";
import { runTask } from "../../tools/task.ts";
import { chatServer } from "../../proto/mod.ts";
import { type Random, random } from "../support/random.ts";
import { encode, field, JOIN, longField, PATHS } from "../support/wire/attack.ts";
import {
  callHeaders,
  concat,
  FLAG,
  frame,
  headersTo,
  longMessage,
  message,
  openCall,
  PREFACE,
  RawConnection,
  repeat,
  type Target,
  TYPE,
  uint32,
} from "../support/wire/raw_http2.ts";
import {
  Bystanders,
  MAX_GROWTH,
  startAttackedServer,
  type Transport,
  TRANSPORTS,
} from "./bystanders.ts";

/** The kind and the number of cases. */
export interface FuzzOptions {
  /** How to reach the server. */
  readonly transport: Transport;
  /** The seed of the cases. */
  readonly seed: number;
  /** Called after each case with the number of cases so far; false ends the run. */
  readonly goOn: (cases: number) => boolean;
}

/** The result. */
export interface FuzzResult {
  /** The number of cases that ran. */
  readonly cases: number;
  /** The growth of the server's memory since its start, in bytes. */
  readonly growth: number;
  /** The 99th percentile of the two members' notes, in milliseconds. */
  readonly p99: number;
  /** The server's exit and its error output. */
  readonly end: { readonly code: number; readonly signal: string | null; readonly errors: string };
}

/** The number of cases that run at a time. */
const AT_ONCE = 4;

const GREETING = concat(PREFACE, frame({ type: TYPE.settings }));

/** Valid input, from which the attacks are derived. */
const CONTENTS: readonly Uint8Array[] = [
  JOIN,
  encode({
    posts: [{ id: "1", message: "hello", kind: 1 }, { id: "2", message: "你好", to: "ann" }],
  }),
  encode({ list_rooms: true, refusals: 1 }),
  encode({
    join: { name: "eve", room: "x", client: "client of eve ....", since: 1, unlisted: true },
  }),
  chatServer.SendNote.requestSerialize({ name: "eve", message: "hello", seq: 5 }),
];

/** The frames of a valid session, in order. */
function talk({ pick }: Random): Uint8Array[] {
  const method = pick(["Session", "Session", "Session", "SendNote", "ChatStream"]);
  return [
    openCall(1, method),
    message(1, method === "Session" ? JOIN : CONTENTS[4]!),
    ...Array.from({ length: 3 }, () => message(1, pick(CONTENTS))),
    frame({ type: TYPE.windowUpdate, stream: 1 }, uint32(1_000)),
    frame({ type: TYPE.ping }, new Uint8Array(8)),
    frame({ type: TYPE.headers, flags: FLAG.endHeaders, stream: 3 }, callHeaders("Session")),
    frame({ type: TYPE.data, flags: FLAG.endStream, stream: 1 }),
  ];
}

/** A frame of random type, flags and stream, with random content. */
function anyFrame({ below, bytes }: Random): Uint8Array {
  const head = { type: below(12), flags: below(256), stream: below(6) };
  const payload = bytes(below(2) * below(64) + below(10));
  return frame(below(8) > 0 ? head : { ...head, length: below(2 ** 24) }, payload);
}

/** Changes bytes at random places: flips, drops, repeats and overwrites some. */
function mutated(whole: Uint8Array, { below, bytes }: Random): Uint8Array {
  for (let times = 1 + below(4); times > 0 && whole.length > 0; times--) {
    const at = below(whole.length);
    const until = Math.min(whole.length, at + 1 + below(8));
    const [before, part, after] = [whole.slice(0, at), whole.slice(at, until), whole.slice(until)];
    const flipped = part.map((byte, i) => i === 0 ? byte ^ 1 << below(8) : byte);
    const changes = [
      () => concat(before, flipped, after),
      () => concat(before, after),
      () => concat(before, part, part, after),
      () => concat(before, bytes(part.length), after),
      () => concat(before, bytes(below(16)), part, after),
      () => before,
    ];
    whole = changes[below(changes.length)]!();
  }
  return whole;
}

/** Parts of messages, each as small as possible: fields of all kinds, and nested messages. */
const ELEMENTS: readonly Uint8Array[] = [
  field(1, 2, 0), // An empty join, name or service.
  field(2, 2, 0), // A post.
  field(2, 2, 2, 10, 0), // One with an empty id.
  field(4, 2, 0), // A proof, or a question.
  field(6, 2, 0), // An order.
  field(3, 0, 1),
  field(5, 0, 1),
  field(15, 0, 1), // Unknown fields, of all wire types.
  field(15, 1, 0, 0, 0, 0, 0, 0, 0, 0),
  field(15, 2, 0),
  field(15, 5, 0, 0, 0, 0),
  field(15, 3, 15 << 3 | 4),
];

/** A message of very many small parts, alone or inside a field of it. */
function manyElements({ below, pick }: Random): Uint8Array {
  const few = Array.from({ length: 1 + below(3) }, () => pick(ELEMENTS));
  const each = concat(...few);
  const bytes = 2 ** (8 + below(12)); // Up to half of a frame's limit.
  const many = repeat(each, Math.ceil(bytes / each.length));
  return below(3) > 0 ? many : longField(pick([1, 2, 4, 6, 15]), many);
}

/** The same message of many parts, several times, by one of all methods. */
function elements(random: Random): Uint8Array {
  const { below, pick } = random;
  const path = pick(PATHS);
  const join = path.endsWith("Session") && below(3) > 0 ? [message(1, JOIN)] : [];
  const content = manyElements(random);
  const compressed = below(4) === 0;
  const each = longMessage(1, compressed ? gzipSync(content) : content, { compressed });
  const fields = below(8) === 0 ? [["grpc-encoding", "gzip"] as const] : [];
  const head = { type: TYPE.headers, flags: FLAG.endHeaders, stream: 1 };
  const call = frame(head, headersTo(path, fields));
  return concat(GREETING, call, ...join, repeat(each, 1 + below(8)));
}

/** One peer's input, of one of five kinds. */
function randomAttack(random: Random): Uint8Array {
  const { below, bytes } = random;
  const kinds = [
    () => bytes(below(400)),
    () => concat(GREETING, ...Array.from({ length: 1 + below(20) }, () => anyFrame(random))),
    () => {
      const frames = talk(random).flatMap((each) =>
        below(4) > 0 ? [each] : [each, anyFrame(random)]
      );
      return concat(GREETING, mutated(concat(...frames), random));
    },
    () => {
      const join = below(2) > 0 ? [message(1, JOIN)] : [];
      const contents = Array.from(
        { length: 1 + below(4) },
        () => mutated(random.pick(CONTENTS), random),
      );
      const sent = [...join, ...contents.map((content) => message(1, content))];
      return concat(GREETING, openCall(1, random.pick(["Session", "SendNote"])), ...sent);
    },
    () => elements(random),
  ];
  return kinds[below(kinds.length)]!();
}

/** Sends the input in a few parts, and leaves in one way or another. */
async function attack(target: Target, random: Random): Promise<void> {
  const { below } = random;
  await using connection = await RawConnection.open(target);
  const bytes = randomAttack(random);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + below(bytes.length);
    if (!await connection.send(bytes.subarray(at, end))) return;
    at = end;
  }
  if (below(3) > 0) await connection.closeWrite();
  if (below(3) > 0) await connection.until(() => true); // Any result is fine.
}

/** Attacks a new server at random, and returns the result. */
export async function runFuzz({ transport, seed, goOn }: FuzzOptions): Promise<FuzzResult> {
  await using server = await startAttackedServer(transport);
  await using pair = await Bystanders.join(server);
  let cases = 0;
  let over = false;
  const attackOn = async () => {
    while (!over) {
      const drawn = random(seed * 1_000_003 + cases++);
      await attack(server, drawn);
      over ||= !goOn(cases);
    }
  };
  const talkOn = async () => {
    while (!over) await pair.turns();
  };
  await Promise.all([talkOn(), ...Array.from({ length: AT_ONCE }, attackOn)]);
  await pair.turns(100);
  const growth = await pair.growth();
  const p99 = pair.p99();
  await pair.leave();
  server.kill("SIGTERM");
  const { code, signal } = await server.ended();
  const errors = server.stderr.split("\n").filter((line) => /^\S+ error/.test(line)).join("\n");
  return { cases, growth, p99, end: { code, signal, errors } };
}

const flags = {
  seed: integer({
    value: "SEED",
    help: "seed of the cases",
    fallback: 1,
    min: 0,
    max: 2 ** 32 - 1,
  }),
  seconds: seconds({
    help: "time for each transport",
    fallback: 60_000,
    min: 100,
    max: 86_400_000,
  }),
};

async function main({ seed, seconds: ms }: Values<typeof flags>): Promise<number> {
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  let harmless = true;
  for (const transport of TRANSPORTS) {
    const until = performance.now() + ms;
    const goOn = (cases: number) => {
      if (cases % 1_000 === 0) print(`${cases} cases`);
      return performance.now() < until;
    };
    const { cases, growth, p99, end } = await runFuzz({ transport, seed, goOn });
    const megabytes = (growth / 2 ** 20).toFixed(1);
    print(
      `${transport}: ${cases} cases from seed ${seed}; the server has grown by ${megabytes} MiB,`,
    );
    print(`99 % of the members' notes took less than ${p99.toFixed(1)} ms,`);
    print(`and it ended with ${JSON.stringify(end)}`);
    harmless &&= end.code === 0 && growth < MAX_GROWTH && end.errors === "";
  }
  return harmless ? 0 : 1;
}

if (import.meta.main) {
  const summary = "send a server random frames and contents while two people talk";
  const task = { name: "fuzz", summary, flags, run: main };
  Deno.exitCode = await runTask(task, Deno.args);
}
