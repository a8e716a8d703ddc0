import type { FaultyFile } from "./fault.ts";

/** Faults in the people in a room, and the names that they own. */
export const PEOPLE: readonly FaultyFile[] = [
  {
    file: "room/state/roster.ts",
    tests: ["tests/unit/room/roster_test.ts"],
    faults: [
      {
        code: "if (count > this.#changes.length) return undefined;",
        by: "if (count >= this.#changes.length) return undefined;",
        seen: "after each join everybody gets the whole roster instead of the change",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/wire/unlisted_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
        ],
      },
      {
        code: "return count === 0 ? [] : this.#changes.slice(-count);",
        by: "return this.#changes.slice(-count);",
        seen: "joins of long ago are shown again",
      },
      {
        code: "return session?.key ?? session?.guest;",
        by: "return session?.key;",
        seen: "private notes cannot be sent to people without a key",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
      },
      {
        code: "before.attempt > session.attempt",
        by: "before.attempt >= session.attempt",
        seen: "a client that joins again is refused",
      },
      {
        code: "entry.holder.key === session.key;",
        by: "true;",
        seen: "another key takes a name that is in use",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_random_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
        ],
      },
      {
        code: "!isSameName(session.name, entry.name);",
        by: "true;",
        seen: "two keys have the same name in one room",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/wire/limits/limits_test.ts",
        ],
      },
      {
        code: "if (!before && this.#sessions.size >= maxMembers) {",
        by: "if (!before && this.#sessions.size > maxMembers) {",
        seen: "a room takes one member more than its bound",
      },
      {
        code: "before?.end(replacedError(before));",
        by: "",
        seen: "a session that was replaced goes on, and the person is there twice",
      },
      {
        code: "if (this.#sessions.get(clientKey(session)) !== session) return false;",
        by: "",
        seen: "the end of a replaced session removes the person who has joined again",
      },
      {
        code: "this.#sessions.delete(clientKey(session));",
        by: "",
        seen: "who leaves still counts as a member",
      },
      {
        code: "if (person.sessions.size === 0) {",
        by: "if (true) {",
        seen: "a person who ends one of two sessions vanishes from the roster",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_random_test.ts",
          "tests/unit/server/cluster/recheck_test.ts",
        ],
      },
      {
        code: "this.#names.delete(person.name);",
        by: "",
        seen: "the name of somebody who has left stays taken",
      },
      {
        code: "for (const { name } of this.#people) this.#names.delete(name);",
        by: "",
        seen: "after an outage between servers, names of people who are gone stay taken",
        tests: ["tests/unit/room/roster_test.ts", "tests/unit/server/cluster/presence_test.ts"],
      },
      {
        code: "this.#changes.length = 0;",
        by: "",
        seen: "after an outage between servers, people see joins and leaves that do not fit",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/unit/server/cluster/presence_loss_test.ts",
        ],
      },
      {
        code: "this.#version++;\n    this.#onChange();\n  }\n\n  #findPerson",
        by: "this.#onChange();\n  }\n\n  #findPerson",
        seen: "after an outage between servers, people see an old roster",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/unit/server/cluster/presence_loss_test.ts",
        ],
      },
      {
        code: "(person.sessions.size > 1 || this.#names.get(name))",
        by: "this.#names.get(name)",
        seen: "a person with two sessions who renames one loses the name in the other",
        tests: [
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/presence_test.ts",
          "tests/wire/repeated_post_test.ts",
        ],
      },
      {
        code: "if (name === was || person.sessions.size > 1) return;",
        by: "",
        seen: "a reconnect is shown as a change of name",
      },
      {
        code: "this.#names.delete(was);",
        by: "",
        seen: "a name that somebody has given up stays taken",
      },
      {
        code: 'joined: true, reason: "", was }',
        by: 'joined: true, reason: "" }',
        seen: "a new name is shown as somebody else joining",
      },
      {
        code: "if (this.#changes.length > MAX_CHANGES) this.#changes.shift();",
        by: "",
        seen: "memory grows with each join and leave",
      },
      {
        code: "verified: key !== undefined,",
        by: "verified: key === undefined,",
        seen: "everybody is shown with the mark of somebody else",
      },
      {
        code: "return `${key} ${client}`;",
        by: "return client;",
        seen: "who learns the secret of a client can throw out its session without the key",
      },
    ],
  },
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
        seen: 'somebody is named "server"',
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/unit/server/cluster/recheck_test.ts",
        ],
      },
      {
        code: "if (held.holder.key !== key) throw nameTaken(name, held);",
        by: "",
        seen: "a person without the key speaks under a name that is owned",
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
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
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
        code: "this.#owned.checkBounds(name, key, { ...this.#options, more: 1 });",
        by: "",
        seen: "one key claims any number of names",
      },
      { code: "claim();", by: "", seen: "new names are not rate-limited" },
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
        seen: "each session of an owner stores the name again",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
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
    tests: ["tests/files/names_test.ts"],
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
        code: "entry.seen = Math.max(entry.seen, seen);",
        by: "entry.seen = seen;",
        seen: "an owner who is here counts as long away after a message of another server",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
      {
        code: "if (spoken) this.markSpoken(entry);",
        by: "",
        seen: "a name used on another server is released",
        tests: [
          "tests/files/names_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
          "tests/files/cluster_store_test.ts",
        ],
      },
    ],
  },
  {
    file: "room/state/guest_names.ts",
    tests: ["tests/files/names_test.ts"],
    faults: [
      {
        code: "holder.delete(user);",
        by: "",
        seen: "a name that somebody without a key has used stays unclaimable",
      },
      {
        code: "if (holder.size === 0) this.#users.delete(name);",
        by: "this.#users.delete(name);",
        seen: "a key claims a name that one of two people without a key still uses",
      },
    ],
  },
  {
    file: "room/state/name_sweeps.ts",
    tests: ["tests/files/names_test.ts"],
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
        tests: [
          "tests/files/names_test.ts",
          "tests/files/cluster_store_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
        ],
      },
      {
        code: "isAnswered &&=",
        by: "isAnswered ||=",
        seen: "a sweep without a connection waits for each name anew",
        tests: ["tests/files/names_test.ts", "tests/unit/server/cluster/shared_names_test.ts"],
      },
    ],
  },
  {
    file: "room/confusable.ts",
    tests: ["tests/unit/room/confusable_test.ts"],
    faults: [
      {
        code: ".add(foldIAndL(skeleton(lower)))",
        by: "",
        seen: "a name with l passes for one with I",
      },
      {
        code: "if (first !== lower) skeletons.add(skeleton(first));",
        by: "",
        seen: "a name that begins with I passes for one with l",
      },
      {
        code: "skeletons.add(skeleton(name.toUpperCase()));",
        by: "",
        seen: "a name in other capitals passes for another one",
      },
      {
        code: "return new Set(same ? [same, ...alike] : alike);",
        by: "return new Set(alike);",
        seen: "names that are the same do not count as alike",
        tests: [
          "tests/unit/room/confusable_test.ts",
          "tests/unit/server/cluster/recheck_test.ts",
          "tests/unit/room/roster_test.ts",
        ],
      },
      {
        code: "if (alike) alike.push(entry);",
        by: "if (alike) {}",
        seen: "of several names that look alike only one is protected",
      },
      {
        code: "this.#byFolded.delete(foldName(name));",
        by: "",
        seen: "a released name stays taken",
      },
      {
        code: "if (others.length > 0) this.#bySkeleton.set(skeleton, others);",
        by: "if (others.length > 1) this.#bySkeleton.set(skeleton, others);",
        seen: "the release of a name frees another one that looks like it",
      },
      {
        code: 'foldName(name) === foldName(entry.name) ? "" :',
        by: 'foldName(name) !== foldName(entry.name) ? "" :',
        seen: "an error does not say which name yours looks like",
        tests: [
          "tests/unit/room/confusable_test.ts",
          "tests/unit/room/roster_test.ts",
          "tests/unit/server/cluster/shared_names_test.ts",
        ],
      },
    ],
  },
];
