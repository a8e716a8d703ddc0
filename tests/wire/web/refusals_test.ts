import { assert, assertEquals, assertMatch } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { toWireKind } from "../../../proto/enums.ts";
import { type ChatServer, serve, type ServeOptions } from "../../../mod.ts";
import { joinLibraryChat } from "../../support/library_chat.ts";
import { Peer, refusal } from "../../support/wire/grpc_peer.ts";
import { HttpConnection } from "../../support/wire/http.ts";

const operator = await Identity.generate();

/** A post by somebody without a key. */
interface Attempt {
  readonly name: string;
  readonly room: string;
  readonly message: string;
  readonly to: string;
  readonly password?: string;
}

/** A rule that refuses a post. */
interface Rule {
  readonly options?: ServeOptions;
  /** What happens before. */
  readonly before?: (server: ChatServer) => Promise<void>;
  readonly attempt?: Partial<Attempt>;
  readonly status: number;
  /** Whether the time stands still: the rule would allow the post a moment later. */
  readonly isFrozen?: boolean;
}

const RULES: Readonly<Record<string, Rule>> = {
  "an invalid name": { attempt: { name: " " }, status: 400 },
  "an invalid room": { attempt: { room: "a/b" }, status: 400 },
  "a name in two scripts": { attempt: { name: "раypal" }, status: 400 },
  "a name that belongs to a key": {
    before: (server) => order(server, { action: "unban", name: "nobody" }),
    attempt: { name: "root" },
    status: 409,
  },
  "a name that looks like one that belongs to a key": {
    before: (server) => order(server, { action: "unban", name: "nobody" }),
    attempt: { name: "r00t" },
    status: 409,
  },
  "a mute": { before: (server) => punish(server, "mute"), status: 403 },
  "a ban": { before: (server) => punish(server, "ban"), status: 403 },
  "a list of members": { options: { members: operator.fingerprint }, status: 403 },
  "a password": { options: { password: "a long secret" }, status: 401 },
  "a wrong password": {
    options: { password: "a long secret" },
    attempt: { password: "guessed" },
    status: 401,
  },
  "the size of notes": {
    options: { maxNoteBytes: 10 },
    attempt: { message: "x".repeat(11) },
    status: 413,
  },
  "a whisper to nobody": { attempt: { to: "bob" }, status: 404 },
  "the rate of notes": {
    options: { rate: 0.01, burst: 1 },
    before: (server) => post(server, {}),
    status: 429,
  },
  "the rate of joins": {
    options: { joinBurst: 1 },
    before: (server) => post(server, {}),
    status: 429,
    isFrozen: true,
  },
  "the rate of new rooms": {
    options: { newRooms: 1 },
    before: (server) => post(server, { room: "first" }),
    attempt: { room: "second" },
    status: 429,
  },
  "the number of rooms": {
    options: { maxRooms: 1 },
    before: (server) => post(server, { room: "first" }),
    attempt: { room: "second" },
    status: 503,
  },
};

/** Stops the clock of rate limits until it is disposed. */
function stopClock(): Disposable {
  const now = performance.now();
  performance.now = () => now;
  return { [Symbol.dispose]: () => void Reflect.deleteProperty(performance, "now") };
}

for (const [name, { options, before, attempt, status, isFrozen }] of Object.entries(RULES)) {
  Deno.test(`${name} refuses a post over HTTP in the words of gRPC, with ${status}`, async () => {
    using _clock = isFrozen ? stopClock() : undefined;
    await using server = await serve({
      ...{ address: "127.0.0.1:0", operators: operator.fingerprint },
      ...options,
    });
    await before?.(server);
    const whole = { name: "ann", room: "lobby", message: "hi", to: "", ...attempt };
    const overHttp = await postOverHttp(server, whole);
    assertEquals(overHttp.status, status, overHttp.detail);
    assertEquals(withoutTime(overHttp.detail), withoutTime(await postOverGrpc(server, whole)));
    const { headers } = overHttp;
    if (status === 429 || status === 503) assertMatch(headers.get("retry-after")!, /^[1-9]\d*$/);
    else assert(!headers.has("retry-after"));
    assertEquals(
      headers.get("www-authenticate"),
      status === 401 ? 'Bearer realm="chat"' : undefined,
    );
  });
}

