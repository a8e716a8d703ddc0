/**
 * The wire contract of reflection; `handleReflection.proto` beside this file is its manual.
 *
 * @module
 */

import { type MethodDefinition, ProtoFile } from "./proto_file.ts";
import source from "./reflection.proto" with { type: "text" };

/** `ServerReflectionRequest` in `handleReflection.proto`; at most one of the questions is there. */
export interface ReflectionRequest {
  readonly host: string;
  readonly file_by_filename?: string;
  readonly file_containing_symbol?: string;
  readonly file_containing_extension?: {
    readonly containing_type: string;
    readonly extension_number: number;
  };
  readonly all_extension_numbers_of_type?: string;
  readonly list_services?: string;
}

/** What answers a request in `handleReflection.proto`; one of these is there. */
export interface ReflectionAnswer {
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Uint8Array[] };
  readonly all_extension_numbers_response?: {
    readonly base_type_name: string;
    readonly extension_number: readonly number[];
  };
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly error_response?: { readonly error_code: number; readonly error_message: string };
}

/** `ServerReflectionResponse` in `handleReflection.proto`. */
export interface ReflectionResponse extends ReflectionAnswer {
  readonly valid_host: string;
  readonly original_request: ReflectionRequest;
}

/** The service with its method, as `addService` takes it. */
export type ReflectionDefinition = {
  /** Answers one request after the other. */
  readonly ServerReflectionInfo: MethodDefinition<ReflectionRequest, ReflectionResponse>;
};

/** The protocol under its name and under its old one, which differ in nothing else. */
const VERSIONS = ["v1", "v1alpha"] as const;

/** `handleReflection.proto` in both versions, under the names by which they are known everywhere. */
export const reflectionFiles: readonly ProtoFile[] = VERSIONS.map((version) =>
  new ProtoFile(
    `grpc/reflection/${version}/reflection.proto`,
    source.replace("package grpc.reflection.v1;", `package grpc.reflection.${version};`),
  )
);

// What proto-loader makes of a file is typed as anything that a file may hold.
/** The service that `handleReflection.proto` defines, in both versions. */
export const reflections = reflectionFiles.map(({ definitions, services: [service = ""] }) =>
  definitions[service] as unknown as ReflectionDefinition
);
