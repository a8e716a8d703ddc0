import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Process, type Result, startServer } from "../support/program.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { hasTool } from "../support/tools.ts";

const ROOT = new URL("../../", import.meta.url);

const hasCurl = await hasTool("curl", "--version");

/** Declares a test that is ignored without curl. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: hasCurl ? name : `${name} (ignored: no curl)`, ignore: !hasCurl, fn });
}

/** Starts a command line that is a single command, which can be killed. */
function startShell(command: string, env: Record<string, string> = {}): Process {
  return new Process("sh", ["-c", `exec ${command}`], { env });
}

/** Runs a command line to its end. */
async function shell(command: string, env: Record<string, string> = {}): Promise<Result> {
  await using process = new Process("sh", ["-c", command], { env });
  const { code } = await process.ended();
  return { code, stdout: process.stdout, stderr: process.stderr };
}

/** The commands of a page that use curl on the usual address. */
function commandsOf(page: string): string[] {
  const text = Deno.readTextFileSync(new URL(page, ROOT));
  const blocks = Array.from(text.matchAll(/^```sh\n([^]*?)^```/gm), ([, block]) => block!);
  return blocks.flatMap((block) => block.split(/(?<!\\)\n/))
    .filter((command) => /\bcurl\b[^]*localhost:11912/.test(command));
}

/** Whether a command does not end by itself. */
function follows(command: string): boolean {
  return command.includes("/notes") && !/ -d |--data|until-now/.test(command);
}

/** Posts a text to the lobby. */
function post(address: string, text: string): Promise<Result> {
  return shell(`curl -sS -d "${text}" "http://${address}/rooms/lobby/notes?name=ann"`);
}

for (const page of ["README.md", "docs/http.md"]) {
  test(`the commands of ${page} for curl work as they stand`, async () => {
    await using server = await startServer(["--quiet"]);
    const port = server.address.split(":").at(-1);
    const commands = commandsOf(page);
    assert(commands.filter(follows).length >= 2 && commands.length >= 5);
    let id = "";
    for (const command of commands) {
      const here = command.replaceAll("localhost:11912", `localhost:${port}`);
      const env = { PASSWORD: "not needed", ID: id };
      if (follows(here)) {
        await using process = startShell(here, env);
        while (!process.stdout.includes('"seq"')) await post(server.address, "news");
        id = /^id: (\S+)$/m.exec(process.stdout)?.[1] ?? id;
      } else {
        const { code, stdout } = await shell(here, env);
        assertEquals(code, 0, command);
        for (const line of stdout.split("\n").filter((line) => line !== "")) {
          assert(JSON.parse(line).status === undefined, `${command}: ${stdout}`);
        }
      }
    }
  });
}

test("docs/http.md shows answers as they are", async () => {
  await using server = await startServer(["--quiet"]);
  const page = await Deno.readTextFile(new URL("docs/http.md", ROOT));
  const posted = await shell(
    `curl -sS -d "build 512 is out" "http://${server.address}/rooms/lobby/notes?name=ci"`,
  );
  const missing = await shell(`curl -sS "http://${server.address}/rooms/dev/notes?until-now"`);
  const rooms = await shell(`curl -sS http://${server.address}/rooms`);
  const events = await shell(
    `curl -sS -H "Accept: text/event-stream" "http://${server.address}/rooms/lobby/notes?until-now"`,
  );
  const general = (text: string) =>
    text.replaceAll(/[\d-]+T[\d:.]+Z/g, "TIME").replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, "HISTORY")
      .replaceAll(/"members":\d+/g, '"members":N');
  for (const { stdout } of [posted, missing, rooms, events]) {
    assertStringIncludes(general(page), general(stdout.trimEnd()));
  }
});

test("curl resumes by Last-Event-ID after a restart of the server, and misses and repeats nothing", async () => {
  await inFolder(async (folder) => {
    const failed = Promise.withResolvers<never>();
    await using server = new RestartableServer(`${folder}/chat.db`, failed.reject);
    await server.start();
    const events = `curl -sSN -H "Accept: text/event-stream"`;
    const notes = `"http://${server.address}/rooms/lobby/notes"`;
    await post(server.address, "one");
    await post(server.address, "two");
    await using before = startShell(`${events} ${notes}`);
    const [, id] = await before.waitFor(/^id: (\S+)\ndata: .*"one".*\n\n[^]*"two"/m);
    await server.stop();
    await before.ended();
    assertMatch(before.stdout, /\nevent: end\ndata: .*"status":503.*"The server is stopping"/);
    await server.start();
    await post(server.address, "three");
    await using after = startShell(`${events} -H "Last-Event-ID: ${id}" ${notes}`);
    await after.waitFor(/"three"/);
    const messages = Array.from(after.stdout.matchAll(/"message":"(\w+)"/g), ([, text]) => text);
    assertEquals(messages, ["two", "three"]);
  });
});

