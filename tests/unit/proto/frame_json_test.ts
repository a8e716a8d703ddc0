import { assertEquals, assertThrows } from "@std/assert";
import protobuf from "protobufjs";
import source from "../../../proto/chat.proto" with { type: "text" };
import { decodeServerFrame, encodeClientFrame } from "../../../proto/frame_json.ts";
import { chatServer, type ClientFrame } from "../../../proto/mod.ts";

// Another reader of the contract: without `keepCase`, its names are those of JSON.
const { root } = protobuf.parse(source);
const ServerFrame = root.lookupType("grpc.ServerFrame");
const ClientFrame = root.lookupType("grpc.ClientFrame");
const JSON_FORM = { longs: String, enums: String, bytes: String } as const;
const { requestDeserialize, responseDeserialize } = chatServer.Session;

/** Makes a message with a value other than the default in each field, but not in `without`. */
function full(type: protobuf.Type, without: readonly string[] = []): Record<string, unknown> {
  let number = 0;
  const valueOf = ({ type, resolvedType }: protobuf.Field): unknown => {
    if (resolvedType instanceof protobuf.Type) return full(resolvedType);
    if (resolvedType instanceof protobuf.Enum) return Object.values(resolvedType.values).at(-1);
    number++;
    switch (type) {
      case "string":
        return `text ${number} "\\ \u2028 é 😀`;
      case "bytes":
        return Uint8Array.of(0xfb, 0xff, number);
      case "bool":
        return true;
      case "double":
        return number + 0.5;
      case "uint64":
        return 2 ** 52 + number;
      default:
        return number;
    }
  };
  const fields = type.fieldsArray.filter(({ name }) => !without.includes(name));
  return Object.fromEntries(fields.map((field) => {
    const value = valueOf(field.resolve());
    return [field.name, field.repeated ? [value, value] : value];
  }));
}

/** The bytes of a message, and its form in JSON. */
function encoded(type: protobuf.Type, fields: Record<string, unknown>): [Uint8Array, string] {
  const bytes = type.encode(type.fromObject(fields)).finish();
  return [bytes, JSON.stringify(type.toObject(type.decode(bytes), JSON_FORM))];
}

/** Bytes are of one class or another, which makes no difference. */
function plain(frame: unknown): unknown {
  return JSON.parse(
    JSON.stringify(frame, (_name, value) => value?.type === "Buffer" ? { ...value.data } : value),
  );
}

Deno.test("decodeServerFrame() reads every field like the decoder of gRPC", () => {
  const [bytes, json] = encoded(ServerFrame, full(ServerFrame));
  for (const { name } of ServerFrame.fieldsArray) {
    assertEquals(name in JSON.parse(json), true, name);
  }
  assertEquals(plain(decodeServerFrame(json)), plain(responseDeserialize(bytes as never)));
});

Deno.test("decodeServerFrame() has the defaults of the decoder of gRPC", () => {
  const empty = Object.fromEntries(ServerFrame.fieldsArray.map((field) => {
    const one = field.resolve().resolvedType instanceof protobuf.Type ? {} : 0;
    return [field.name, field.repeated ? [one] : one];
  }));
  for (const fields of [{}, empty]) {
    const [bytes, json] = encoded(ServerFrame, fields);
    assertEquals(plain(decodeServerFrame(json)), plain(responseDeserialize(bytes as never)));
  }
});

Deno.test("decodeServerFrame() reads all numbers that JSON has another form for", () => {
  const figures = ["NaN", "Infinity", "-Infinity", 0.1].map((value) => ({ value }));
  const { outcomes, notes, lost, mutes } = decodeServerFrame(JSON.stringify({
    outcomes: [{ figures }],
    notes: [{ kind: 7 }, { kind: "NEWER" }, { kind: "WHISPER" }],
    lost: 12,
    mutes: null,
    newerField: {},
  }));
  assertEquals(outcomes[0]!.figures.map(({ value }) => value), [NaN, Infinity, -Infinity, 0.1]);
  assertEquals(notes.map(({ kind }) => kind as number), [7, -1, 2]);
  assertEquals([lost, mutes], [12, []]);
});

Deno.test.each([
  "null",
  "[]",
  '{"lost":"x"}',
  '{"lost":"1.5"}',
  '{"notes":{}}',
  '{"notes":[null]}',
  '{"notes":[{"name":1}]}',
  '{"notes":[{"verified":"true"}]}',
  '{"notes":[{"kind":true}]}',
  '{"welcome":7}',
  '{"outcomes":[{"figures":[{"value":"many"}]}]}',
])("decodeServerFrame() refuses %s, which is no frame", (json) => {
  assertThrows(() => decodeServerFrame(json), TypeError);
});

Deno.test.each(["", "[]0", '{"challenge":{"nonce":"%"}}'])(
  "decodeServerFrame() refuses %s, which cannot be parsed",
  (json) => {
    assertThrows(() => decodeServerFrame(json), SyntaxError);
  },
);

Deno.test("encodeClientFrame() writes every field", () => {
  // Only one field of a `oneof` can be set.
  const starts = ["after", "last", "from", "since"];
  for (const start of starts) {
    const others = starts.filter((name) => name !== start);
    const join = full(root.lookupType("grpc.Join"), others);
    const [bytes] = encoded(ClientFrame, { ...full(ClientFrame), join });
    const frame: ClientFrame = requestDeserialize(bytes as never) as ClientFrame;
    const json = encodeClientFrame(frame);
    const read = ClientFrame.encode(ClientFrame.fromObject(JSON.parse(json))).finish();
    assertEquals(plain(requestDeserialize(read as never)), plain(frame), json);
  }
});
