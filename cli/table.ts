import type { CommandEntry } from "./framework/command.ts";

/** The subcommands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "serve",
    summary: "serve rooms",
    load: async () => (await import("./commands/serve/serve.ts")).serve,
  },
  {
    name: "join",
    summary: "join a room",
    load: async () => (await import("./commands/join.ts")).join,
  },
  {
    name: "send",
    summary: "send a note, or each line of a pipe, and wait until it is accepted",
    load: async () => (await import("./commands/send.ts")).send,
  },
  {
    name: "tail",
    summary: "print the notes of a room, then new ones as they arrive",
    load: async () => (await import("./commands/tail.ts")).tail,
  },
  {
    name: "search",
    summary: "print the notes of rooms that have certain words, newest first",
    load: async () => (await import("./commands/search.ts")).search,
  },
  {
    name: "stats",
    summary: "print the statistics of a server, for its operators",
    load: async () => (await import("./commands/stats.ts")).stats,
  },
  {
    name: "health",
    summary: "check whether a server is serving, for monitoring",
    load: async () => (await import("./commands/health.ts")).health,
  },
  {
    name: "backup",
    summary: "copy all data of a running server, for its operators",
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  {
    name: "whoami",
    summary: "print your name and key, and the names that are yours on a server",
    load: async () => (await import("./commands/whoami.ts")).whoami,
  },
  {
    name: "drop",
    summary: "give back a name that is yours",
    load: async () => (await import("./commands/drop.ts")).drop,
  },
  {
    name: "export",
    summary: "print all notes of a data file, or of several servers",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  {
    name: "import",
    summary: "write exported notes to a data file, or to several servers",
    load: async () => (await import("./commands/import.ts")).importCommand,
  },
  {
    name: "completions",
    summary: "print a completion script for a shell",
    load: async () => (await import("./commands/completions.ts")).completions(COMMANDS),
  },
];
