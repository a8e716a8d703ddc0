/**
 * The arrows of this project as a lint rule: who may import whom, and which package.
 * They point one way, from the program down to the domain, which knows nothing at all.
 *
 * @module
 */

import { fileURLToPath, pathToFileURL } from "node:url";

/** A folder or file at the top → those it may import, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "mod.ts": ["cli", "server.ts", "client.ts", "client", "room", "text", "deno.json"],
  "cli": ["server.ts", "client.ts", "server", "client", "room", "text"],
  "server.ts": ["server", "room"],
  "client.ts": ["client", "room"],
  "server": ["proto", "room", "text"],
  "client": ["proto", "room", "text"],
  "proto": ["room", "text"],
  "room": ["text"],
  "text": ["room"],
};

/** Package → the few places that may import it; all others are for everybody. */
const KNOWN_BY: Readonly<Record<string, readonly string[]>> = {
  "@grpc/grpc-js": ["server/rpc/grpc.ts", "client/net/grpc.ts"],
  "@grpc/proto-loader": ["proto/proto_file.ts"],
  "@opentelemetry/api": ["server/metrics/opentelemetry.ts"],
  "unhomoglyph/data.json": ["room/confusable.ts"],
  "protobufjs": ["proto/proto_file.ts", "proto/descriptor.ts", "proto/strict_reader.ts"],
};

const ROOT = fileURLToPath(new URL("../", import.meta.url));

function complaint(file: string, target: string): string | undefined {
  if (!file.startsWith(ROOT)) return undefined;
  const path = file.slice(ROOT.length);
  const [layer = ""] = path.split("/");
  const allowed = MAY_IMPORT[layer];
  if (!allowed) return undefined; // Tests, benchmarks and tools may look at everything.
  if (!target.startsWith(".")) {
    const name = target.replace(/^npm:/, "").replace(/(.)@[^/]*/, "$1");
    const owners = KNOWN_BY[name];
    if (owners && !owners.includes(path)) {
      return `only ${owners.join(" and ")} may import ${name}`;
    }
    if (layer === "room" && !owners) {
      return `room/ imports nothing but itself and text/, not ${target}`;
    }
    return undefined;
  }
  const [other = ""] = fileURLToPath(new URL(target, pathToFileURL(file))).slice(ROOT.length)
    .split("/");
  if (other === layer || allowed.includes(other)) return undefined;
  return `${layer} may not import ${other}`;
}

export default {
  name: "layers",
  rules: {
    arrows: {
      create(context) {
        const check = (node: Deno.lint.Node, source: Deno.lint.Node | null) => {
          if (source?.type !== "Literal" || typeof source.value !== "string") return;
          const message = complaint(context.filename, source.value);
          if (message) context.report({ node, message });
        };
        return {
          ImportDeclaration: (node) => check(node, node.source),
          ImportExpression: (node) => check(node, node.source),
          ExportNamedDeclaration: (node) => check(node, node.source),
          ExportAllDeclaration: (node) => check(node, node.source),
          Identifier(node) {
            if (node.name === "Deno" && context.filename.startsWith(`${ROOT}room/`)) {
              context.report({ node, message: "room/ knows no platform: pass in what it needs" });
            }
          },
        };
      },
    },
  },
} satisfies Deno.lint.Plugin;
