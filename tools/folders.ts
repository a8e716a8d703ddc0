/**
 * The folders of this project, with the purpose and the allowed imports of each. The lint rule in
 * `layers.ts` checks every import against this table, and `arrows.ts` prints it and looks for
 * circles.
 *
 * Arrows point one way: from the program down to `text/`. Every folder that has a module is here.
 *
 * @module
 */

/** A folder, or a module at the top. */
export interface Folder {
  /** The purpose of the folder, in a few words. */
  readonly about: string;
  /** The folders whose modules it may import, besides its own. */
  readonly imports: readonly string[];
  /** Whether it knows no platform: no `Deno`, no packages and no Node modules. */
  readonly isPure?: true;
  /** Whether a tool writes its files: any number is allowed. */
  readonly isGenerated?: true;
}

/** A folder of types that `deno task types` generates from a file of `proto/`. */
const generated = (file: string): Folder => ({
  about: `the types of ${file}, generated`,
  imports: [],
  isGenerated: true,
});

/** The folders of the program, from the bottom up. */
const PROGRAM: Readonly<Record<string, Folder>> = {
  "text": { about: "pure functions over strings", imports: [], isPure: true },
  "room": {
    about: "the domain: notes, names, rooms, sanctions, limits",
    imports: ["text"],
    isPure: true,
  },
  "room/state": {
    about: "rooms while they are served: members, cached notes, names in use",
    imports: ["room", "text"],
    isPure: true,
  },
  // A folder of its own, as client, server and cli need it, and room knows no platform.
  "platform": {
    about: "the system, for client and server: atomic files, certificates, errors in words",
    imports: ["room"],
  },
  "proto": {
    about: "the wire contract, its types and enums; what servers share among themselves",
    imports: [
      "proto/generated/grpc",
      "proto/generated/grpc/health/v1",
      "proto/generated/grpc/reflection/v1",
      "proto/generated/storage",
      "room",
      "text",
    ],
  },
  "proto/generated/grpc": generated("chat.proto"),
  "proto/generated/grpc/health/v1": generated("health.proto"),
  "proto/generated/grpc/reflection/v1": generated("reflection.proto"),
  "proto/generated/storage": generated("batch.proto"),
  "proto/identity": {
    about: "identities, for client and server: fingerprints and proofs of keys",
    imports: ["proto", "room"],
  },

  "server/storage/sqlite/migrations": { about: "steps of the schema, in order", imports: [] },
  "server/events": {
    about: "events for the operator, and statuses for refused peers",
    imports: ["proto", "room"],
  },
  "server": {
    about: "options, and what several folders of the server share",
    imports: ["proto", "room", "room/state", "server/events", "text"],
  },
  "server/access": {
    about: "admission, names, rate limits and moderation",
    imports: ["proto", "proto/identity", "room", "room/state", "server", "server/events", "text"],
  },
  "server/net": {
    about: "sockets before gRPC: accepting, counting, cutting floods",
    imports: ["platform", "room", "server", "server/events", "text"],
  },
  "server/tls": {
    about: "the certificate of a server, and making one",
    imports: ["platform", "room", "server/net", "text"],
  },
  "server/metrics": {
    about: "counters, histograms, Prometheus, OpenTelemetry",
    imports: ["room", "room/state", "server/access", "server/events", "server/net"],
  },
  "server/cluster": {
    about: "several servers of one chat: the engine that they share, and what it carries",
    imports: ["platform", "proto", "room", "room/state", "server", "server/events", "text"],
  },
  "server/cluster/presence": {
    about: "the sessions on all servers of a chat",
    imports: ["room", "room/state", "server", "server/cluster"],
  },
  "server/storage/sqlite": {
    about: "everything that uses SQL",
    imports: ["platform", "room", "room/state", "server", "server/storage/sqlite/migrations"],
  },
  "server/storage/memory": {
    about: "everything in memory, for the lifetime of the process",
    imports: ["room", "room/state"],
  },
  "server/storage/cluster": {
    about: "storage that several servers share through an engine",
    imports: [
      "proto",
      "room",
      "room/state",
      "server",
      "server/cluster",
      "server/storage/memory",
      "server/storage/sqlite",
      "text",
    ],
  },
  "server/storage": {
    about: "storage of notes; a backend is a folder in it",
    imports: ["proto", "room", "room/state", "server/storage/memory", "server/storage/sqlite"],
  },
  "server/session": {
    about: "one session of a peer in one room; the two original calls; backups",
    imports: [
      "proto",
      "proto/identity",
      "room",
      "room/state",
      "server",
      "server/access",
      "server/events",
      "server/metrics",
      "server/storage",
    ],
  },
  "server/calls": {
    about: "calls of peers, whatever carries them: open ones, timeouts, writing, health",
    imports: ["proto", "room", "server", "server/access", "server/net", "server/session"],
  },
  "server/rpc": {
    about: "the only folder of the server that uses gRPC",
    imports: [
      "proto",
      "room",
      "server",
      "server/calls",
      "server/events",
      "server/net",
      "server/session",
      "text",
    ],
  },
  "server/web": {
    about: "HTTP/1.1: the calls for curl and webhooks, and browsers",
    imports: [
      "proto",
      "room",
      "room/state",
      "server",
      "server/calls",
      "server/events",
      "server/net",
      "server/session",
      "text",
    ],
  },
  "server/archive": {
    about: "export and import of a data file that no server has open, or into an engine",
    imports: [
      "proto",
      "room",
      "room/state",
      "server",
      "server/cluster",
      "server/storage/cluster",
      "server/storage/sqlite",
      "text",
    ],
  },
  "server/setup": {
    about: "the parts of a running server: its services, its controls, a chat shared with others",
    imports: [
      "room",
      "room/state",
      "server",
      "server/access",
      "server/calls",
      "server/cluster",
      "server/cluster/presence",
      "server/events",
      "server/metrics",
      "server/net",
      "server/rpc",
      "server/session",
      "server/storage",
      "server/storage/cluster",
      "server/tls",
      "server/web",
      "text",
    ],
  },
  "server.ts": {
    about: "puts a server together",
    imports: [
      "proto/identity",
      "room",
      "server",
      "server/access",
      "server/events",
      "server/metrics",
      "server/net",
      "server/session",
      "server/setup",
      "server/storage",
      "server/tls",
      "text",
    ],
  },

  "client": { about: "the interface that every front end uses", imports: ["room"] },
  "client/render": {
    about: "from a note to text: colors, times, mentions, JSON",
    imports: ["client", "room", "text"],
  },
  "client/editor": {
    about: "the input line and the screen: keys in, rows out",
    imports: ["client/render", "room", "text"],
  },
  "client/profile": {
    about: "the files of a person: key, known servers, notes seen",
    imports: ["client", "platform", "proto/identity", "room", "text"],
  },
  "client/net": {
    about: "connecting: gRPC, TLS, trust, reconnecting",
    imports: ["client", "client/profile", "platform", "proto", "proto/identity", "room", "text"],
  },
  "client/session": {
    about: "a chat over the wire: sessions, and the two original calls",
    imports: [
      "client",
      "client/net",
      "client/profile",
      "proto",
      "proto/identity",
      "room",
      "text",
    ],
  },
  "client/stream": {
    about: "chats without a terminal: send, tail, pipes",
    imports: ["client", "client/net", "client/render", "room", "text"],
  },
  "client/admin": {
    about: "calls for operators: backup, health, stats",
    imports: ["client", "client/net", "client/session", "proto", "room", "text"],
  },
  "client/terminal/commands": {
    about: "slash commands: entries, arguments, completion, help",
    imports: ["client", "client/editor", "client/render", "room", "text"],
  },
  "client/terminal": {
    about: "the interactive chat: transcript, roster, location",
    imports: [
      "client",
      "client/editor",
      "client/profile",
      "client/render",
      "client/terminal/commands",
      "room",
      "text",
    ],
  },
  "client.ts": {
    about: "puts a client together",
    imports: ["client", "client/net", "client/profile", "client/session", "room", "text"],
  },

  "cli/framework": {
    about: "the parts of a command: flags, help, exit codes, output",
    imports: ["platform", "room", "text"],
  },
  "cli/framework/completions": {
    about: "completion scripts for shells",
    imports: ["cli/framework"],
  },
  "cli/process": {
    about: "this process: signals, uncaught errors, the rows of its terminal",
    imports: ["client/render"],
  },
  "cli/flags": {
    about: "flags that several subcommands share",
    imports: ["cli/framework", "client/profile", "client/render", "room", "server", "text"],
  },
  "cli/credentials": {
    about: "asking a person: password, trust, key, name",
    imports: [
      "cli/flags",
      "cli/framework",
      "cli/process",
      "client.ts",
      "client/editor",
      "client/net",
      "client/profile",
      "platform",
      "room",
      "server",
    ],
  },
  "cli/commands": {
    about: "a file for each subcommand",
    imports: [
      "cli/credentials",
      "cli/flags",
      "cli/framework",
      "cli/framework/completions",
      "cli/process",
      "client",
      "client.ts",
      "client/admin",
      "client/editor",
      "client/profile",
      "client/render",
      "client/stream",
      "client/terminal",
      "client/terminal/commands",
      "platform",
      "room",
      "server",
      "server/archive",
      "server/cluster",
      "text",
    ],
  },
  "cli/commands/serve": {
    about: "serve: its flags by group, its log, its greeting",
    imports: [
      "cli/credentials",
      "cli/flags",
      "cli/framework",
      "cli/process",
      "room",
      "server",
      "server.ts",
      "text",
    ],
  },
  "cli": {
    about: "the table of subcommands, and the reference made of it",
    imports: [
      "cli/commands",
      "cli/commands/serve",
      "cli/framework",
      "client/editor",
      "client/terminal/commands",
    ],
  },
  "mod.ts": {
    about: "the program, and the exports of the library",
    imports: [
      "cli",
      "cli/framework",
      "cli/process",
      "client",
      "client.ts",
      "client/net",
      "client/profile",
      "deno.json",
      "room",
      "server.ts",
      "text",
    ],
  },
};

