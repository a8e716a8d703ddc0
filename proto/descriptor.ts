import protobuf from "protobufjs";
// Importing it also adds `toDescriptor()` to `Root`.
import descriptors, {
  type IDescriptorProto,
  type IEnumDescriptorProto,
  type IFieldDescriptorProto,
  type IFileDescriptorProto,
} from "protobufjs/ext/descriptor/index.js";

/** A field as protobufjs produces it. Its own type has neither spelling. */
interface FieldDescriptor extends IFieldDescriptorProto {
  /** Set by protobufjs for an optional field, and read by nothing. */
  readonly proto3_optional?: boolean;
  /** Read by the encoder. */
  proto3Optional?: boolean;
}

/** The contents of a proto file, for tools that ask for them at run time. */
export interface Description {
  /** The whole file: a serialized `google.protobuf.FileDescriptorProto`. */
  readonly descriptor: Uint8Array;
  /** The full names of everything that it declares. */
  readonly symbols: ReadonlySet<string>;
  /** The full names of its messages. */
  readonly messages: ReadonlySet<string>;
}

/** Describes a proto file, which must consist of one package and have no imports. */
export function describeProto(name: string, root: protobuf.Root): Description {
  root.resolveAll();
  const [file] = root.toDescriptor("proto3").file!;
  for (const message of file!.messageType!) correct(message);
  const symbols = new Set(listSymbols(file!));
  qualify(file!, symbols);
  return {
    descriptor: descriptors.FileDescriptorProto.encode({ ...file, name }).finish(),
    symbols,
    messages: new Set(listMessages(file!.package!, file!.messageType!).map(([name]) => name)),
  };
}

/** Corrects what protobufjs 7.6.6 describes in a way that strict readers refuse or misread. */
function correct(message: IDescriptorProto): void {
  // The end of a range is exclusive.
  for (const range of message.reservedRange!) range.end!++;
  const entries = new Set<string>();
  for (const nested of message.nestedType!) {
    if (nested.options?.mapEntry) entries.add(nested.name!);
    correct(nested);
  }
  for (const field of message.field! as FieldDescriptor[]) {
    field.jsonName = field.name!.replace(/_(.?)/g, (_, next: string) => next.toUpperCase());
    if (field.proto3_optional) {
      field.proto3Optional = true;
      delete field.options; // It repeats the same under the wrong name.
    }
    // The entries of a map `x_y` have the type `XYEntry`.
    if (entries.has(field.typeName!)) field.typeName = entryName(field.typeName!);
  }
  for (const nested of message.nestedType!) {
    if (entries.has(nested.name!)) nested.name = entryName(nested.name!);
  }
}

/** Makes the names of types absolute, as in `.grpc.Note`: strict readers refuse others. */
function qualify(file: IFileDescriptorProto, symbols: ReadonlySet<string>): void {
  const scope = file.package!;
  for (const [name, { field }] of listMessages(scope, file.messageType!)) {
    for (const each of field!) {
      if (each.typeName) each.typeName = absoluteName(each.typeName, name, symbols);
    }
  }
  for (const method of file.service!.flatMap(({ method }) => method!)) {
    method.inputType = absoluteName(method.inputType!, scope, symbols);
    method.outputType = absoluteName(method.outputType!, scope, symbols);
  }
}

/** Finds a name in a scope, or else in the scopes around it. */
function absoluteName(name: string, scope: string, symbols: ReadonlySet<string>): string {
  if (name.startsWith(".")) return name;
  for (let around = scope; around !== ""; around = around.replace(/\.?[^.]*$/, "")) {
    if (symbols.has(`${around}.${name}`)) return `.${around}.${name}`;
  }
  return `.${name}`;
}

function entryName(name: string): string {
  return `${protobuf.util.ucFirst(protobuf.util.camelCase(name))}Entry`;
}

/** Lists the full names of everything that a file declares. */
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

/** Lists the messages that `scope` declares, and those nested in them, with their full names. */
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

/** Lists an enum and its values, whose scope is that of the enum, as in C++. */
function* symbolsOfEnum(scope: string, { name, value }: IEnumDescriptorProto): Generator<string> {
  yield `${scope}.${name}`;
  for (const { name } of value!) yield `${scope}.${name}`;
}
