/**
 * The wire contract of reflection; `reflection.proto` beside this file is its manual.
 *
 * @module
 */

import contents from "./generated/grpc/reflection/v1/reflection.json" with { type: "json" };
import type { ServerReflectionDefinition } from "./generated/grpc/reflection/v1/ServerReflection.ts";
import type {
  ServerReflectionRequest,
  ServerReflectionRequest__Output,
} from "./generated/grpc/reflection/v1/ServerReflectionRequest.ts";
import type {
  ServerReflectionResponse,
  ServerReflectionResponse__Output,
} from "./generated/grpc/reflection/v1/ServerReflectionResponse.ts";
import { ProtoFile, type Wire } from "./proto_file.ts";

export type ReflectionRequestInit = Wire<ServerReflectionRequest>;
export type ReflectionRequestMessage = Wire<ServerReflectionRequest__Output>;
export type ReflectionResponseInit = Wire<ServerReflectionResponse>;
export type ReflectionResponseMessage = Wire<ServerReflectionResponse__Output>;

/** The service under its current and its old name, which differ in nothing else. */
const VERSIONS = ["v1", "v1alpha"] as const;

const declared = contents.nested.grpc.nested.reflection.nested.v1;

/** `reflection.proto` in both versions, under their canonical names. */
export const reflectionFiles: readonly ProtoFile[] = VERSIONS.map((version) =>
  new ProtoFile(`grpc/reflection/${version}/reflection.proto`, {
    nested: { grpc: { nested: { reflection: { nested: { [version]: declared } } } } },
  })
);

/** The service that `reflection.proto` defines, in both versions. */
export const reflections = VERSIONS.map((version, i) =>
  reflectionFiles[i]!.methodsLater<ServerReflectionDefinition>(
    `grpc.reflection.${version}.ServerReflection`,
    { ServerReflectionInfo: { requestStream: true, responseStream: true } },
  )
);
