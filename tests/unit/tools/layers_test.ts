import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import layers from "../../../tools/layers.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const CASES: [file: string, source: string, complaint: string | undefined][] = [
  ["room/x.ts", 'import "./note.ts";', undefined],
  ["room/x.ts", 'import "node:fs";', "room/ imports nothing but itself and text/, not node:fs"],
  ["room/x.ts", 'import "../proto/mod.ts";', "room may not import proto"],
  ["room/confusable.ts", 'import "unhomoglyph/data.json";', undefined],
  [
    "room/x.ts",
    'import "unhomoglyph/data.json";',
    "only room/confusable.ts may import unhomoglyph/data.json",
  ],
  ["room/x.ts", "Deno.cwd();", "room/ knows no platform: pass in what it needs"],
  ["server/x.ts", 'import "../client/grpc.ts";', "server may not import client"],
  ["client/x.ts", 'export * from "../server/grpc.ts";', "client may not import server"],
  ["client/x.ts", 'export { a } from "../cli/exit.ts";', "client may not import cli"],
  [
    "server/x.ts",
    'import "@grpc/grpc-js";',
    "only server/rpc/grpc.ts and client/net/grpc.ts may import @grpc/grpc-js",
  ],
  [
    "server/x.ts",
    'import "npm:@grpc/grpc-js@1.14.7";',
    "only server/rpc/grpc.ts and client/net/grpc.ts may import @grpc/grpc-js",
  ],
  [
    "server/x.ts",
    'import "@opentelemetry/api";',
    "only server/metrics/opentelemetry.ts may import @opentelemetry/api",
  ],
  ["server/rpc/grpc.ts", 'import "@grpc/grpc-js"; import "../proto/mod.ts";', undefined],
  ["cli/x.ts", 'await import("../server.ts");', undefined],
  ["server.ts", 'import "./client.ts";', "server.ts may not import client.ts"],
  ["mod.ts", 'import "./server.ts"; import "./cli/framework/exit.ts";', undefined],
  ["proto/x.ts", 'import "../room/errors.ts";', undefined],
  ["tests/x.ts", 'import "../server/grpc.ts"; import "@grpc/grpc-js";', undefined],
];

Deno.test("the layering rule lets arrows point one way only", () => {
  for (const [file, source, complaint] of CASES) {
    const [diagnostic] = Deno.lint.runPlugin(layers, `${ROOT}${file}`, source);
    assertEquals(diagnostic?.message, complaint, `${file}: ${source}`);
  }
});
