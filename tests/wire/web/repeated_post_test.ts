import { assertEquals, assertMatch } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import type { ServeOptions } from "../../../mod.ts";
import { enter } from "../../support/library_chat.ts";
import { inFolder } from "../../support/temporary_folder.ts";
import { openChat, readLobby } from "./http_chat.ts";

const operator = await Identity.generate();
const OPTIONS = { operators: operator.fingerprint, onEvent: () => {} };
const FIRST = { "Idempotency-Key": "first" };

type HttpChat = Awaited<ReturnType<typeof openChat>>;

/** Posts the same note again, and another one, which is refused with this status. */
async function postAgain({ http }: HttpChat, { status, body = "hello" }: {
  readonly status: number;
  readonly body?: string;
}): Promise<void> {
  const again = await http.post(body, FIRST);
  assertEquals([again.status, again.status === 200 && JSON.parse(again.body).seq], [200, 1]);
  const other = await http.post(body, { "Idempotency-Key": "second" });
  assertEquals(other.status, status, other.body);
}

const CASES: readonly {
  readonly what: string;
  readonly options?: ServeOptions;
  readonly change: (chat: HttpChat) => Promise<unknown>;
  readonly status: number;
}[] = [
  {
    what: "its author is muted",
    change: async ({ server }) => {
      await using root = await enter("root", server.address, { identity: operator });
      await using _eve = await enter("eve", server.address); // From the same network.
      await root.order({ action: "mute", name: "eve", reason: "" });
    },
    status: 403,
  },
  {
    what: "its author's name has an owner",
    change: async ({ server }) => {
      await using _owner = await enter("ann", server.address, {
        identity: await Identity.generate(),
      });
    },
    status: 409,
  },
  {
    what: "its author posts too fast",
    options: { rate: 0.001, burst: 1 },
    change: () => Promise.resolve(),
    status: 429,
  },
  {
    what: "its author joins too often",
    options: { joinBurst: 1 },
    change: () => Promise.resolve(),
    status: 429,
  },
];

for (const { what, options, change, status } of CASES) {
  Deno.test(`a post that is repeated with its Idempotency-Key is answered, although ${what} now`, async () => {
    await using chat = await openChat({ rate: options ? undefined : 0, ...OPTIONS, ...options });
    assertEquals((await chat.http.post("hello", FIRST)).status, 200);
    await change(chat);
    await postAgain(chat, { status });
  });
}

Deno.test("a repeated post does not say whether it is stored to somebody who is banned", async () => {
  await using chat = await openChat({ rate: 0, ...OPTIONS });
  assertEquals((await chat.http.post("hello", FIRST)).status, 200);
  await using root = await enter("root", chat.server.address, { identity: operator });
  await using _eve = await enter("eve", chat.server.address);
  await root.order({ action: "ban", name: "eve", reason: "" });
  assertEquals((await chat.http.post("hello", FIRST)).status, 403);
});

Deno.test("a post that is repeated with its Idempotency-Key is answered, although it is too large now", () =>
  inFolder(async (folder) => {
    const data = `${folder}/a.db`;
    const body = "x".repeat(20_000);
    {
      await using chat = await openChat({ ...OPTIONS, data, maxNoteBytes: 20_000 });
      assertEquals((await chat.http.post(body, FIRST)).status, 200);
    }
    for (const maxNoteBytes of [19_999, 10_000]) { // By less and by more than a body may be.
      await using chat = await openChat({ ...OPTIONS, data, maxNoteBytes });
      await postAgain(chat, { status: 413, body });
      assertMatch((await chat.http.post(body)).body, /20,000 bytes: at most/);
      const refused = await chat.http.post(body, { "Idempotency-Key": "third" });
      assertMatch(refused.body, /20,000 bytes: at most/);
      assertEquals((await readLobby(chat)).length, 1);
    }
  }));
