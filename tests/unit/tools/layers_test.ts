import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import layers from "../../../tools/layers.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const CASES: [file: string, source: string, complaint: string | undefined][] = [
  ["room/x.ts", 'import "./note.ts"; import "../text/escape.ts";', undefined],
  ["room/x.ts", 'import "node:fs";', "room knows no platform: it may not import node:fs"],
  ["text/x.ts", 'import "@std/x";', "text knows no platform: it may not import @std/x"],
  ["room/x.ts", 'import "../proto/mod.ts";', "room may not import proto"],
  ["text/x.ts", 'import "../room/errors.ts";', "text may not import room"],
  ["room/confusable.ts", 'import "unhomoglyph/data.json";', undefined],
  [
    "room/x.ts",
    'import "unhomoglyph/data.json";',
    "only room/confusable.ts may import unhomoglyph/data.json",
  ],
  ["room/x.ts", "Deno.cwd();", "room knows no platform: pass in its dependencies"],
  ["room/state/x.ts", "Deno.cwd();", "room/state knows no platform: pass in its dependencies"],
  ["room/x.ts", 'import "./state/room.ts";', "room may not import room/state"],
  ["server/net/x.ts", 'import "../../client/net/grpc.ts";', "server/net may not import client/net"],
  ["server/storage/x.ts", 'import "../rpc/grpc.ts";', "server/storage may not import server/rpc"],
  ["server/storage/x.ts", 'import "./sqlite/store.ts";', undefined],
  [
    "client/net/x.ts",
    'export * from "../../server/rpc/grpc.ts";',
    "client/net may not import server/rpc",
  ],
  [
    "client/net/x.ts",
    'export { a } from "../../cli/framework/exit.ts";',
    "client/net may not import cli/framework",
  ],
  [
    "server/net/x.ts",
    'import "@grpc/grpc-js";',
    "only server/rpc/grpc.ts and client/net/grpc.ts may import @grpc/grpc-js",
  ],
  [
    "server/net/x.ts",
    'import "npm:@grpc/grpc-js@1.14.7";',
    "only server/rpc/grpc.ts and client/net/grpc.ts may import @grpc/grpc-js",
  ],
  [
    "server/rpc/x.ts",
    'import "@opentelemetry/api";',
    "only server/metrics/opentelemetry.ts may import @opentelemetry/api",
  ],
  ["server/rpc/grpc.ts", 'import "@grpc/grpc-js"; import "../../proto/mod.ts";', undefined],
  ["cli/commands/serve/x.ts", 'await import("../../../server.ts");', undefined],
  [
    "cli/commands/x.ts",
    'await import("../../server/rpc/grpc.ts");',
    "cli/commands may not import server/rpc",
  ],
  ["server.ts", 'import "./client.ts";', "server.ts may not import client.ts"],
  ["mod.ts", 'import "./server.ts"; import "./cli/framework/exit.ts";', undefined],
  ["mod.ts", 'import "./server/rpc/grpc.ts";', "mod.ts may not import server/rpc"],
  ["attic/x.ts", "", "attic is missing from tools/folders/"],
  ["server/attic/x.ts", "", "server/attic is missing from tools/folders/"],
  ["attic.ts", "", "attic.ts is missing from tools/folders/"],
  ["tests/wire/x.ts", 'import "../../server/rpc/grpc.ts"; import "@grpc/grpc-js";', undefined],
  ["tests/wire/x.ts", 'import "../hostile/attacks.ts";', "tests/wire may not import tests/hostile"],
  [
    "server/net/x.ts",
    'import "../../tests/support/program.ts";',
    "server/net may not import tests/support",
  ],
];

Deno.test("the layering rule lets arrows point one way only, and knows every folder", () => {
  for (const [file, source, complaint] of CASES) {
    const [diagnostic] = Deno.lint.runPlugin(layers, `${ROOT}${file}`, source);
    assertEquals(diagnostic?.message, complaint, `${file}: ${source}`);
  }
});
