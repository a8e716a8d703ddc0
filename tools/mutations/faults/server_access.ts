import type { FaultyFile } from "./fault.ts";

/** Faults in who may do what on a server, how often, and what its log says. */
export const SERVER_ACCESS: readonly FaultyFile[] = [
  {
    file: "server/access/admission.ts",
    tests: ["tests/wire/session_test.ts"],
    faults: [
      {
        code: "if (!first?.join) throw",
        by: "if (!first) throw",
        seen: "the server fails on a session that does not begin with a join",
      },
      {
        code: "checkJoin(first.join);",
        by: "",
        seen: "a session joins under a name that drives terminals",
      },
      {
        code: 'sanctions.check("ban", principal);',
        by: "",
        seen: "a banned person joins",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "if (gate.admits(principal)) return;",
        by: "return;",
        seen: "somebody stays whose key was removed from the list while joining",
        tests: ["tests/unit/server/cluster/recheck_test.ts"],
      },
      {
        code: 'return name === "" ? undefined : key;',
        by: "return key;",
        seen: "a reader without a name gets private notes",
        tests: ["tests/wire/private_note_test.ts"],
      },
    ],
  },
  {
    file: "server/access/check_join.ts",
    tests: ["tests/wire/session_test.ts"],
    faults: [
      {
        code: 'if (!(unlisted && name === "")) checkName(name);',
        by: 'if (name !== "") checkName(name);',
        seen: "a member of a room has no name",
      },
      { code: "client.length < min ||", by: "", seen: "the secret of a client can be guessed" },
      {
        code: "if (key?.length) checkKey(key);",
        by: "",
        seen: "a key that proves nothing is accepted",
        tests: ["tests/wire/access/small_order_test.ts"],
      },
    ],
  },
  {
    file: "server/access/authenticate.ts",
    tests: ["tests/wire/access/gate_test.ts"],
    faults: [
      {
        code: "publicKey &&\n      !await verifySignature",
        by: "false &&\n      !await verifySignature",
        seen: "anybody joins with the key of somebody else",
        tests: ["tests/wire/access/identity_test.ts"],
      },
      {
        code: "if (!publicKey && !password) return request;",
        by: "return request;",
        seen: "anybody joins with the key of somebody else",
        tests: ["tests/wire/access/identity_test.ts"],
      },
      {
        code: "if (!password) return request;",
        by: "return request;",
        seen: "a wrong password lets somebody with a key in",
      },
      {
        code: 'if (proof.password === "") {',
        by: "if (false) {",
        seen: "a client without a password is told that it was wrong",
      },
      {
        code: "if (tries === MAX_TRIES) throw wrong;",
        by: "if (tries > MAX_TRIES) throw wrong;",
        seen: "a session may try more passwords than it should",
      },
      {
        code: "report(errorEvent(wrong, { name: join.name, room: join.room, key, address }));",
        by: "",
        seen: "the log has no wrong passwords",
      },
      {
        code: 'server.transport === "plain" ? server.id : new Uint8Array()',
        by: "new Uint8Array()",
        seen: "a proof without TLS holds for another server, too",
        tests: ["tests/wire/access/identity_test.ts"],
      },
      {
        code: "if (!value.proof) {",
        by: "if (false) {",
        seen: "the server fails on a challenge that is answered otherwise",
        tests: ["tests/wire/access/identity_test.ts"],
      },
      {
        code: "if (done) throw",
        by: "if (false) throw",
        seen: "a client that gives up is logged as a failure of the server",
        tests: ["tests/wire/access/identity_test.ts"],
      },
    ],
  },
  {
    file: "server/access/gate.ts",
    tests: ["tests/wire/access/gate_test.ts"],
    faults: [
      {
        code: "return this.#members === undefined && this.#hash === undefined;",
        by: "return this.#members === undefined || this.#hash === undefined;",
        seen: "a server with a password lets everybody in",
      },
      {
        code: "members === undefined ? this.#members : parseKeys",
        by: "members === undefined ? undefined : parseKeys",
        seen: "a reload of the operators lets everybody in",
      },
      {
        code: "operators === undefined ? this.#operators : parseKeys",
        by: "parseKeys",
        seen: "a reload of the members removes all operators",
      },
      {
        code: "if (key !== undefined && this.#members?.has(key)) return true;",
        by: "",
        seen: "members are not let in",
      },
      {
        code: "if (key !== undefined && this.isOperator(key)) return key;",
        by: "if (key !== undefined) return key;",
        seen: "everybody is an operator",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "if (this.admits({ key, knowsPassword: false })) return false;",
        by: "",
        seen: "members are asked for the password",
      },
      {
        code: "if (this.#hash !== undefined) return true;",
        by: "",
        seen: "a server with members and a password lets in nobody else",
      },
      {
        code: "const isKnown = key !== undefined && this.#known.has(key);",
        by: "const isKnown = false;",
        seen: "guesses of others keep out a person who knows the password",
      },
      {
        code: "isKnown && isRight() ||",
        by: "isKnown ||",
        seen: "a person who once gave the password gets in with any",
      },
      {
        code: "if (opens && key !== undefined) this.#remember(key);",
        by: "if (key !== undefined) this.#remember(key);",
        seen: "a key that gives wrong passwords can guess without a wait",
      },
    ],
  },
  {
    file: "server/access/password_throttle.ts",
    tests: ["tests/wire/access/gate_test.ts"],
    faults: [
      {
        code: "if (this.#remainingMs(lanes) > 0) checkQueue(lanes);",
        by: "",
        seen: "any number of passwords wait",
      },
      { code: "this.#close(lanes);", by: "", seen: "passwords can be guessed without a wait" },
      {
        code: "for (const lane of lanes.values()) lane.waiting--;",
        by: "",
        seen: "after some passwords nobody from there can give one any more",
      },
      {
        code: "if (site !== undefined) lanes.set",
        by: "if (false) lanes.set",
        seen: "a customer with many networks guesses passwords without a wait",
      },
      {
        code: "if (waiting === 0) this.#lanes.delete(where);",
        by: "this.#lanes.delete(where);",
        seen: "attempts that wait are forgotten",
      },
      {
        code: "const retryMs = waitMs * (waiting + 1);",
        by: "const retryMs = waitMs;",
        seen: "a client tries again before it is its turn",
      },
    ],
  },
  {
    file: "server/access/rate_limiter.ts",
    tests: [
      "tests/unit/server/rate_limits_test.ts",
      "tests/wire/limits/rate_test.ts",
      "tests/wire/reading/start_test.ts",
    ],
    faults: [
      {
        code: "if (this.#rate.perSecond === 0) return;",
        by: "",
        seen: "a server without a rate limit refuses posts",
      },
      {
        code: "const isBehind = known < this.#refusals;",
        by: "const isBehind = false;",
        seen: "a rate-limited post is overtaken by the one after it",
      },
      {
        code: "Math.max(1, bucket.delay(1, now))",
        by: "bucket.delay(1, now)",
        seen: "a rate-limited post is overtaken by the one after it",
      },
      {
        code: "this.#refusals++;",
        by: "",
        seen: "a rate-limited post is overtaken by the one after it",
        tests: [
          "tests/unit/server/rate_limits_test.ts",
          "tests/wire/limits/rate_test.ts",
          "tests/unit/client/session/outbox_test.ts",
        ],
      },
    ],
  },
  {
    file: "server/access/token_buckets.ts",
    tests: ["tests/unit/server/rate_limits_test.ts"],
    faults: [
      {
        code: "if (this.#buckets.size >= this.#sweepAt) this.#sweep();",
        by: "",
        seen: "memory grows with each stranger",
      },
      {
        code: "if (bucket.isFull(now)) this.#buckets.delete(holder);",
        by: "this.#buckets.delete(holder);",
        seen: "a flood of strangers frees others from their limits",
      },
    ],
  },
  {
    file: "server/access/sessions.ts",
    tests: ["tests/wire/access/moderation_test.ts"],
    faults: [
      {
        code: "if (principalId(session) === principal) session.sendMute(mute);",
        by: "session.sendMute(mute);",
        seen: "everybody is told that they are muted",
      },
      {
        code: "if (matches(session)) session.end(reason);",
        by: "session.end(reason);",
        seen: "a ban of one person removes everybody",
      },
    ],
  },
  {
    file: "server/access/moderation.ts",
    tests: ["tests/wire/access/moderation_test.ts"],
    faults: [
      {
        code: "this.#options.gate.checkOperator(key)",
        by: "key!",
        seen: "everybody bans everybody",
      },
      {
        code: "for (const session of sessions) this.#spareOperators(name, principalId(session));",
        by: "",
        seen: "an operator is kicked",
      },
      {
        code: "this.#spareOperators(name, target.principal);",
        by: "",
        seen: "an operator is banned",
      },
      {
        code: "const until = spanMs > 0 ? { until: time + spanMs } : {};",
        by: "const until = { until: time + spanMs };",
        seen: "a ban for ever ends at once",
      },
      {
        code: "(session) => principalId(session) === principal);",
        by: "() => true);",
        seen: "a ban of one person removes everybody",
      },
      {
        code: "if (owner === undefined) throw",
        by: "if (false) throw",
        seen: "the release of a free name fails in the server",
      },
      {
        code: "return { ...current, locked, lockedBy: by.name };",
        by: "return { ...current, lockedBy: by.name };",
        seen: "a locked topic can be set by anybody",
        tests: ["tests/wire/access/topic_test.ts"],
      },
      {
        code: "if (owner !== undefined) return { name, principal: owner };",
        by: "",
        seen: "the owner of a name who is away cannot be banned",
      },
      {
        code: "if (!this.#options.gate.isOperator(principal)) return;",
        by: "return;",
        seen: "operators ban one another",
      },
      {
        code: "options.sessions.find(name).filter(isHere);",
        by: "options.sessions.find(name).filter(isHere).slice(0, 1);",
        seen: "of two sessions of a kicked person, one stays",
      },
    ],
  },
  {
    file: "server/access/own_names.ts",
    tests: ["tests/wire/access/own_names_test.ts"],
    faults: [
      {
        code: 'report({ type: "drop",',
        by: 'void ({ type: "drop",',
        seen: "the log does not say who has given back a name",
      },
    ],
  },
  {
    file: "server/access/key_list.ts",
    tests: ["tests/unit/server/key_list_test.ts"],
    faults: [
      {
        code: "if (isSmallOrder(key)) {",
        by: "if (false) {",
        seen: "a key with which anybody can sign is accepted",
      },
      { code: '.replace(/#.*$/, "")', by: "", seen: "a list of keys with comments is refused" },
      {
        code: 'if (entry === "" ||',
        by: "if (",
        seen: "a list of keys with empty lines is refused",
      },
    ],
  },
  {
    file: "server/access/rate_limits.ts",
    tests: ["tests/unit/server/rate_limits_test.ts"],
    faults: [
      {
        code: "Math.max(0, ...waits)",
        by: "Math.min(...waits)",
        seen: "a limit of a network does not hold for its keys",
      },
      {
        code: "for (const id of ids) buckets.get(id).take(1, now());",
        by: "",
        seen: "joins and searches are not rate-limited",
      },
      {
        code: "burst === 0 ? 0 : perSecond",
        by: "perSecond",
        seen: "--new-rooms 0 allows no new rooms",
        tests: [
          "tests/unit/server/rate_limits_test.ts",
          "tests/wire/limits/limits_test.ts",
          "tests/wire/reading/start_test.ts",
        ],
      },
      {
        code: "rate === 0 ? 0 : perSecond",
        by: "perSecond",
        seen: "--rate 0 leaves other limits on",
        tests: [
          "tests/unit/server/rate_limits_test.ts",
          "tests/wire/reading/start_test.ts",
          "tests/wire/limits/call_filter_test.ts",
        ],
      },
      {
        code: "return id === UNIX ? [] : [id];",
        by: "return [id];",
        seen: "unrelated people on a Unix socket are limited together",
      },
      {
        code: "key === undefined ? [network] : [key, network]",
        by: "[key ?? network]",
        seen: "one network claims any number of names with many keys",
      },
    ],
  },
  {
    file: "server/access/other_servers.ts",
    tests: ["tests/unit/server/other_servers_test.ts"],
    faults: [
      {
        code: ".slice(0, MAX_FOUND)",
        by: "",
        seen: "an answer of a server is larger than a message may be",
      },
      {
        code: "&& !gate.isOperator(principalId(session))",
        by: "",
        seen: "an operator is kicked on another server",
      },
      {
        code: "for (const { end } of found) end",
        by: "for (const { end } of []) end",
        seen: "a kicked person stays on another server",
      },
    ],
  },
  {
    file: "server/events/throttle.ts",
    tests: ["tests/unit/server/throttle_test.ts"],
    faults: [
      {
        code: "if (suppressed === 0 && sampler.isIdle(now())) kinds.delete(name);",
        by: "if (sampler.isIdle(now())) kinds.delete(name);",
        seen: "a line of the log does not count what was left out before it",
      },
      {
        code: "if (!kind.sampler.allows(now())) {",
        by: "if (false) {",
        seen: "a flood of traffic floods the log",
      },
      {
        code: "kind.suppressed = 0;",
        by: "",
        seen: "lines of the log count what was left out again and again",
      },
      {
        code: 'event.type === "refused" || event.type === "error"',
        by: "false",
        seen: "refusals flood the log",
      },
      {
        code: "this.#goesOn = true;",
        by: "",
        seen: "an attack that goes on has a line in the log each second",
      },
      { code: "passed < 2 * this.#quietMs", by: "true", seen: "a rare refusal is logged late" },
      { code: "this.#since = now;", by: "", seen: "a flood of traffic floods the log" },
      {
        code: "Math.min(2 * this.#quietMs, QUIET_MS.max)",
        by: "2 * this.#quietMs",
        seen: "an attack of hours has no more lines in the log",
      },
    ],
  },
  {
    file: "server/events/refusal.ts",
    tests: ["tests/unit/server/refusal_test.ts"],
    faults: [
      {
        code:
          'if (!(error instanceof ChatError)) return { code: INTERNAL, details: "Internal error" };',
        by: "if (!(error instanceof ChatError)) return { code: INTERNAL, details: String(error) };",
        seen: "a peer sees the internals of the server",
      },
      {
        code: "message.toWellFormed()",
        by: "message",
        seen: "half a character in a refused name ends the server",
      },
      {
        code: "&& error.cause === undefined",
        by: "",
        seen: "a failure of the disk is not in the log",
      },
      {
        code: "if (!isOver) report",
        by: "report",
        seen: "the log has a line for each client that is told to join again",
      },
    ],
  },
];
