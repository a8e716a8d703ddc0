/**
 * A lint rule for the project's folders: it restricts imports of other folders and of packages. The
 * table is in `folders/`.
 *
 * @module
 */

import { fileURLToPath, pathToFileURL } from "node:url";
import { folderOf, FOLDERS, forbidden } from "./folders/folders.ts";

/** Packages that only the listed places may import. All others are unrestricted. */
const KNOWN_BY: Readonly<Record<string, readonly string[]>> = {
  "@bufbuild/protobuf": ["proto/json.ts"],
  "@bufbuild/protobuf/wkt": ["proto/json.ts"],
  "@grpc/grpc-js": ["server/rpc/grpc.ts", "client/net/grpc.ts"],
  "@grpc/proto-loader": ["proto/proto_file.ts"],
  "@nats-io/jetstream": [
    "server/cluster/nats/connection.ts",
    "server/cluster/nats/journal.ts",
    "server/cluster/nats/stream.ts",
    "server/cluster/nats/streams.ts",
  ],
  "@nats-io/transport-node": [
    "server/cluster/nats/connection.ts",
    "server/cluster/nats/dial.ts",
    "server/cluster/nats/stream.ts",
    "server/cluster/nats/transport.ts",
  ],
  "@nats-io/transport-node/lib/node_transport.js": [
    "server/cluster/nats/dial.ts",
    "server/cluster/nats/transport.ts",
  ],
  "@opentelemetry/api": ["server/metrics/opentelemetry.ts"],
  "get-east-asian-width": ["text/width.ts"],
  "ws": ["server/web/web_sockets.ts"],
  "unhomoglyph/data.json": ["room/confusable.ts"],
  "protobufjs": ["proto/proto_file.ts", "proto/descriptor.ts", "proto/strict_reader.ts"],
};

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A module's path from the top; undefined if it is not part of this project. */
function pathOf(file: string): string | undefined {
  return file.startsWith(ROOT) ? file.slice(ROOT.length) : undefined;
}

function complaint(path: string, target: string): string | undefined {
  if (target.startsWith(".")) {
    const url = new URL(target, pathToFileURL(ROOT + path));
    return forbidden(path, fileURLToPath(url).slice(ROOT.length));
  }
  const folder = folderOf(path);
  const name = target.replace(/^npm:/, "").replace(/(.)@[^/]*/, "$1");
  const owners = KNOWN_BY[name];
  const isProgram = !/^(?:tests|tools)\//.test(path); // Tests and tools may use every package.
  if (isProgram && owners && !owners.includes(path)) {
    return `only ${owners.join(" and ")} may import ${name}`;
  }
  if (FOLDERS[folder]?.isPure && !owners) {
    return `${folder} knows no platform: it may not import ${target}`;
  }
  return undefined;
}

export default {
  name: "layers",
  rules: {
    arrows: {
      create(context) {
        const path = pathOf(context.filename);
        if (path === undefined) return {};
        const folder = folderOf(path);
        const check = (node: Deno.lint.Node, source: Deno.lint.Node | null) => {
          if (source?.type !== "Literal" || typeof source.value !== "string") return;
          const message = complaint(path, source.value);
          if (message) context.report({ node, message });
        };
        return {
          Program(node) {
            if (FOLDERS[folder]) return;
            context.report({ node, message: `${folder} is missing from tools/folders/` });
          },
          ImportDeclaration: (node) => check(node, node.source),
          ImportExpression: (node) => check(node, node.source),
          ExportNamedDeclaration: (node) => check(node, node.source),
          ExportAllDeclaration: (node) => check(node, node.source),
          Identifier(node) {
            if (node.name === "Deno" && FOLDERS[folder]?.isPure) {
              context.report({
                node,
                message: `${folder} knows no platform: pass in its dependencies`,
              });
            }
          },
        };
      },
    },
  },
} satisfies Deno.lint.Plugin;
