import { Buffer } from "node:buffer";
import {
  fromJSON,
  type MessageTypeDefinition,
  type MethodDefinition,
  type Options,
  type PackageDefinition,
  type ServiceDefinition,
} from "@grpc/proto-loader";
import protobuf from "protobufjs";
import { describeProto, type Description } from "./descriptor.ts";

/**
 * The options for decoding messages; the types in `generated/` are generated with the same options.
 */
export const LOADER_OPTIONS = {
  keepCase: true,
  defaults: true,
  longs: Number, // Positions and times stay far below 2 ** 53.
} as const satisfies Options;

/**
 * A generated type as this program uses it, which differs in three ways: arrays may be read-only;
 * enums are numbers, because a newer peer may send unknown ones; and numbers and bytes cannot be
 * given as texts, which protobufjs would convert.
 */
export type Wire<T> = [Extract<T, number>] extends [never]
  ? [Extract<T, Buffer>] extends [never] ? { readonly [Field in keyof T]: Wire<T[Field]> }
  : Uint8Array
  : number;

/** A method with its encoded and decoded messages. */
export type Method<Request, Response, DecodedRequest = Request, DecodedResponse = Response> = Pick<
  MethodDefinition<Request, Response, DecodedRequest, DecodedResponse>,
  | "path"
  | "requestStream"
  | "responseStream"
  | "requestSerialize"
  | "requestDeserialize"
  | "responseSerialize"
  | "responseDeserialize"
>;

/** Encodes and decodes a message. */
export interface MessageCodec<Init, Output> {
  readonly encode: (message: Wire<Init>) => Uint8Array;
  /** Throws an `Error` if the bytes are not such a message. */
  readonly decode: (bytes: Uint8Array) => Wire<Output>;
}

/** The directions in which a method streams messages. */
type Streams = Pick<Method<unknown, unknown>, "requestStream" | "responseStream">;

/** The methods of a service, from its generated definition. */
export type Methods<Definition> = {
  readonly [Name in keyof Definition]: Definition[Name] extends
    MethodDefinition<infer Request, infer Response, infer DecodedRequest, infer DecodedResponse>
    ? Method<Wire<Request>, Wire<Response>, Wire<DecodedRequest>, Wire<DecodedResponse>>
    : never;
};

/**
 * Replaces the descriptors that proto-loader makes: it reads `file` of a root's and `$type` of a
 * message's.
 */
const NO_DESCRIPTOR = { file: [], $type: { toObject: () => ({}) } };

/**
 * Loads a proto file without the descriptors that proto-loader makes of each message. They take
 * most of the time of loading, which every command with a connection spends. Only reflection needs
 * descriptors, and makes its own.
 */
function loadWithoutDescriptors(contents: protobuf.INamespace): PackageDefinition {
  using original = new DisposableStack();
  for (const { prototype } of [protobuf.Root, protobuf.Type, protobuf.Enum]) {
    const { toDescriptor } = prototype;
    original.defer(() => Object.assign(prototype, { toDescriptor }));
    Object.assign(prototype, { toDescriptor: () => NO_DESCRIPTOR });
  }
  return fromJSON(contents, LOADER_OPTIONS);
}

/**
 * A proto file, loaded from its contents in JSON, which `deno task types` generates. They are part
 * of the module graph: no file is read at run time, so it works from any folder, in a compiled
 * program and without read permission. Nothing is parsed at run time either, as that takes
 * milliseconds.
 */
export class ProtoFile {
  /** The name that other files import it by. */
  readonly name: string;
  readonly #contents: protobuf.INamespace;
  #definitions: PackageDefinition | undefined;
  #description: Description | undefined;

  /** Names the file with these contents. */
  constructor(name: string, contents: { readonly nested: object }) {
    this.name = name;
    this.#contents = contents as protobuf.INamespace;
  }

  get #loaded(): PackageDefinition {
    return this.#definitions ??= loadWithoutDescriptors(this.#contents);
  }

  /** The methods of a service. `Definition` is the generated type of that service. */
  methods<Definition>(service: string): Methods<Definition> {
    // proto-loader's own type says that a name may stand for a message or an enum as well.
    return this.#loaded[service] as unknown as Methods<Definition>;
  }

  /**
   * The methods of a service, whose file is loaded when the first message comes. A start need not
   * spend the time on services that few peers call.
   *
   * @param streams The directions in which each method streams, as in the file: they are needed at
   *   once.
   */
  methodsLater<Definition>(
    service: string,
    streams: Readonly<Record<keyof Definition & string, Streams>>,
  ): Methods<Definition> {
    const methods = Object.entries<Streams>(streams).map(([name, kind]) => {
      const method = () => (this.#loaded[service] as ServiceDefinition)[name]!;
      const later: Method<object, object> = {
        path: `/${service}/${name}`,
        ...kind,
        requestSerialize: (request) => method().requestSerialize(request),
        requestDeserialize: (bytes) => method().requestDeserialize(bytes),
        responseSerialize: (response) => method().responseSerialize(response),
        responseDeserialize: (bytes) => method().responseDeserialize(bytes),
      };
      return [name, later];
    });
    return Object.fromEntries(methods);
  }

  /**
   * A message that is used outside of calls. The file is loaded when it is used first.
   *
   * @param name Its full name. `Init` and `Output` are its generated types.
   */
  message<Init, Output>(name: string): MessageCodec<Init, Output> {
    const type = () => this.#loaded[name] as MessageTypeDefinition<object, object>;
    return {
      encode: (message) => type().serialize(message as object),
      decode: (bytes) => type().deserialize(Buffer.from(bytes)) as Wire<Output>,
    };
  }

  /** The full names of its services. */
  get services(): string[] {
    const all = Object.entries(this.#loaded);
    // Messages and enums have a format, services only methods.
    return all.filter(([, definition]) => !("format" in definition)).map(([name]) => name);
  }

  /** The contents, as reflection describes them. */
  get description(): Description {
    return this.#description ??= describeProto(this.name, protobuf.Root.fromJSON(this.#contents));
  }
}
