import type { FaultyFile } from "./fault.ts";

/** Faults in the rules for names, notes, networks and sanctions. */
export const RULES: readonly FaultyFile[] = [
  {
    file: "room/note.ts",
    tests: ["tests/unit/room/note_test.ts"],
    faults: [
      {
        code: "if (chars > MAX_NAME_CHARS) {\n    const",
        by: "if (chars >= MAX_NAME_CHARS) {\n    const",
        seen: "a name of as many characters as allowed is refused",
      },
      {
        code: "const chars = [...name].length;",
        by: "const chars = name.length;",
        seen: "a name of 33 emoji is refused as too long",
      },
      {
        code: 'if (name.trim() === "") throw',
        by: 'if (name === "") throw',
        seen: "a name is a blank",
      },
      { code: "if (CONTROL.test(name)) {", by: "if (false) {", seen: "a name drives the terminal" },
      { code: "if (BLANK.test(name)) {", by: "if (false) {", seen: "a name that nobody can see" },
      {
        code: ".toLowerCase().toUpperCase().toLowerCase()",
        by: ".toLowerCase()",
        seen: '"Strauß" and "STRAUSS" are two people',
      },
      {
        code: "return other !== undefined && foldName(name) === foldName(other);",
        by: "return name === other;",
        seen: '"Ann" and "ann" are two people',
        tests: [
          "tests/unit/room/note_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
          "tests/files/sanctions_test.ts",
        ],
      },
      {
        code: "text.length > GUEST_MARK.length && text",
        by: "text",
        seen: 'a private note to "~" is to nobody',
        tests: [
          "tests/unit/room/note_test.ts",
          "tests/unit/client/conversation/commands_test.ts",
          "tests/unit/client/conversation/talk_test.ts",
        ],
      },
      {
        code: 'checkName(parseGuestName(to) ?? to, "Recipient");',
        by: 'checkName(to, "Recipient");',
        seen: "a private note to ~ann is refused",
        tests: [
          "tests/unit/room/note_test.ts",
          "tests/wire/reading/start_test.ts",
          "tests/wire/limits/call_filter_test.ts",
        ],
      },
      {
        code: 'else if (to !== "") throw',
        by: "else if (false) throw",
        seen: "a note to everybody says that it is private",
      },
      {
        code: "if (to === undefined) return note;",
        by: "return note;",
        seen: "a private note is public",
        tests: [
          "tests/unit/room/note_test.ts",
          "tests/unit/room/room_test.ts",
          "tests/files/log_test.ts",
        ],
      },
      {
        code: "return reader === undefined ? { ...note, to } : { ...note, to, reader };",
        by: "return { ...note, to };",
        seen: "a private note does not reach its recipient",
        tests: [
          "tests/unit/room/note_test.ts",
          "tests/unit/room/room_test.ts",
          "tests/files/log_test.ts",
        ],
      },
      {
        code: "author === undefined ? said : { ...said, author }",
        by: "said",
        seen: "authors do not see their own private notes in the history",
        tests: [
          "tests/unit/room/note_test.ts",
          "tests/files/log_test.ts",
          "tests/files/archive_test.ts",
        ],
      },
      {
        code: "if (message.length * 3 <= maxBytes) return;",
        by: "if (message.length <= maxBytes) return;",
        seen: "a note is larger than the bound says",
      },
      {
        code: "if (bytes > maxBytes) {",
        by: "if (bytes >= maxBytes) {",
        seen: "a note of exactly the allowed size is refused",
      },
      {
        code: "chars.length > MAX_NAME_CHARS ? `",
        by: "chars.length >= MAX_NAME_CHARS ? `",
        seen: "a name of the allowed length is shown with an ellipsis",
      },
      {
        code: "2 * MAX_NAME_CHARS + 2",
        by: "MAX_NAME_CHARS",
        seen: "a name of emoji is shown cut off",
      },
      {
        code: "return isPlainName(short) ? short : quotedName(short);",
        by: "return short;",
        seen: "a name of an old server reads like a line of the chat",
      },
      {
        code: 'shown === name && name.includes(" ") ? quotedName(name) : shown',
        by: "shown",
        seen: '"bob left" is shown as if bob had left',
      },
      {
        code: "return verified === false ? guestName(shown) : shown;",
        by: "return verified ? shown : guestName(shown);",
        seen: "on the original contract everybody is shown as without a key",
        tests: [
          "tests/unit/room/note_test.ts",
          "tests/files/time_zone_test.ts",
          "tests/unit/client/conversation/unread_test.ts",
        ],
      },
      {
        code: "return `${head} ${escapeText(message)}`;",
        by: "return `${head} ${message}`;",
        seen: "a note drives the terminal of the server",
      },
    ],
  },
  {
    file: "room/name_rule.ts",
    tests: ["tests/wire/access/name_rule_test.ts"],
    faults: [
      { code: ".replaceAll('\"', '\\\\\"')", by: "", seen: "an error shows a wrong end of a name" },
    ],
  },
  {
    file: "room/network.ts",
    tests: ["tests/unit/room/network_test.ts"],
    faults: [
      {
        code: "if (!mapped) return address;",
        by: 'if (!mapped) return "";',
        seen: "all peers on Unix sockets and unknown ones are one",
      },
      {
        code: 'bytes[0] === 127 ? "127.0.0.1" : bytes.join(".")',
        by: 'bytes.join(".")',
        seen: "a program on this machine has as many addresses as it likes",
      },
      {
        code: ".slice(0, 4), 64)",
        by: ".slice(0, 8), 64)",
        seen: "each IPv6 peer has 2^64 addresses, and is never limited",
      },
      {
        code: "unmapIpv4(mapped)",
        by: "mapped",
        seen: "an IPv4 peer on an IPv6 socket is somebody else",
      },
      {
        code: '.split(":", 3), 48)',
        by: '.split(":", 4), 48)',
        seen: "guesses of passwords are not slowed down for a customer with many networks",
      },
      {
        code: 'while (groups[end - 1] === "0") end--;',
        by: "",
        seen: "/ban 2001:db8::/64 does not find the network that it means",
      },
    ],
  },
  {
    file: "room/principal.ts",
    tests: ["tests/wire/access/moderation_test.ts"],
    faults: [
      {
        code: "return key ?? network;",
        by: "return network;",
        seen: "a ban of a key bans a whole network",
      },
      {
        code: "if (isKeyFingerprint(text)) return text;",
        by: "",
        seen: "nobody can be banned by key",
      },
      {
        code: "return parseIp(text) ? toNetwork(text) : parseNetwork(text);",
        by: "return parseIp(text) ? text : parseNetwork(text);",
        seen: "a ban of an IPv6 address has no effect",
      },
    ],
  },
  {
    file: "room/identity.ts",
    tests: ["tests/unit/room/note_test.ts", "tests/wire/private_note_test.ts"],
    faults: [
      {
        code: "return identity.startsWith(KEY);",
        by: "return true;",
        seen: "a guest is shown as if they had proven a key",
      },
    ],
  },
  {
    file: "room/topic.ts",
    tests: ["tests/wire/access/topic_test.ts"],
    faults: [
      {
        code: "const chars = [...text].length;",
        by: "const chars = text.length;",
        seen: "a topic of 151 emoji is refused as too long",
      },
      {
        code: 'if (text !== "" && text.trim() === "") throw',
        by: 'if (text.trim() === "") throw',
        seen: "a topic cannot be removed",
      },
    ],
  },
  {
    file: "room/errors.ts",
    tests: ["tests/unit/room/errors_test.ts"],
    faults: [
      {
        code: "this.retryMs = options?.retryMs;",
        by: "this.retryMs = undefined;",
        seen: "a client that is too fast does not know when it may try again",
      },
      {
        code: "if (isSuppressed) return errorMessage(error.suppressed);",
        by: "",
        seen: "an error says that something was suppressed, and not what happened",
      },
    ],
  },
  {
    file: "room/sanctions.ts",
    tests: ["tests/unit/room/sanctions_test.ts"],
    faults: [
      {
        code: "if (count <= MAX_SANCTIONS) return;",
        by: "if (count < MAX_SANCTIONS) return;",
        seen: "an import of as many bans as allowed is refused",
      },
      {
        code: "(sanction.until ?? Infinity) > (stored.until ?? Infinity)",
        by: "(sanction.until ?? 0) > (stored.until ?? 0)",
        seen: "an import shortens a permanent ban",
      },
      {
        code: ".sort((a, b) => b.time - a.time)",
        by: ".sort((a, b) => a.time - b.time)",
        seen: "/bans lists the oldest first",
      },
      {
        code: "check();\n    await",
        by: "await",
        seen: "there are more bans than the bound says",
        tests: ["tests/files/sanctions_test.ts"],
      },
      {
        code: "if (!this.#store.followSanctions) this.#apply({ sanction });",
        by: "",
        seen: "a ban takes effect only after a restart",
      },
      {
        code:
          "this.#isActive(sanction) && (sanction.principal === name || isSameName(sanction.name, name))",
        by: "this.#isActive(sanction) && isSameName(sanction.name, name)",
        seen: "/unban with a key finds nothing",
      },
      {
        code: 'this.#apply({ sanction, lifted: lifting ?? "expired" });',
        by: "",
        seen: "a lifted ban goes on until a restart",
      },
      { code: "this.#dropping ??= this", by: "this", seen: "expired bans are deleted twice" },
      {
        code: "if (!sanction || !this.#isActive(sanction)) return;",
        by: "if (!sanction) return;",
        seen: "a ban goes on after its time is over",
      },
      {
        code: 'if (lifted === "expired" && isReplaced) return;',
        by: "",
        seen: "a new ban vanishes when the one before it expires",
      },
      {
        code: "if (lifted) active.delete(sanction.principal);",
        by: 'if (lifted === "expired") active.delete(sanction.principal);',
        seen: "a lifted ban goes on",
      },
      {
        code: "for (const listener of [...this.#listeners]) listener(change);",
        by: "",
        seen: "who is banned stays until they leave, and who is muted is not told",
      },
      {
        code: "this.#active[kind].has(principal)) return;",
        by: "false) return;",
        seen: "with as many bans as allowed, none can be made longer",
        tests: ["tests/files/sanctions_test.ts"],
      },
      {
        code: "if (this.list().length < MAX_SANCTIONS) return;",
        by: "",
        seen: "nobody can be banned while there are many expired bans",
        tests: ["tests/files/sanctions_test.ts"],
      },
      {
        code: "if (!this.#isActive(each)) await this.lift(each);",
        by: "await this.lift(each);",
        seen: "bans end early",
      },
      {
        code: "return this.#now() < until;",
        by: "return this.#now() <= until;",
        seen: "a ban lasts a moment longer than it says",
      },
      {
        code: "until - now",
        by: "until",
        seen: "a banned person is told a wrong time",
        tests: ["tests/files/sanctions_test.ts"],
      },
    ],
  },
  {
    file: "room/token_bucket.ts",
    tests: ["tests/unit/room/token_bucket_test.ts"],
    faults: [
      {
        code: "this.#emptyAt = now - this.#fullMs;",
        by: "this.#emptyAt = now;",
        seen: "the first posts of everybody are refused",
        tests: ["tests/unit/server/rate_limits_test.ts"],
      },
      {
        code: "if (waitMs === 0) this.#emptyAt += count * this.#oneMs;",
        by: "if (waitMs === 0) this.#emptyAt += this.#oneMs;",
        seen: "a large frame costs as little as a small one",
      },
      {
        code: "this.#emptyAt = Math.max(this.#emptyAt, now - this.#fullMs);",
        by: "",
        seen: "who was silent for an hour may post without limit",
        tests: ["tests/unit/server/rate_limits_test.ts"],
      },
      {
        code: "- now - ROUNDING_MS));",
        by: "- now));",
        seen: "a client that waits as it was told is refused again",
        tests: [
          "tests/unit/room/token_bucket_test.ts",
          "tests/unit/server/rate_limits_test.ts",
          "tests/wire/limits/bounds_test.ts",
        ],
      },
      {
        code: "this.#emptyAt -= count * this.#oneMs;",
        by: "",
        seen: "what was not used after all is not given back",
      },
      { code: ">= this.#fullMs;", by: "> this.#fullMs;", seen: "memory grows with each stranger" },
    ],
  },
];
