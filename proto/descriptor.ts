import protobuf from "protobufjs";
// Besides what it exports, it gives `Root` its `toDescriptor()`.
import descriptors, {
  type IDescriptorProto,
  type IEnumDescriptorProto,
  type IFieldDescriptorProto,
  type IFileDescriptorProto,
} from "protobufjs/ext/descriptor/index.js";

/** A field as protobufjs makes it: its own type knows neither spelling. */
interface FieldDescriptor extends IFieldDescriptorProto {
  /** Where protobufjs says that the field is optional, and nobody reads it. */
  readonly proto3_optional?: boolean;
  /** Where it is written from. */
  proto3Optional?: boolean;
}

/** What a proto file says, for those who ask for it while the program runs. */
export interface Description {
  /** All of it: a serialized `google.protobuf.FileDescriptorProto`. */
  readonly descriptor: Uint8Array;
  /** The full names of all that it declares. */
  readonly symbols: ReadonlySet<string>;
  /** Those of its messages. */
  readonly messages: ReadonlySet<string>;
}

/** Describes a proto file that holds one package and imports nothing. */
export function describeProto(name: string, root: protobuf.Root): Description {
  root.resolveAll();
  const [file] = root.toDescriptor("proto3").file!;
  for (const message of file!.messageType!) mend(message);
  return {
    descriptor: descriptors.FileDescriptorProto.encode({ ...file, name }).finish(),
    symbols: new Set(listSymbols(file!)),
    messages: new Set(listMessages(file!.package!, file!.messageType!).map(([name]) => name)),
  };
}

/** Puts right what protobufjs 7.6.6 describes in a way that strict readers refuse or misread. */
function mend(message: IDescriptorProto): void {
  // A range ends before its end.
  for (const range of message.reservedRange!) range.end!++;
  const entries = new Set<string>();
  for (const nested of message.nestedType!) {
    if (nested.options?.mapEntry) entries.add(nested.name!);
    mend(nested);
  }
  for (const field of message.field! as FieldDescriptor[]) {
    if (field.proto3_optional) {
      field.proto3Optional = true;
      delete field.options; // The same under its wrong name.
    }
    // The entries of a map `x_y` are of a type `XYEntry`.
    if (entries.has(field.typeName!)) field.typeName = entryName(field.typeName!);
  }
  for (const nested of message.nestedType!) {
    if (entries.has(nested.name!)) nested.name = entryName(nested.name!);
  }
}

function entryName(name: string): string {
  return `${protobuf.util.ucFirst(protobuf.util.camelCase(name))}Entry`;
}

/** The full names of all that a file declares. */
function* listSymbols(file: IFileDescriptorProto): Generator<string> {
  const scope = file.package!;
  for (const [name, message] of listMessages(scope, file.messageType!)) {
    yield name;
    for (const declared of message.enumType!) yield* symbolsOfEnum(name, declared);
    for (const member of [...message.field!, ...message.oneofDecl!]) yield `${name}.${member.name}`;
  }
  for (const declared of file.enumType!) yield* symbolsOfEnum(scope, declared);
  for (const { name, method } of file.service!) {
    yield `${scope}.${name}`;
    for (const { name: call } of method!) yield `${scope}.${name}.${call}`;
  }
}

/** The messages that `scope` declares, and those that they declare, by their full names. */
function* listMessages(
  scope: string,
  messages: readonly IDescriptorProto[],
): Generator<[name: string, message: IDescriptorProto]> {
  for (const message of messages) {
    const name = `${scope}.${message.name}`;
    yield [name, message];
    yield* listMessages(name, message.nestedType!);
  }
}

/** Its values are declared beside it, as in C++. */
function* symbolsOfEnum(scope: string, { name, value }: IEnumDescriptorProto): Generator<string> {
  yield `${scope}.${name}`;
  for (const { name } of value!) yield `${scope}.${name}`;
}
