import type { Folder } from "./folder.ts";

/** A folder of types that `deno task types` generates from a file of `proto/`. */
const generated = (file: string): Folder => ({
  about: `the types of ${file}, generated`,
  imports: [],
  isGenerated: true,
});

/** The folders that server and client share, from the bottom up. */
export const SHARED: Readonly<Record<string, Folder>> = {
  "text": { about: "pure functions over strings", imports: [], isPure: true },
  "room": {
    about: "the domain: notes, names, rooms, sanctions, limits",
    imports: ["text"],
    isPure: true,
  },
  "room/search": {
    about: "what a search looks for, and how a log is searched",
    imports: ["room", "text"],
    isPure: true,
  },
  "room/topics": {
    about: "the topics of all rooms, and their storage",
    imports: ["room"],
    isPure: true,
  },
  "room/state": {
    about: "rooms while they are served: members, cached notes, names in use",
    imports: ["room", "room/search", "room/topics", "text"],
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
};
