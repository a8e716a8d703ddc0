import type { Folder } from "./folder.ts";
import { PROGRAM } from "./program.ts";

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

/** The folders of the tests. */
export const TESTS: Readonly<Record<string, Folder>> = {
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
    imports: [
      "room",
      "server/cluster",
      "server/cluster/nats",
      "tests/support",
      "tests/support/wire",
    ],
  },
  "tests/support/stores": {
    about: "the tests that every store must pass",
    imports: ["room", "room/search", "room/state", "tests/support", "text"],
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
  "tests/unit/server/cluster": tests(
    "tests of several servers, on an engine in memory",
    "tests/unit/server",
  ),
  "tests/unit/client": tests("tests of client/, without any permission"),
  "tests/unit/client/net": tests("tests of client/net/, without any permission"),
  "tests/unit/client/session": tests("tests of client/session/, without any permission"),
  "tests/unit/client/stream": tests("tests of client/stream/, without any permission"),
  "tests/unit/client/conversation": tests("tests of client/conversation/, without any permission"),
  "tests/unit/client/web": tests("tests of client/web/, without any permission"),
  "tests/unit/cli": tests("tests of cli/, without any permission"),
  "tests/unit/tools": tests(
    "tests of tools/, without any permission",
    "tools",
    "tools/coverage",
    "tools/folders",
  ),
  "tests/files": tests(
    "tests that need files or the environment, but no sockets",
    "tools/build",
  ),
  "tests/project": tests(
    "tests of the configuration, the docs and the build",
    "tools",
    "tools/build",
    "tools/folders",
    "tools/mutations",
    "tools/mutations/faults",
  ),
  "tests/wire": tests("a server in this process, and peers"),
  "tests/wire/access": tests("the same: access and moderation"),
  "tests/wire/web": tests("the same: HTTP/1.1 and WebSockets"),
  "tests/wire/limits": tests("the same: bounds, rates, floods"),
  "tests/wire/reading": tests("the same: where a session starts, and searches"),
  "tests/library": tests("chats for bots, and the examples", "tools/build"),
  "tests/program": tests("the program as a process, through pipes", "tools", "tools/build"),
  "tests/rooms": tests("several rooms at once, by one program"),
  "tests/program/send": tests("chat send as a process"),
  "tests/terminal": tests("the program in a terminal"),
  "tests/browser": tests("the page in a real browser"),
  "tests/interop": tests("programs of others: clients, proxies"),
  "tests/conformance": tests(
    "HTTP/2 and gRPC as others expect them: h2spec, gRPC clients",
    "tests/interop",
  ),
  "tests/conformance/players": { about: "gRPC clients in other languages", imports: [] },
  "tests/hostile": tests("hostile peers, and the fuzzer", "tools"),
  "tests/cluster": tests("servers that share a chat"),
  "tests/chaos/check": {
    about: "judges a history of a chat; knows nothing of the program",
    imports: [],
  },
  "tests/chaos/time": { about: "the clock of clients; how long nobody is answered", imports: [] },
  "tests/chaos/people": tests(
    "people who talk, search and so on, and what happens to them",
    "tests/chaos/check",
    "tests/chaos/time",
  ),
  "tests/chaos/server": tests(
    "one server, and all that breaks it, its links and its clients",
    "tests/chaos/check",
    "tests/chaos/people",
    "tests/chaos/time",
  ),
  "tests/chaos/soak": tests("many people coming and going for long", "tools"),
  "tests/chaos": tests(
    "kills, cuts and restarts under load",
    "tests/chaos/check",
    "tests/chaos/people",
    "tests/chaos/server",
    "tests/chaos/time",
    "tools",
  ),
};
