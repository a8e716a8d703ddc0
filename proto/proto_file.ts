import { fromJSON, type Options, type PackageDefinition } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import { describeProto, type Description } from "./descriptor.ts";

export type { MethodDefinition } from "@grpc/proto-loader";

/** How messages are decoded; the types in `generated/` are generated with the same options. */
export const LOADER_OPTIONS = {
  keepCase: true,
  defaults: true,
  longs: Number, // Positions and times stay far below 2 ** 53.
} as const satisfies Options;

/**
 * A proto file, loaded from a text that is part of the module graph: no file is read at run
 * time, so it works from any folder, in a compiled program and without read permission.
 */
export class ProtoFile {
  /** Its name, as others import it. */
  readonly name: string;
  /** What it defines, by full names. */
  readonly definitions: PackageDefinition;
  readonly #root: protobuf.Root;
  #description: Description | undefined;

  /** Loads the file `name` from its text. */
  constructor(name: string, source: string) {
    this.name = name;
    this.#root = protobuf.parse(source, { keepCase: true }).root;
    this.definitions = fromJSON(this.#root.toJSON(), LOADER_OPTIONS);
  }

  /** The full names of its services. */
  get services(): string[] {
    const all = Object.entries(this.definitions);
    // Messages and enums have a format, services only methods.
    return all.filter(([, definition]) => !("format" in definition)).map(([name]) => name);
  }

  /** What it says; put together when somebody asks for it first. */
  get description(): Description {
    return this.#description ??= describeProto(this.name, this.#root);
  }
}
