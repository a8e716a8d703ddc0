import { assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "../../mod.ts";
import { ROOT } from "../../tools/build/project.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { freePort, Process } from "../support/program.ts";

const SERVER = `
import { serve } from "@chat/chat";

await using server = await serve(JSON.parse(Deno.args[0]!));
console.log(server.address);
await Deno.stdin.read(new Uint8Array(1));
`;

const CLIENT = `
import { type ChatEvent, join, type JoinOptions } from "@chat/chat";

const left = new AbortController();
const name: string | undefined = Deno.args[1];
const options: JoinOptions = { name, room: undefined, address: Deno.args[0], signal: left.signal };
const chat = await join(options);
for await (const event of chat.events() as AsyncIterable<ChatEvent>) {
  if (event.type === "connected") await chat.say("hello");
  if (event.type !== "notes") continue;
  console.log(event.notes.map(({ message }) => message).join());
  left.abort();
}
`;

const MAP = `--import-map=${ROOT}npm_only/imports.json`;

/** A project in a folder of its own. */
class Project implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(imports?: Record<string, string>): Promise<Project> {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const compilerOptions = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports, compilerOptions }));
    await Deno.writeTextFile(`${folder}/server.ts`, SERVER);
    await Deno.writeTextFile(`${folder}/client.ts`, CLIENT);
    await Deno.mkdir(`${folder}/data`);
    return new Project(folder);
  }

  /** Runs Deno in the folder. */
  deno(...args: string[]): Process {
    return new Process(Deno.execPath(), args, { cwd: this.folder });
  }

  /** Runs a module of the project with the given flags only. */
  run(flags: readonly string[], ...args: string[]): Process {
    return this.deno("run", "-q", "--no-prompt", "--ignore-env", ...flags, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Says hello in a chat of two processes with the given permissions. */
async function sayHello(
  project: Project,
  { map, address, data, serve, join }: {
    map: readonly string[];
    address: string;
    data?: string;
    serve: readonly string[];
    join: readonly string[];
  },
): Promise<void> {
  const options = JSON.stringify({ address, data });
  await using server = project.run([...map, ...serve], "server.ts", options);
  await server.waitFor(/^\S+\n/);
  await using client = project.run([...map, ...join], "client.ts", address, "ann");
  assertEquals([(await client.ended()).code, client.stdout, client.stderr], [0, "hello\n", ""]);
  await server.end("\n");
  assertEquals([(await server.ended()).code, server.stderr], [0, ""]);
}

for (
  const [how, imports, map] of [
    ["its deno.json", { "@chat/chat": `${ROOT}mod.ts` }, []],
    ["the import map for npm", undefined, [MAP]],
  ] as const
) {
  Deno.test(`the library runs in another folder by ${how}, with the permissions that the docs list`, async () => {
    await using project = await Project.make(imports);
    const address = `127.0.0.1:${freePort()}`;
    const net = `--allow-net=${address}`;
    await sayHello(project, { map, address, serve: [net], join: [net] });
    const files = ["--allow-read=data", "--allow-write=data"];
    const data = "data/chat.db";
    await sayHello(project, { map, address, data, serve: [net, ...files], join: [net] });
    const path = `${project.folder}/data/socket`;
    await sayHello(project, {
      map,
      address: `unix:${path}`,
      serve: ["--allow-net", ...files],
      join: [`--allow-net=unix:${path}`, `--allow-read=${path}`, `--allow-write=${path}`],
    });
  });
}

Deno.test("the quick start in the docs runs as it is in another folder, with the flags shown there", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/library.md`);
  const [, bot] = /```ts ignore\n([^]*?)```/.exec(page) ?? [];
  const [, flags, file] = /^deno run (.*) (bot\.ts)$/m.exec(page) ?? [];
  await using project = await Project.make({ "@chat/chat": `${ROOT}mod.ts` });
  await using server = await serve({ address: "127.0.0.1:0" });
  const { address } = server;
  const here = bot!.replace(`name: "helper"`, `$&, address: "${address}"`);
  await Deno.writeTextFile(`${project.folder}/${file}`, here);
  const words = flags!.replace("127.0.0.1:11912", address).split(" ");
  await using ann = joinLibraryChat("ann", address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using process = project.deno("run", "-q", "--no-prompt", ...words, file!);
  await ann.until(({ happened }) => happened.includes("+helper"));
  await ann.say("hello, helper");
  await ann.until(({ heard }) => heard.includes("ann: hello!"));
  assertEquals(process.stderr, "");
});

Deno.test("the library needs each of the permissions that the docs list", async () => {
  await using project = await Project.make();
  const address = `127.0.0.1:${freePort()}`;
  const net = `--allow-net=${address}`;
  const options = JSON.stringify({ address, data: "data/chat.db" });
  for (
    const [flags, needed] of [
      [[], "net access"],
      [[net], "read access"],
      [[net, "--allow-read=data"], "write access"],
    ] as const
  ) {
    await using server = project.run([MAP, ...flags], "server.ts", options);
    assertEquals((await server.ended()).code, 1);
    assertStringIncludes(server.stderr, needed);
  }
});

Deno.test("a program that uses the library type-checks under exactOptionalPropertyTypes", async () => {
  await using project = await Project.make();
  await using check = project.deno("check", "-q", MAP, "server.ts", "client.ts");
  assertEquals([(await check.ended()).code, check.stderr], [0, ""]);
});
