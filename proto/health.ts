/**
 * The wire contract of health checks; `health.proto` beside this file is its manual.
 *
 * @module
 */

import contents from "./generated/grpc/health/v1/health.json" with { type: "json" };
import type { HealthDefinition } from "./generated/grpc/health/v1/Health.ts";
import type { HealthCheckRequest__Output } from "./generated/grpc/health/v1/HealthCheckRequest.ts";
import {
  _grpc_health_v1_HealthCheckResponse_ServingStatus as SERVING_STATUS,
  type HealthCheckResponse,
} from "./generated/grpc/health/v1/HealthCheckResponse.ts";
import type { HealthListRequest__Output } from "./generated/grpc/health/v1/HealthListRequest.ts";
import type { HealthListResponse__Output } from "./generated/grpc/health/v1/HealthListResponse.ts";
import { ProtoFile, type Wire } from "./proto_file.ts";

export { SERVING_STATUS };
export type ServingStatus = typeof SERVING_STATUS[keyof typeof SERVING_STATUS];
export type HealthCheckRequestMessage = Wire<HealthCheckRequest__Output>;
export type HealthCheckResponseInit = Wire<HealthCheckResponse>;
export type HealthListRequestMessage = Wire<HealthListRequest__Output>;
export type HealthListResponseMessage = Wire<HealthListResponse__Output>;

/** `health.proto` under its canonical name. */
export const healthFile = new ProtoFile("grpc/health/v1/health.proto", contents);

/** The service that `health.proto` defines. */
export const health = healthFile.methodsLater<HealthDefinition>("grpc.health.v1.Health", {
  Check: { requestStream: false, responseStream: false },
  List: { requestStream: false, responseStream: false },
  Watch: { requestStream: false, responseStream: true },
});
