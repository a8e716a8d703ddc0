import { assertEquals } from "@std/assert";
import type { HealthDefinition } from "../../../proto/generated/grpc/health/v1/Health.ts";
import type { ServerReflectionDefinition } from "../../../proto/generated/grpc/reflection/v1/ServerReflection.ts";
import { health, healthFile } from "../../../proto/health.ts";
import { reflectionFiles, reflections } from "../../../proto/reflection.ts";

interface Shape {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** The methods of a service, without their encoders and decoders. */
function shapes(methods: Readonly<Record<string, Shape>>): unknown {
  return Object.entries(methods).map((
    [name, { path, requestStream, responseStream }],
  ) => [name, path, requestStream, responseStream]);
}

Deno.test("ProtoFile.methodsLater() has the methods that the file declares", () => {
  const { Check, List, Watch } = healthFile.methods<HealthDefinition>("grpc.health.v1.Health");
  assertEquals(shapes({ ...health }), shapes({ Check, List, Watch }));
  for (const [i, version] of ["v1", "v1alpha"].entries()) {
    const service = `grpc.reflection.${version}.ServerReflection`;
    const { ServerReflectionInfo } = reflectionFiles[i]!
      .methods<ServerReflectionDefinition>(service);
    assertEquals(shapes({ ...reflections[i]! }), shapes({ ServerReflectionInfo }));
  }
});