test("curl repeats a post with its Idempotency-Key after a restart, which is still one note", async () => {
  await inFolder(async (folder) => {
    const failed = Promise.withResolvers<never>();
    await using server = new RestartableServer(`${folder}/chat.db`, failed.reject);
    await server.start();
    const url = `"http://${server.address}/rooms/lobby/notes?name=ci`;
    const again = `curl -sS --fail-with-body -H "Idempotency-Key: build-1" -d hello ${url}"`;
    const first = await shell(again);
    assertEquals(first.code, 0);
    await server.stop();
    await server.start();
    assertEquals(await shell(again), first);
    const { stdout } = await shell(`curl -sS ${url}&until-now"`);
    assertEquals(stdout.match(/"seq":\d+/g), ['"seq":1']);
  });
});

test("curl exits with an error when a server ends its lines of JSON", async () => {
  await using server = await startServer(["--quiet"]);
  await post(server.address, "one");
  await using reader = startShell(`curl -sSN "http://${server.address}/rooms/lobby/notes"`);
  await reader.waitFor(/"one"/);
  server.kill("SIGTERM");
  assertEquals([(await reader.ended()).code, (await server.ended()).code], [18, 0]);
});

for (
  const [what, args, status, detail] of [
    ["no name", `-d x URL/rooms/lobby/notes`, 400, "The name of the author is missing"],
    ["no such room", `"URL/rooms/dev/notes?until-now"`, 404, 'There is no room "dev" yet'],
    ["no such page", `URL/nothing`, 404, "There is no such page"],
    ["no such method", `-X DELETE URL/rooms`, 405, "The path allows GET, HEAD"],
    ["a wrong password", `-H "Authorization: Bearer x" URL/rooms`, 401, "Wrong password"],
    ["no password", `URL/rooms`, 401, "This server requires a password"],
    ["another host", `-H "Host: evil.example" URL/rooms`, 403, "is not a name of this server"],
    ["another page", `-H "Origin: http://evil.example" URL/rooms`, 403, 'Pages of "http://evil'],
    ["a large note", `-d @LARGE "URL/rooms/lobby/notes?name=ann"`, 413, "at most 5,096 bytes"],
    [
      "a picture",
      `-H "Content-Type: image/png" -d x "URL/rooms/lobby/notes?name=ann"`,
      415,
      "must be text/plain or application/json",
    ],
    [
      "too many rooms",
      `-d x "URL/rooms/first/notes?name=ann" "URL/rooms/second/notes?name=ann"`,
      429,
      'Cannot create room "second": too many new rooms',
    ],
  ] as const
) {
  test(`curl gets ${status} and the words for ${what}`, async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/large`, "x".repeat(2_000_000));
      await Deno.writeTextFile(`${folder}/password`, "a long secret");
      const options = ["--max-note-bytes", "1000", "--new-rooms", "1"];
      const locked = what.endsWith("password") ? ["--password-file", `${folder}/password`] : [];
      await using server = await startServer([
        "--quiet",
        "--log-level",
        "error",
        ...options,
        ...locked,
      ]);
      const command = args.replaceAll("URL", `http://${server.address}`)
        .replace("LARGE", `${folder}/large`);
      const { code, stdout } = await shell(`curl -sS --fail-with-body ${command}`);
      assertEquals(code, 22);
      const problem = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
      assertEquals(problem.status, status);
      assertStringIncludes(problem.detail, detail);
    });
  });
}

test("curl uses TLS with the certificate of the server, and a Unix socket", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/chat.db`;
    await using encrypted = await startServer(["--quiet", "--tls", "--data", data]);
    await using local = await startServer(["--quiet", "--host", `unix:${folder}/chat.sock`]);
    const port = encrypted.address.split(":").at(-1);
    const expected = { code: 0, stdout: '{"name":"lobby","members":0}\n', stderr: "" };
    assertEquals(
      await shell(`curl -sS --cacert ${data}.crt https://localhost:${port}/rooms`),
      expected,
    );
    // With a body, of which curl must not be stopped before it has the answer.
    const plain =
      `head -c 1000000 /dev/zero | curl -sS --data-binary @- http://${encrypted.address}/`;
    assertEquals(await shell(plain), {
      code: 0,
      stdout: "This port is encrypted: use https://, not http://\n",
      stderr: "",
    });
    assertEquals(local.address, `unix:${folder}/chat.sock`);
    assertEquals(
      await shell(`curl -sS --unix-socket ${folder}/chat.sock http://localhost/rooms`),
      expected,
    );
  });
});

test("a server with --web off cuts curl off, and one with --web-host has that name too", async () => {
  await using off = await startServer(["--quiet", "--web", "off", "--log-level", "error"]);
  assertEquals((await shell(`curl -s http://${off.address}/rooms`)).code, 52);
  await using named = await startServer(["--quiet", "--web-host", "chat.example"]);
  const port = named.address.split(":").at(-1);
  const resolve = `--resolve chat.example:${port}:127.0.0.1`;
  assertEquals((await shell(`curl -sSf ${resolve} http://chat.example:${port}/rooms`)).code, 0);
});
