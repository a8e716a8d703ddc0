/**
 * The wire contract of health checks; `health.proto` beside this file is its manual.
 *
 * @module
 */

import source from "./health.proto" with { type: "text" };
import type { Empty } from "./mod.ts";
import { type MethodDefinition, ProtoFile } from "./proto_file.ts";

/** `ServingStatus` in `health.proto`. */
export const SERVING_STATUS = {
  SERVING: 1,
  NOT_SERVING: 2,
  SERVICE_UNKNOWN: 3,
} as const;

/** A number of `ServingStatus` in `health.proto`. */
export type ServingStatus = typeof SERVING_STATUS[keyof typeof SERVING_STATUS];

/** `HealthCheckRequest` in `health.proto`. */
export interface HealthCheckRequest {
  readonly service: string;
}

/** `HealthCheckResponse` in `health.proto`. */
export interface HealthCheckResponse {
  readonly status: ServingStatus;
}

/** `HealthListResponse` in `health.proto`. */
export interface HealthListResponse {
  readonly statuses: Readonly<Record<string, HealthCheckResponse>>;
}

/** The service with its methods, as `addService` takes it. */
export type HealthDefinition = {
  /** How a service is right now. */
  readonly Check: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
  /** How all services are right now. */
  readonly List: MethodDefinition<Empty, HealthListResponse>;
  /** How a service is, whenever that changes. */
  readonly Watch: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
};

/** `health.proto` under the name by which it is known everywhere. */
export const healthFile = new ProtoFile("grpc/health/v1/health.proto", source);

// What proto-loader makes of a file is typed as anything that a file may hold.
/** The service that `health.proto` defines. */
export const health = healthFile
  .definitions["grpc.health.v1.Health"] as unknown as HealthDefinition;
