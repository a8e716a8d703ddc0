import type { Folder } from "./folder.ts";

/** The folders whose modules a browser loads, which the server has as texts. */
const PAGE = [
  "client",
  "client/conversation",
  "client/conversation/commands",
  "client/editor",
  "client/net",
  "client/render",
  "client/session",
  "client/web",
  "proto",
  "proto/generated/grpc",
  "proto/identity",
  "room",
  "room/search",
  "text",
];

/** The folders of the server, from the bottom up. */
export const SERVER: Readonly<Record<string, Folder>> = {
  "server/storage/sqlite/migrations": { about: "steps of the schema, in order", imports: [] },
  "server/events": {
    about: "events for the operator, and statuses for refused peers",
    imports: ["proto", "room"],
  },
  "server": {
    about: "options, and what several folders of the server share",
    imports: ["proto", "room", "room/search", "room/state", "server/events", "text"],
  },
  "server/access": {
    about: "admission, names, rate limits and moderation",
    imports: ["proto", "proto/identity", "room", "room/state", "server", "server/events", "text"],
  },
  "server/net": {
    about: "sockets before gRPC and HTTP/1.1: accepting, counting, cutting floods",
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
  "server/cluster/nats": {
    about: "NATS JetStream as the engine",
    imports: ["platform", "room", "server", "server/cluster", "text"],
  },
  "server/cluster/presence": {
    about: "the sessions on all servers of a chat",
    imports: ["room", "room/state", "server", "server/cluster"],
  },
  "server/storage/sqlite": {
    about: "everything that uses SQL",
    imports: [
      "platform",
      "room",
      "room/search",
      "room/state",
      "room/topics",
      "server",
      "server/storage/sqlite/migrations",
    ],
  },
  "server/storage/sqlite/archive": {
    about: "export and import of a data file, as records",
    imports: ["room", "room/state", "server/storage/sqlite"],
  },
  "server/storage/memory": {
    about: "everything in memory, for the lifetime of the process",
    imports: ["room", "room/state", "room/topics"],
  },
  "server/storage/cluster": {
    about: "storage that several servers share through an engine",
    imports: [
      "proto",
      "room",
      "room/state",
      "room/topics",
      "server",
      "server/cluster",
      "server/storage/memory",
      "server/storage/sqlite",
      "text",
    ],
  },
  "server/storage": {
    about: "storage of notes; a backend is a folder in it",
    imports: [
      "proto",
      "room",
      "room/state",
      "room/topics",
      "server/storage/memory",
      "server/storage/sqlite",
    ],
  },
  "server/session": {
    about: "one session of a peer in one room; the two original calls; backups",
    imports: [
      "proto",
      "proto/identity",
      "room",
      "room/search",
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
  "server/web/socket": {
    about: "a WebSocket as the peer of a session",
    imports: ["proto", "room", "server", "server/events", "server/net"],
  },
  "server/web": {
    about:
      "HTTP/1.1: the page for browsers, the calls for curl and webhooks, sessions over WebSockets",
    imports: [
      ...PAGE,
      "room/state",
      "server",
      "server/calls",
      "server/events",
      "server/net",
      "server/session",
      "server/web/socket",
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
      "server/storage/sqlite/archive",
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
      "server/cluster/nats",
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
};
