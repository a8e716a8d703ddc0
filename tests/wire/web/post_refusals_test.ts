import { assertEquals, assertStringIncludes } from "@std/assert";
import { openChat, readLobby } from "./http_chat.ts";

const NOTES = "POST /rooms/lobby/notes";
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "Content-Type": "application/json" };

for (
  const [what, line, headers, body, status, detail] of [
    ["without a name", NOTES, {}, "x", 400, "The name of the author is missing: add ?name=NAME"],
    ["that is empty", `${NOTES}?name=ann`, {}, " \n", 400, "The note is empty"],
    [
      "that is no UTF-8",
      `${NOTES}?name=ann`,
      { "Content-Type": "text/plain; charset=latin1" },
      "x",
      415,
      "The body is in latin1: must be in utf-8",
    ],
    [
      "that is compressed",
      `${NOTES}?name=ann`,
      { "Content-Encoding": "gzip" },
      "x",
      415,
      "The body is compressed: send it as it is",
    ],
    [
      "of another type",
      `${NOTES}?name=ann`,
      { "Content-Type": "image/png" },
      "x",
      415,
      "The body is image/png: must be text/plain or application/json",
    ],
    ["that is no JSON", NOTES, JSON_TYPE, "[1", 400, "The body is no JSON object such as"],
    [
      "without a message",
      NOTES,
      JSON_TYPE,
      '{"name":"ann"}',
      400,
      'The field "message" is missing',
    ],
    [
      "whose message is a number",
      NOTES,
      JSON_TYPE,
      '{"name":"ann","message":1}',
      400,
      'The field "message" is no text',
    ],
    [
      "of another kind",
      `${NOTES}?name=ann&kind=loud`,
      {},
      "x",
      400,
      'The kind "loud" is none of said, action, whisper',
    ],
    [
      "whose name is not a name",
      NOTES,
      JSON_TYPE,
      '{"name":{},"message":"x"}',
      400,
      'The field "name" is no text',
    ],
    [
      "with an empty Idempotency-Key",
      `${NOTES}?name=ann`,
      { "Idempotency-Key": "" },
      "x",
      400,
      "Idempotency-Key has 0 characters: must be 1 to 64",
    ],
    [
      "with a long Idempotency-Key",
      `${NOTES}?name=ann`,
      { "Idempotency-Key": "x".repeat(70) },
      "x",
      400,
      "Idempotency-Key has 70 characters: must be 1 to 64",
    ],
    [
      "of JSON without its type",
      `${NOTES}?name=ann`,
      FORM_TYPE,
      '{"name": "ci", "message": "x"}',
      415,
      'The body looks like JSON: add -H "Content-Type: application/json"',
    ],
    ...["message=hello+there", "name=ci&message=x", "to=&kind=action&message=x"].map((form) =>
      [
        `of the form ${form}`,
        `${NOTES}?name=ann`,
        FORM_TYPE,
        form,
        415,
        "The body looks like a form: send the text itself, or JSON",
      ] as const
    ),
    [
      "that whispers to nobody",
      `${NOTES}?name=ann&kind=whisper`,
      {},
      "x",
      400,
      'The field "to" is missing',
    ],
  ] as const
) {
  Deno.test(`a post ${what} is refused`, async () => {
    await using chat = await openChat();
    const answer = await chat.http.ask(line, { headers, body });
    assertEquals(answer.status, status);
    assertStringIncludes(JSON.parse(answer.body).detail, detail);
    assertEquals(await readLobby(chat), []);
    assertEquals((await chat.http.post("the connection is still of use")).status, 200);
  });
}

Deno.test("a body whose bytes are not UTF-8 is refused", async () => {
  await using chat = await openChat();
  const url = `http://${chat.server.address}/rooms/lobby/notes?name=ann`;
  const headers = { "Content-Type": "text/plain; charset=utf-8" };
  const answer = await fetch(url, { method: "POST", headers, body: Uint8Array.of(0xff) });
  assertEquals([answer.status, (await answer.json()).detail], [400, "The body is not valid UTF-8"]);
});
