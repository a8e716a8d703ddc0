import type { FaultyFile } from "./fault.ts";

/** Faults in the sessions of a server. */
export const SERVER_SESSIONS: readonly FaultyFile[] = [
  {
    file: "server/session/answers.ts",
    tests: ["tests/unit/server/answers_test.ts"],
    faults: [
      {
        code: "signal.throwIfAborted();",
        by: "",
        seen: "posts of a session that is over are still accepted",
      },
      {
        code: "while (this.#inFlight >= this.#maxInFlight)",
        by: "while (this.#inFlight > this.#maxInFlight)",
        seen: "a session has one unanswered post more than the bound says",
      },
      {
        code: "return this.#maxInFlight - this.#inFlight;",
        by: "return this.#maxInFlight;",
        seen: "a session has more unanswered posts than the bound says",
      },
      {
        code: "this.#makeDue().refusals.push(refusal);\n    this.#onDue();",
        by: "this.#makeDue().refusals.push(refusal);",
        seen: "an author learns that a note is refused only when something else happens",
      },
      {
        code: "this.#makeDue().outcomes.push(outcome);\n    this.#onDue();",
        by: "this.#makeDue().outcomes.push(outcome);",
        seen: "an order is answered only when something else happens",
      },
      {
        code: "this.#makeDue().found.push(found);\n    this.#onDue();",
        by: "this.#makeDue().found.push(found);",
        seen: "a search is answered only when something else happens",
      },
      {
        code: "while (this.#due && this.#due.found.length > 0) {",
        by: "while (false) {",
        seen: "a search is faster than its peer reads, and fills the memory",
      },
      {
        code: "const lists = Math.min(this.#listsDue, 1);",
        by: "const lists = this.#listsDue;",
        seen: "of two requests for the list of rooms at once one is never answered",
      },
      {
        code: "this.#inFlight -= lists +",
        by: "this.#inFlight -=",
        seen: "a session that asks for the list of rooms often gets no more answers",
      },
      {
        code: "return this.#inFlight === 0;",
        by: "return true;",
        seen: "a client that has ended its side does not get the last answers",
      },
    ],
  },
  {
    file: "server/session/draft.ts",
    tests: ["tests/unit/server/draft_test.ts"],
    faults: [
      {
        code: 'if (name === "") throw',
        by: "if (false) throw",
        seen: "a reader without a name posts",
      },
      {
        code: "if (!isPostId(id)) {",
        by: "if (false) {",
        seen: "a post without an id is accepted, and cannot be repeated safely",
      },
      {
        code: "checkMessage(message, maxNoteBytes);",
        by: "",
        seen: "a note is larger than the server allows",
      },
      {
        code: "checkRecipient(kind, to);",
        by: "",
        seen: "a note to everybody says that it is private",
      },
      {
        code: "author !== undefined && isKey(author)",
        by: "author !== undefined",
        seen: "people without a key are shown as if they had proven one",
      },
      {
        code: "(verified || isPrivate)",
        by: "verified",
        seen: "guests do not see their own private notes",
      },
      {
        code: "if (reader !== undefined) return { to, reader };",
        by: "",
        seen: "private notes reach nobody",
      },
      {
        code: "return identity === undefined || isKey(identity)\n    ? { to: guest }",
        by: "return identity === undefined\n    ? { to: guest }",
        seen: "a private note to ~ann reaches the owner of the name",
      },
    ],
  },
  {
    file: "server/session/execute_order.ts",
    tests: ["tests/wire/access/topic_test.ts"],
    faults: [
      {
        code: 'if (action === "topic") return',
        by: "if (false) return",
        seen: "nobody but operators can set a topic",
      },
      {
        code: "if (isOwnAction(action)) {",
        by: "if (false) {",
        seen: "nobody but operators can see or give back their names",
        tests: ["tests/wire/access/own_names_test.ts"],
      },
    ],
  },
  {
    file: "server/session/leave_reason.ts",
    tests: ["tests/unit/server/leave_reason_test.ts"],
    faults: [
      {
        code: "if (end === undefined) return LEFT;\n  return end instanceof ChatError ? REASONS",
        by: "return end instanceof ChatError ? REASONS",
        seen: "who leaves is shown as lost by an error of the server",
      },
      {
        code: "REASONS[end.code] ?? end.message",
        by: "end.message",
        seen: "people in a room see words that were for the client alone",
      },
    ],
  },
  {
    file: "server/session/original.ts",
    tests: ["tests/wire/access/gate_test.ts"],
    faults: [
      {
        code: "checkOpen(gate);\n  const room",
        by: "const room",
        seen: "anybody reads a server that is for members",
      },
      {
        code: "checkOpen(gate);\n  for",
        by: "for",
        seen: "anybody writes to a server that is for members",
      },
      {
        code: "let next = 1;",
        by: "let next = 2;",
        seen: "an older client does not get the first note",
        tests: ["tests/wire/contract_test.ts"],
      },
      {
        code: 'sanctions.check("ban", reader);',
        by: "",
        seen: "a banned person reads with an older client",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "using _open = sessions.add(reader);",
        by: "",
        seen: "who is banned goes on reading with an older client",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "next = segment.end;",
        by: "",
        seen: "operators see an older client as behind, though it is not",
        tests: ["tests/wire/metrics_test.ts"],
      },
      {
        code: "const notes = segment.notesFor(undefined);",
        by: "const notes = segment.notes;",
        seen: "older clients receive the private notes of everybody",
        tests: ["tests/wire/private_note_test.ts"],
      },
      {
        code: 'for (const kind of ["ban", "mute"] as const) sanctions',
        by: 'for (const kind of ["ban"] as const) sanctions',
        seen: "a muted person writes with an older client",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "checkName(name);",
        by: "",
        seen: "an older client writes under a name that drives terminals",
        tests: ["tests/wire/contract_test.ts"],
      },
      {
        code: "names.check(name);",
        by: "",
        seen: "an older client writes under a name that belongs to a key",
        tests: ["tests/wire/access/identity_test.ts"],
      },
      {
        code: 'checkRecipient("said", to);',
        by: "",
        seen: "what an older client means as private is read by everybody",
        tests: ["tests/wire/private_note_test.ts"],
      },
    ],
  },
  {
    file: "server/session/posts.ts",
    tests: ["tests/wire/private_note_test.ts"],
    faults: [
      {
        code: "answers.expect(posts.length);",
        by: "",
        seen: "a session has any number of unanswered posts",
        tests: ["tests/wire/session_test.ts"],
      },
      {
        code: 'sanctions.check("mute", session);',
        by: "",
        seen: "a muted person posts",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "limiter.take(refusals);",
        by: "",
        seen: "posts are not rate-limited",
        tests: ["tests/wire/limits/rate_test.ts"],
      },
      {
        code: 'kind === "whisper" && reader === undefined',
        by: "kind === undefined && reader === undefined",
        seen: "a private note to nobody is acknowledged",
      },
      {
        code: "const addressed = to === undefined ? undefined : this",
        by: "const addressed = undefined; void this",
        seen: "a name that got private notes is released",
        tests: ["tests/wire/session_test.ts"],
      },
      {
        code: "names.findOwner(name) ?? this",
        by: "this",
        seen: "a private note to the owner of a name who is away is refused",
      },
    ],
  },
  {
    file: "server/session/refused_posts.ts",
    tests: ["tests/wire/limits/repeated_post_test.ts"],
    faults: [
      {
        code: 'if (typeof found === "number") {',
        by: "if (false) {",
        seen: "a note that is stored is refused when it is sent again by somebody who is muted now",
      },
      {
        code: 'if (error instanceof ChatError && error.code === "limited") limiter.forgive();',
        by: "",
        seen: "a client that sends stored notes again too fast waits for ever",
      },
      {
        code: "retry_ms === undefined ? refusal : { ...refusal, retry_ms }",
        by: "refusal",
        seen: "a client that is too fast does not know when it may try again",
        tests: ["tests/wire/limits/rate_test.ts"],
      },
    ],
  },
  {
    file: "server/session/searches.ts",
    tests: ["tests/wire/reading/session_searches_test.ts"],
    faults: [
      {
        code: "checkSearchWords(words);",
        by: "",
        seen: "a peer searches for very many words at once",
      },
      {
        code: "if (limit !== 0) checkSearchLimit(limit);",
        by: "",
        seen: "a peer asks for any number of notes at once",
        tests: [
          "tests/wire/reading/session_searches_test.ts",
          "tests/wire/reading/search_test.ts",
          "tests/wire/web/search_test.ts",
        ],
      },
      {
        code: "this.#services.rateLimits.consumeSearch(this.#options.principal);",
        by: "",
        seen: "searches are not rate-limited",
      },
      {
        code: "retry_ms: Math.ceil(retryMs ?? 0)",
        by: "retry_ms: 0",
        seen: "a client that searches too often does not know when it may try again",
      },
      {
        code: 'name: name === "" ? undefined : name',
        by: "name",
        seen: "a search without an author finds nothing",
        tests: ["tests/wire/reading/search_test.ts", "tests/wire/web/search_test.ts"],
      },
      {
        code: "search.before === 0 ? Infinity : search.before",
        by: "search.before",
        seen: "a search without a position finds nothing",
        tests: ["tests/wire/reading/search_test.ts", "tests/wire/web/search_test.ts"],
      },
      {
        code: "const shown = end ? searched : notes.at(-1)!.seq;",
        by: "const shown = searched;",
        seen: "the position of a private note of others that has the words can be found out",
      },
      {
        code: "[notes, chars] = [[], 0];",
        by: "",
        seen: "a search sends what it has found again with each part",
        tests: ["tests/wire/reading/search_test.ts", "tests/wire/web/search_test.ts"],
      },
      {
        code: "if (notes.length > 0) await send();",
        by: "",
        seen: "a search shows nothing before it has ended",
      },
      {
        code: "if (chars >= MAX_CHARS) await send();",
        by: "",
        seen: "what a search finds at once is larger than a frame",
        tests: ["tests/wire/reading/search_test.ts", "tests/wire/web/search_test.ts"],
      },
      {
        code: "if (++count === limit) break;",
        by: "if (++count > limit) break;",
        seen: "a search finds one note more than it was asked for",
        tests: ["tests/wire/reading/search_test.ts", "tests/wire/web/search_test.ts"],
      },
      {
        code: "more: count === limit",
        by: "more: false",
        seen: "a search does not say that there is more",
        tests: ["tests/wire/reading/search_test.ts", "tests/wire/web/search_test.ts"],
      },
      {
        code: "this.#last = this.#last.then(task)",
        by: "this.#last = task()",
        seen: "two searches of a session are answered at the same time, and mixed up",
      },
    ],
  },
  {
    file: "server/session/set_topic.ts",
    tests: ["tests/wire/access/topic_test.ts"],
    faults: [
      {
        code: "if (unlisted) throw",
        by: "if (false) throw",
        seen: "somebody who is not in the room sets its topic",
      },
      {
        code: "if (session.key === undefined) {",
        by: "if (false) {",
        seen: "a person without a key sets the topic",
      },
      { code: "checkTopic(text);", by: "", seen: "a topic is of any length" },
      { code: 'sanctions.check("mute", session);', by: "", seen: "a muted person sets the topic" },
      {
        code: "if (!isOperator) rateLimits.consumeTopic(session);",
        by: "",
        seen: "changes of topics are not rate-limited",
      },
      {
        code: "if (current.locked && !isOperator) {",
        by: "if (false) {",
        seen: "a locked topic is set by anybody",
      },
      {
        code: 'if (text === "" && current.text === "") {',
        by: "if (false) {",
        seen: "somebody removes a topic that is not there, and everybody is told",
      },
      {
        code: "return { ...current, text, by",
        by: "return { ...current, locked: false, text, by",
        seen: "a topic that an operator sets is not locked any more",
      },
      {
        code: 'const change = text === "" ? "removed" : "set";',
        by: 'const change = "set";',
        seen: "who removes a topic is told that it is set",
      },
    ],
  },
  {
    file: "server/session/start_position.ts",
    tests: ["tests/wire/reading/start_test.ts"],
    faults: [
      {
        code: "await room.reach(after.history, after.seq, signal);",
        by: "",
        seen: "who comes from a server that is ahead gets all notes again",
        tests: [
          "tests/unit/server/cluster/shared_rooms_test.ts",
          "tests/unit/server/cluster/cluster_log_test.ts",
        ],
      },
      {
        code: "if (last !== undefined) return await room.visible.last(last, reader);",
        by: "",
        seen: "--last shows everything",
      },
      {
        code: "if (from !== undefined) return Math.max(1, from);",
        by: "if (from !== undefined) return from;",
        seen: "a start at 0 fails",
      },
      {
        code: "if (ago_ms !== undefined) return await room.firstWithin(ago_ms);",
        by: "",
        seen: '"the last hour" goes by the clock of the client',
      },
      {
        code: "return since === undefined ? 1 : await room.firstSince(since);",
        by: "return 1;",
        seen: "--since shows everything",
      },
    ],
  },
  {
    file: "server/session/updates.ts",
    tests: ["tests/wire/session_test.ts"],
    faults: [
      {
        code: "this.#rosterVersion = roster.version;\n    return toRosterMessage(roster);",
        by: "return toRosterMessage(roster);",
        seen: "who joins is told of joins before theirs again",
      },
      {
        code: "if (roster.version === this.#rosterVersion) return [];",
        by: "",
        seen: "each session receives empty frames without end",
      },
      {
        code: "return this.#mutes.length > 0 ? [encode({ mutes: this.#mutes.splice(0) })] : [];",
        by: "return this.#mutes.length > 0 ? [encode({ mutes: this.#mutes })] : [];",
        seen: "a person is told of their mute again with each note",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: "this.#next = segment.end;",
        by: "this.#next = segment.end - 1;",
        seen: "each note is sent without end",
      },
      {
        code: "return segment.start > next ?",
        by: "return false ?",
        seen: "a reader is not told of notes that were dropped before they were sent",
      },
      {
        code:
          "return [...this.#encodeRosterChanges(), ...this.#encodeMutes(), ...this.#encodeTopic()];",
        by: "return [...this.#encodeRosterChanges(), ...this.#encodeMutes()];",
        seen: "people in a room do not see that its topic changes",
        tests: ["tests/wire/access/topic_test.ts"],
      },
    ],
  },
  {
    file: "server/session/serve_session.ts",
    tests: ["tests/wire/access/moderation_test.ts"],
    faults: [
      {
        code: "return isTooSoon ? { ...status, code: STATUS.unavailable } : status;",
        by: "return status;",
        seen: "a client that must wait with its password gives up",
        tests: ["tests/wire/access/gate_test.ts"],
      },
      {
        code: "services.availability.check();\n    const { first",
        by: "const { first",
        seen: "a server that cannot store notes asks for a proof before it refuses",
        tests: ["tests/cluster/availability_test.ts"],
      },
      {
        code: "checkAllowed(request, services); // Again: lists or bans may have changed.",
        by: "",
        seen: "a peer that is banned while it waits is let in",
        tests: ["tests/unit/server/cluster/recheck_test.ts", "tests/wire/reading/start_test.ts"],
      },
      {
        code: "if (name && !name.isKept) await name.keep();",
        by: "",
        seen: "a name is owned only until the server restarts",
        tests: ["tests/wire/access/identity_test.ts"],
      },
      {
        code: 'if (!isOwn) services.sanctions.check("mute", request);',
        by: "",
        seen: "a muted person joins under new names",
      },
      {
        code: 'services.sanctions.check("mute", request);\n    services.rateLimits',
        by: "services.rateLimits",
        seen: "a muted person creates rooms",
      },
      {
        code: "services.rateLimits.consumeRoom(room, request);",
        by: "",
        seen: "new rooms are not rate-limited",
        tests: ["tests/unit/server/cluster/recheck_test.ts", "tests/wire/limits/limits_test.ts"],
      },
    ],
  },
  {
    file: "server/session/serve_backup.ts",
    tests: ["tests/program/backup_command_test.ts"],
    faults: [
      {
        code: "checkAdmission(request, services);",
        by: "",
        seen: "a copy goes on to an operator who is banned",
        tests: ["tests/unit/server/serve_backup_test.ts"],
      },
      {
        code: "gate.checkOperator(key);\n      await",
        by: "await",
        seen: "a copy goes on to somebody who is no operator any more",
      },
      {
        code: "if (bytes > 0) report",
        by: "report",
        seen: "the log says that somebody has copied data who was refused",
      },
    ],
  },
  {
    file: "server/session/session.ts",
    tests: ["tests/wire/session_test.ts"],
    faults: [
      {
        code: "const guest = own === undefined && !unlisted ? newGuestIdentity() : undefined;",
        by: "const guest = undefined;",
        seen: "people without a key get no private notes",
        tests: ["tests/wire/private_note_test.ts"],
      },
      {
        code: "updates.addMute(mute);\n      this.#wakeup.notify();",
        by: "updates.addMute(mute);",
        seen: "a muted person is told only with the next note",
        tests: ["tests/wire/access/moderation_test.ts"],
      },
      {
        code: 'signal.addEventListener("abort", end, { once: true });',
        by: "",
        seen: "a person whose connection breaks stays in the room",
        tests: [
          "tests/wire/session_test.ts",
          "tests/wire/limits/rate_test.ts",
          "tests/wire/limits/messages_test.ts",
        ],
      },
      { code: "this.#end = undefined;", by: "", seen: "who leaves is shown as lost" },
      {
        code: "this.#peer.writeLast(encode({ goodbye: { code, reason: details } }));",
        by: "",
        seen: "a client that is removed does not learn why, and joins again",
      },
      {
        code: "const pending = await this.#updates.count(head);",
        by: "const pending = undefined;",
        seen: "who returns is not told how many notes they have missed",
      },
      {
        code: "awaited: !this.#services.rooms.has(name),",
        by: "awaited: false,",
        seen: "who waits for a room is told that it exists",
        tests: ["tests/wire/room_list_test.ts"],
      },
      {
        code: "this.#saidAll = true;",
        by: "",
        seen: "a session that has said everything never ends",
      },
      {
        code: "this.#posts.add(posts.slice(from, from += free), refusals, trace);",
        by: "this.#posts.add(posts.slice(from, from += free + 1), refusals, trace);",
        seen: "a frame with many posts gets more of them in flight than allowed",
        tests: ["tests/unit/server/session_test.ts"],
      },
      {
        code: "await answers.waitForCapacity(this.#ending.signal);\n      answers.listRooms();",
        by: "answers.listRooms();",
        seen: "a peer that reads nothing asks for lists without end",
        tests: ["tests/unit/server/session_test.ts"],
      },
      {
        code: "answers.expect(1);\n      answers.resolve",
        by: "answers.resolve",
        seen: "a session that gives orders gets more posts in flight than allowed",
        tests: ["tests/unit/server/session_test.ts"],
      },
      {
        code: "answers.expect(1);\n      this.#searches",
        by: "this.#searches",
        seen: "a session that searches gets more posts in flight than allowed",
        tests: [
          "tests/wire/session_test.ts",
          "tests/wire/web/search_test.ts",
          "tests/wire/reading/search_test.ts",
        ],
      },
      {
        code: "answers.resolve(await this.#execute(order));",
        by: "void this.#execute(order).then((outcome) => answers.resolve(outcome));",
        seen: "of two orders the second is answered first",
        tests: ["tests/wire/access/topic_test.ts"],
      },
      {
        code: 'this.#peer.refused("order");',
        by: "",
        seen: "a peer may send refused orders without end",
      },
      {
        code: "const segment = available instanceof Promise && parts.length > 0",
        by: "const segment = available instanceof Promise",
        seen: "a late reader gets no old notes",
        tests: ["tests/wire/limits/rate_test.ts", "tests/wire/web/web_socket_test.ts"],
      },
      {
        code: "...await this.#updates.encodeNotes(segment)",
        by:
          "...await this.#updates.encodeNotes(segment), ...await this.#updates.encodeNotes(segment)",
        seen: "each note is sent twice",
      },
      {
        code: "this.#peer.isReading() ? this.#room.head : 0",
        by: "0",
        seen: "a client that has ended its side does not get its own last notes",
      },
      {
        code: "signal.throwIfAborted();\n    await this.#peer",
        by: "await this.#peer",
        seen: "a removed person who reads over HTTP receives one more frame",
        tests: ["tests/unit/server/session_test.ts"],
      },
    ],
  },
];