/** A folder of tests: it may import the whole program, the helpers for tests, and `others`. */
const tests = (about: string, ...others: readonly string[]): Folder => ({
  about,
  imports: [
    ...Object.keys(PROGRAM),
    "deno.json",
    "tests/support",
    "tests/support/cluster",
    "tests/support/nats",
    "tests/support/stores",
    "tests/support/wire",
    ...others,
  ],
});

/** Every folder with modules in it, and every module at the top. */
export const FOLDERS: Readonly<Record<string, Folder>> = {
  ...PROGRAM,
  "npm_only/std": { about: "stands in for packages that npm does not have", imports: [] },

  "tools/build": {
    about: "files that run without Deno, releases, installing",
    imports: ["cli/framework", "tools"],
  },
  "tools/bench/support": {
    about: "servers, peers and figures of the benchmark",
    imports: ["proto", "tests/support", "tests/support/nats", "tools/build"],
  },
  "tools/bench/scenarios": {
    about: "a file for each thing that is measured",
    imports: ["tests/support/wire", "tools/bench/support", "tools/build"],
  },
  "tools/bench": {
    about: "the benchmark",
    imports: [
      "cli/framework",
      "tests/support/nats",
      "tools",
      "tools/bench/scenarios",
      "tools/bench/support",
    ],
  },
  "tools": {
    about: "lint rules, this table, generators of docs and types; running a task",
    imports: ["cli", "cli/framework", "deno.json", "proto", "server", "text"],
  },

  "tests/support/wire": {
    about: "peers, servers and proxies made by hand for tests",
    imports: ["client/profile", "proto", "proto/identity", "text"],
  },
  "tests/support/cluster": {
    about: "an engine in memory, and servers on it",
    imports: [
      ...Object.keys(PROGRAM),
      "tests/support",
      "tests/support/stores",
      "tests/support/wire",
    ],
  },
  "tests/support/nats": {
    about: "nodes of NATS",
    imports: ["server/cluster", "tests/support", "tests/support/wire"],
  },
  "tests/support/stores": {
    about: "the tests that every store must pass",
    imports: ["room", "room/state", "tests/support"],
  },
  "tests/support": {
    about: "helpers for tests: the program, a terminal, a library chat",
    imports: [
      "client",
      "client.ts",
      "client/editor",
      "mod.ts",
      "room",
      "server/tls",
      "tools/build",
    ],
  },
  "tests/unit/text": tests("tests of text/, without any permission"),
  "tests/unit/platform": tests("tests of platform/, without any permission"),
  "tests/unit/proto": tests("tests of proto/, without any permission"),
  "tests/unit/room": tests("tests of room/, without any permission"),
  "tests/unit/server": tests("tests of server/, without any permission"),
  "tests/unit/client": tests("tests of client/, without any permission"),
  "tests/unit/client/net": tests("tests of client/net/, without any permission"),
  "tests/unit/client/session": tests("tests of client/session/, without any permission"),
  "tests/unit/client/terminal": tests("tests of client/terminal/, without any permission"),
  "tests/unit/cli": tests("tests of cli/, without any permission"),
  "tests/unit/tools": tests("tests of tools/, without any permission", "tools"),
  "tests/files": tests(
    "tests that need files or the environment, but no sockets",
    "tools/build",
  ),
  "tests/project": tests(
    "tests of the configuration, the docs and the build",
    "tools",
    "tools/build",
  ),
  "tests/wire": tests("a server in this process, and peers"),
  "tests/wire/access": tests("the same: access and moderation"),
  "tests/wire/web": tests("the same: WebSockets"),
  "tests/wire/limits": tests("the same: bounds, rates, floods"),
  "tests/program": tests("the program as a process, through pipes", "tools", "tools/build"),
  "tests/terminal": tests("the program in a terminal"),
  "tests/interop": tests("programs of others: clients, proxies"),
  "tests/hostile": tests("hostile peers, and the fuzzer", "tools"),
  "tests/cluster": tests("servers that share a chat"),
  "tests/chaos": tests("kills, cuts and restarts under load", "tools"),
};

/** The most files that a folder may have. */
export const MAX_FILES = 20;

/** The folder of a path; a module at the top stands for itself. */
export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : path;
}

/** Returns why a module may not import another, both given by their paths; undefined if it may. */
export function forbidden(from: string, to: string): string | undefined {
  const [folder, target] = [folderOf(from), folderOf(to)];
  const known = FOLDERS[folder];
  if (!known) return `${folder} is missing from tools/folders.ts`;
  if (folder === target || known.imports.includes(target)) return undefined;
  return `${folder} may not import ${target}`;
}
