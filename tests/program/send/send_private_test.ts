import { assertEquals, assertMatch } from "@std/assert";
import { Person, run, start, startServer } from "../../support/program.ts";
import { joinLibraryChat } from "../../support/library_chat.ts";

Deno.test("chat send --to sends privately, and each line of a pipe, too", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = new Person();
  await using bob = new Person();
  await using cy = joinLibraryChat("cy", server.address);
  await cy.until(({ happened }) => happened.includes("connected"));
  await using joined = start("join", ["--server", server.address, "--name", "ann"], {
    env: ann.env,
  });
  await cy.until(({ happened }) => happened.includes("+ann"));
  const send = async (stdin: string, ...args: string[]) => {
    const own = ["--server", server.address, "--name", "bob"];
    return await run("send", [...own, ...args], { env: bob.env, stdin });
  };
  assertEquals(await send("", "--to", "Ann", "psst"), { code: 0, stdout: "", stderr: "" });
  const lines = await send("one\n\ntwo\n", "--to", "ann", "--lines", "--json");
  assertEquals(lines, {
    code: 0,
    stdout: [2, 3].map((seq) => `{"seq":${seq},"room":"lobby"}\n`).join(""),
    stderr: "",
  });
  await joined.waitFor(/^\[bob → Ann\] psst\n\[bob → ann\] one\n\[bob → ann\] two$/m);
  assertEquals((await send("", "bye")).code, 0);
  await cy.until(({ heard }) => heard.length > 0);
  assertEquals(cy.heard, ["bye"]);
});

Deno.test("chat send --to says what happens when the person is not there", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = new Person();
  const here = ["--server", server.address];
  const own = ["--name", "ann", "mine"];
  assertEquals((await run("send", [...here, ...own], { env: ann.env })).code, 0);
  // An owner who is away reads it later.
  const args = [...here, "--name", "bob", "--to", "ann", "--lines"];
  assertEquals(await run("send", args, { stdin: "one\ntwo\n" }), {
    code: 0,
    stdout: "",
    stderr: "ann is not in lobby now: the owner of the name can read it there later\n",
  });
  const later = await run("join", [...here, "--name", "ann", "--last", "9"], { env: ann.env });
  assertMatch(later.stdout, /^\[bob → ann\] one\n\[bob → ann\] two$/m);
  // A name that nobody owns, and a person without a key, must be there.
  for (
    const [name, to, why] of [
      [
        "cy",
        "eve",
        '"eve" is not here, and the name belongs to no key: a private note would reach nobody',
      ],
      ["di", "~ann", '"ann" belongs to a key: a private note to ~ann would reach nobody'],
    ] as const
  ) {
    const sent = await run("send", [...here, "--name", name, "--to", to, "hi"]);
    assertEquals(sent, { code: 5, stdout: "", stderr: `error: The note was not sent: ${why}\n` });
  }
});

Deno.test("chat send --to ~NAME reaches the person without a key", async () => {
  await using server = await startServer(["--quiet"]);
  await using eve = joinLibraryChat("eve", server.address);
  await eve.until(({ happened }) => happened.includes("connected"));
  const args = ["--server", server.address, "--name", "bob", "--to", "~eve", "psst"];
  assertEquals(await run("send", args), { code: 0, stdout: "", stderr: "" });
  await eve.until(({ heard }) => heard.length > 0);
  assertEquals(eve.heard, ["→eve psst"]);
});

Deno.test("chat send --me sends actions", async () => {
  await using server = await startServer(["--quiet"]);
  const args = ["--server", server.address, "--name", "ci", "--me"];
  assertEquals((await run("send", [...args, "builds main"])).code, 0);
  const tail = await run("tail", ["--server", server.address, "--until-now"]);
  assertEquals(tail.stdout, "* ci builds main\n");
});

Deno.test("chat send refuses --to together with --me, and what is no name", async () => {
  for (
    const [args, error] of [
      [["--to", "ann", "--me", "x"], "An action is for everybody: omit --me or --to"],
      [["--to", " ", "x"], 'Recipient " " is empty'],
      [["--to", "a\u200bb", "x"], 'Recipient "a\\u200bb" contains control or invisible characters'],
    ] as const
  ) {
    const { code, stderr } = await run("send", ["--name", "bob", ...args]);
    assertEquals([code, stderr.includes(error)], [2, true], stderr);
  }
});
