import type { FaultyFile } from "./fault.ts";

/** Faults in the names that people own and use. */
export const NAMES: readonly FaultyFile[] = [
  {
    file: "room/state/names.ts",
    tests: ["tests/files/names_test.ts"],
    faults: [
      {
        code: "if (isOwn && same.name === name) return;",
        by: "",
        seen: "who owns a name that looks like another key's cannot use it",
      },
      {
        code: "if (RESERVED.has(skeleton(name))) {",
        by: "if (false) {",
        seen: 'somebody is named "you"',
      },
      {
        code: "if (held.holder.key !== key) throw nameTaken(name, held);",
        by: "",
        seen: "a person without the key speaks under a name that is owned",
      },
      {
        code:
          "const lastSeen = (entry: OwnedNameState) => this.#isPresent(entry) ? now : entry.seen;",
        by: "const lastSeen = (entry: OwnedNameState) => entry.seen;",
        seen: "operators see an owner who is here as long away",
      },
      {
        code: "b.seen - a.seen",
        by: "a.seen - b.seen",
        seen: "/whoami and /owners list the oldest names first",
      },
      {
        code: "this.check(name, key);",
        by: "",
        seen: "a session takes a name that is owned by somebody else",
      },
      {
        code: "if (entry.isKept) this.#owned.seen.add(entry);",
        by: "",
        seen: "the server forgets that an owner was here, and releases the name too early",
      },
      {
        code: "return entry && this.#writer.markSpoken(entry);",
        by: "return undefined;",
        seen:
          "a name that got private notes is released, and its next owner is taken for the old one",
      },
      {
        code: "if (!this.#owned.get(entry.name)) this.#owned.add(entry);",
        by: "",
        seen: "a name whose release could not be stored is free until the restart",
      },
      {
        code: "for (const held of this.#guests.confusables(name)) throw nameTaken(name, held);",
        by: "",
        seen: "a key claims a name that a person without a key is using",
      },
      {
        code: "if (elsewhere !== undefined) throw nameTaken(name, { name: elsewhere });",
        by: "",
        seen: "a key claims a name that a person without a key is using on another server",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
      },
      {
        code: "this.#owned.checkBounds(name, key, { ...this.#options, more: 1 });",
        by: "",
        seen: "one key claims any number of names",
      },
      { code: "claim();", by: "", seen: "new names are not rate-limited" },
      {
        code: "return users.size > 0 || (this.#options.isOwnerPresent?.(name, key) ?? false);",
        by: "return users.size > 0;",
        seen: "a name is released while its owner uses it on another server",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "if (entry?.isKept) this.#hearRelease(entry);",
        by: "",
        seen: "a name that another server has released stays owned here",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "if (entry.users.size === 0) return this.#owned.remove(entry);",
        by: "return this.#owned.remove(entry);",
        seen: "a name is lost whose owner came here while another server released it",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "const isExcluded = !holder.isKept && holder.key !== owned.key;",
        by: "const isExcluded = false;",
        seen: "a name that looks like one stored by another server stays owned",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "for (const { end } of [...entry.users]) end?.(reason);",
        by: "",
        seen: "a session keeps a name that now belongs to another key",
        tests: ["tests/files/names_test.ts", "tests/unit/server/cluster/shared_names_test.ts"],
      },
    ],
  },
  {
    file: "room/state/name_writer.ts",
    tests: ["tests/files/names_test.ts"],
    faults: [
      {
        code: "entry.stored ??= store",
        by: "entry.stored = store",
        seen: "a name that only the second of two sessions could store is free until the restart",
      },
      {
        code: "entry.stored = undefined;",
        by: "",
        seen: "after a failure of the disk, a name can never be claimed",
      },
      {
        code: "if (entry.users.size > 0) owned.seen.add(entry);",
        by: "",
        seen: "a new owner who stays is not seen",
      },
      {
        code: "marking.catch(onError);",
        by: "",
        seen: "a failure of the disk while a name is marked ends the server",
      },
      {
        code: "if (!owned.has(entry)) throw new Outdated();\n    }));",
        by: "}));",
        seen: "a name that was released gets its old owner back",
        tests: [
          "tests/files/names_test.ts",
          "tests/files/cluster_store_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
        ],
      },
      {
        code: "if (now && now.key !== key) throw new Outdated();",
        by: "",
        seen: "a release takes the name from the next owner",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "if (entry.lost) throw entry.lost;",
        by: "",
        seen: "two servers store two owners of a name",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
    ],
  },
  {
    file: "room/state/owned_names.ts",
    tests: [
      "tests/files/names_test.ts",
      "tests/unit/server/cluster/shared_names_test.ts",
      "tests/files/cluster_store_test.ts",
    ],
    faults: [
      {
        code: "if (this.of(key).length + more > maxNames) {",
        by: "if (this.of(key).length + more >= maxNames) {",
        seen: "a key may have one name less than the bound says",
      },
      {
        code: "if (left.length > 0) this.#byKey.set(key, left);",
        by: "if (left.length > 1) this.#byKey.set(key, left);",
        seen: "who gives back one of two names does not see the other any more",
      },
      {
        code: "if (!this.has(entry)) return;",
        by: "",
        seen: "once a session that lost the race for a name leaves, the name is free there",
      },
      {
        code: "entry.seen = Math.max(entry.seen, seen);",
        by: "entry.seen = seen;",
        seen: "an owner who has just left counts as long away after a message of another server",
      },
      {
        code: "if (spoken) this.markSpoken(entry);",
        by: "",
        seen: "a name used on another server is released",
      },
    ],
  },
  {
    file: "room/state/name_sweeps.ts",
    tests: ["tests/files/names_test.ts", "tests/unit/server/cluster/shared_names_test.ts"],
    faults: [
      {
        code: "this.#next = undefined;",
        by: "",
        seen: "names are released once after the start, and never again",
      },
      {
        code: "if (silent.has(entry) && this.#isAway(entry)) await release(entry); // Still.",
        by: "await release(entry);",
        seen: "a name is released though its owner came back during the sweep",
      },
      {
        code: "this.#options.onError(each.reason);",
        by: "",
        seen: "the operator does not learn that names cannot be stored",
      },
      {
        code: "isAnswered &&=",
        by: "isAnswered ||=",
        seen: "a sweep without a connection waits for each name anew",
      },
    ],
  },
];
