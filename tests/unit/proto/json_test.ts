import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import protobuf from "protobufjs";
import contents from "../../../proto/generated/grpc/chat.json" with { type: "json" };
import { clientFrameFromJson, serverFrameToJson } from "../../../proto/json.ts";
import { chatServer, type ServerFrameInit } from "../../../proto/mod.ts";

const root = protobuf.Root.fromJSON(contents as protobuf.INamespace);

/** A value as a decoder of the binary form returns it, and in JSON. */
type Both = readonly [binary: unknown, json: unknown];

const SCALARS: Readonly<Record<string, Both>> = {
  string: ["안녕 \u{1f600}\u{1}", "안녕 \u{1f600}\u{1}"],
  bool: [true, true],
  bytes: [Buffer.from([0xfb, 0xff, 0]), "+/8A"],
  int32: [-5, -5],
  uint32: [2 ** 32 - 1, 2 ** 32 - 1],
  uint64: [2 ** 53 - 1, "9007199254740991"],
  double: [1.5, 1.5],
};

const toJsonName = (name: string) => name.replace(/_(.)/g, (_, next) => next.toUpperCase());

/** A message with all its fields; of a oneof with several, with the one that `pick` chooses. */
function fullMessage(type: protobuf.Type, pick: number): Both {
  const names = type.fieldsArray.filter(({ partOf }) => {
    return !partOf || partOf.oneof.length === 1;
  }).concat(
    type.oneofsArray.filter(({ oneof }) => oneof.length > 1).map(({ fieldsArray }) =>
      fieldsArray[pick % fieldsArray.length]!
    ),
  );
  const binary: Record<string, unknown> = {};
  const json: Record<string, unknown> = {};
  for (const field of names) {
    const [one, inJson] = fullField(field.resolve(), pick);
    binary[field.name] = field.repeated ? [one, one] : one;
    json[toJsonName(field.name)] = field.repeated ? [inJson, inJson] : inJson;
  }
  return [binary, json];
}

function fullField({ resolvedType, type }: protobuf.Field, pick: number): Both {
  if (resolvedType instanceof protobuf.Type) return fullMessage(resolvedType, pick);
  if (!(resolvedType instanceof protobuf.Enum)) return SCALARS[type]!;
  const [name, number] = Object.entries(resolvedType.values).at(-1)!;
  return [number, name];
}

/** All starts of a join. */
const STARTS = [0, 1, 2, 3];

Deno.test("clientFrameFromJson() reads every field", () => {
  for (const start of STARTS) {
    const [binary, json] = fullMessage(root.lookupType("grpc.ClientFrame"), start);
    const frame = Buffer.from(clientFrameFromJson(JSON.stringify(json)));
    assertEquals(plain(chatServer.Session.requestDeserialize(frame)), plain(binary));
  }
});

Deno.test("serverFrameToJson() writes every field", () => {
  const [binary, json] = fullMessage(root.lookupType("grpc.ServerFrame"), 0);
  const frame = chatServer.Session.responseSerialize(binary as ServerFrameInit);
  assertEquals(JSON.parse(serverFrameToJson(frame)), json);
});

Deno.test("serverFrameToJson() leaves out defaults, and parts of a frame may be concatenated", () => {
  const { responseSerialize } = chatServer.Session;
  const part = (message: string) => responseSerialize({ notes: [{ message, seq: 0, name: "" }] });
  assertEquals(
    serverFrameToJson(Buffer.concat([part("a"), part("b")])),
    '{"notes":[{"message":"a"},{"message":"b"}]}',
  );
});

Deno.test("clientFrameFromJson() takes all spellings of the JSON mapping", () => {
  const { requestDeserialize } = chatServer.Session;
  const read = (json: string) => requestDeserialize(Buffer.from(clientFrameFromJson(json)));
  assertEquals(
    read('{"listRooms":true,"posts":[{"kind":"ACTION","id":null}],"join":{"agoMs":7,"key":"-_8"}}'),
    read('{"list_rooms":true,"posts":[{"kind":1}],"join":{"ago_ms":"7","key":"+/8="}}'),
  );
});

Deno.test("clientFrameFromJson() refuses more fields than the binary form may have, before it reads them", () => {
  clientFrameFromJson(`{"posts":[${"{},".repeat(16_382)}{}]}`);
  const messages = [
    `{"posts":[${"{},".repeat(16_384)}{}]}`,
    `{"newer":[${"[[1]],".repeat(8_000)}0]}`,
  ];
  for (const message of messages) {
    assertThrows(() => clientFrameFromJson(message), RangeError, "more than 16,384 fields");
  }
  const deep = `{"newer":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
  assertThrows(() => clientFrameFromJson(deep), TypeError, 'no field "newer"');
});

for (
  const [json, words] of [
    ['{"post":[]}', 'ClientFrame has no field "post"'],
    ['{"posts":[{"id":"1"},{"mesage":"typo"}]}', 'Post has no field "mesage"'],
    ['{"join":{"after":{"sequence":1}}}', 'Position has no field "sequence"'],
    ['{"join":{"__proto__":1}}', 'Join has no field "__proto__"'],
    [`{"${"x".repeat(65)}":1}`, `ClientFrame has no field "${"x".repeat(64)}…"`],
    [
      '{"posts":[{"kind":"shout"}]}',
      'The field "kind" is "shout": must be one of SAID, ACTION, WHISPER',
    ],
    ['{"posts":[{"kind":9}]}', 'The field "kind" is 9: must be one of SAID, ACTION, WHISPER'],
    ['{"orders":[{"action":["KICK","x"]}]}', 'The field "action" is "x": must be one of LIST, '],
  ] as const
) {
  Deno.test(`clientFrameFromJson() refuses ${json.slice(0, 40)}`, () => {
    assertThrows(() => clientFrameFromJson(json), TypeError, words);
  });
}

/** The value without what only a decoder of messages adds. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString("hex");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, value]) => [name, plain(value)]);
  return Object.fromEntries(entries.sort(([a], [b]) => String(a) < String(b) ? -1 : 1));
}