Deno.test("the right password, also one that is not ASCII, opens the server over HTTP", async () => {
  const password = "a long secret, with ünïcode";
  await using server = await serve({ address: "127.0.0.1:0", password });
  using http = await HttpConnection.open(server.address);
  const headers = { Authorization: `bearer ${password}` };
  assertEquals((await http.post("hi", headers)).status, 200);
  assertEquals((await http.ask("GET /rooms", { headers })).status, 200);
  assertEquals((await http.ask("GET /rooms")).status, 401);
  assertEquals((await http.ask("GET /rooms/lobby/notes?until-now")).status, 401);
  assertEquals((await http.ask("GET /healthz")).status, 200);
});

Deno.test("a password that cannot be checked yet is refused over HTTP with the time to wait", async () => {
  let answers: ReturnType<typeof postOverHttp>[];
  {
    await using server = await serve({ address: "127.0.0.1:0", password: "a long secret" });
    const guess = { name: "ann", room: "lobby", message: "hi", to: "", password: "guessed" };
    assertEquals((await postOverHttp(server, guess)).status, 401);
    // Four of them wait.
    answers = Array.from({ length: 8 }, () => postOverHttp(server, guess));
    const { status, headers, detail } = await Promise.race(answers);
    assertEquals(status, 429, detail);
    assertEquals(detail.endsWith(`: try again in ${headers.get("retry-after")} s`), true, detail);
  }
  await Promise.allSettled(answers);
});

/** The words of a refusal without the time that is left. */
function withoutTime(words: string): string {
  return words.replaceAll(/\d+(?:\.\d+)? (?:ms|s|min)\b/g, "…");
}

async function post(server: ChatServer, attempt: Partial<Attempt>): Promise<void> {
  const whole = { name: "ann", room: "lobby", message: "hi", to: "", ...attempt };
  const { status, detail } = await postOverHttp(server, whole);
  assertEquals(status, 200, detail);
}

/** Has the operator act on everybody without a key in this network. */
async function punish(server: ChatServer, action: "mute" | "ban"): Promise<void> {
  using peer = new Peer(server.address);
  await peer.join({ name: "bob" });
  await order(server, { action, name: "bob", reason: "enough" });
}

async function order(
  server: ChatServer,
  command: { action: "mute" | "ban" | "unban"; name: string; reason?: string },
): Promise<void> {
  await using root = joinLibraryChat("root", server.address, { identity: operator });
  await root.until(({ happened }) => happened.includes("connected"));
  await root.order({ reason: "", ...command }).catch(() => {}); // That there is no ban, say.
  await root.say("hi");
}

async function postOverHttp(
  server: ChatServer,
  { room, password, ...fields }: Attempt,
) {
  using http = await HttpConnection.open(server.address);
  const { status, headers, body } = await http.ask(
    `POST /rooms/${encodeURIComponent(room)}/notes`,
    {
      headers: {
        "Content-Type": "application/json",
        ...(password !== undefined && { Authorization: `Bearer ${password}` }),
      },
      body: JSON.stringify(fields),
    },
  );
  return { status, headers, detail: String(JSON.parse(body).detail) };
}

/** Posts as an unlisted session with the same rights, and returns the words of the refusal. */
async function postOverGrpc(
  server: ChatServer,
  { name, room, message, to, password = "" }: Attempt,
): Promise<string> {
  using peer = new Peer(server.address);
  const session = peer.session();
  const kind = toWireKind(to === "" ? "said" : "whisper");
  session.send({
    join: { name, room, last: 0, client: "x".repeat(16), unlisted: true },
    posts: [{ id: "1", message, kind, to }],
  });
  const answered = session.until(({ refusals, challenges }) =>
    refusals.length > 0 || challenges.length > 0
  ).catch(() => {}); // Refused as a whole.
  await answered;
  const { challenges, refusals } = session.seen;
  if (refusals[0] !== undefined) return refusals[0].replace(/^1 \d+ /, "");
  for (let tried = 0; challenges.length > tried && tried < 3; tried++) {
    session.send({ proof: { password } });
    await session.until(({ challenges }) => challenges.length > tried + 1).catch(() => {});
  }
  return (await refusal(session)).details;
}
