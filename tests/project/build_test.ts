import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { dirname, win32 } from "node:path";
import { BuildError } from "../../tools/build/deno.ts";
import { findJsrPackages, graph, projectPath } from "../../tools/build/graph.ts";
import {
  flagsOf,
  installedHint,
  type PermissionSet,
  runDenoItself,
} from "../../tools/build/install.ts";
import { collectLicenses, denoLicense } from "../../tools/build/licenses.ts";
import { IMPORT_MAP, ROOT } from "../../tools/build/project.ts";
import { missingStub } from "../../tools/build/stub.ts";
import { Process, type Result, runTask } from "../support/program.ts";

/** Runs a task of `tools/build/`. Deno itself stands in for the stub, so the result cannot run. */
async function build(
  [task = "", ...args]: string[],
  cwd: string,
  stub = Deno.execPath(),
): Promise<Result> {
  return await runTask(task, args, { cwd, env: { DENORT_BIN: stub } });
}

async function readConfig(): Promise<{ permissions: Record<string, PermissionSet> }> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
}

/** A file or folder as Deno records it in a compiled file. */
type Entry = { Dir: { n: string; e: Entry[] } } | { File: { n: string } };

/**
 * The data that Deno has written into a compiled file: its settings, its files, and their paths.
 */
function embedded(bytes: Uint8Array<ArrayBuffer>) {
  const text = new TextDecoder("latin1").decode(bytes); // One character per byte.
  const jsonFrom = (start: number) => { // Its length precedes it.
    const length = Number(new DataView(bytes.buffer, start - 8).getBigUint64(0, true));
    return JSON.parse(new TextDecoder().decode(bytes.subarray(start, start + length)));
  };
  const pathsOf = (entry: Entry): string[] =>
    "File" in entry
      ? [entry.File.n]
      : entry.Dir.e.flatMap(pathsOf).map((path) => `${entry.Dir.n}/${path}`);
  const start = text.lastIndexOf('{"argv":');
  const entries: Entry[] = jsonFrom(text.indexOf('[{"', start));
  return { metadata: jsonFrom(start), paths: entries.flatMap(pathsOf), files: text.slice(start) };
}

Deno.test("deno task compile includes the program, its packages and its permissions, and nothing else", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${cwd}/node_modules/stray`, { recursive: true });
    await Deno.writeTextFile(`${cwd}/node_modules/stray/index.js`, "throw 1;");
    const first = await build(["compile"], cwd);
    assertEquals([first.code, first.stderr], [0, ""]);
    assertMatch(first.stdout, /^chat: \d+\.\d MB for \S+\n$/);
    const bytes = await Deno.readFile(`${cwd}/chat`);
    const { metadata, paths, files } = embedded(bytes);
    const { permissions } = await readConfig();
    const flags = flagsOf(permissions["default"] ?? {});
    const listOf = (name: string) => {
      const flag = flags.find((flag) => flag.split("=")[0] === name);
      return flag === undefined ? null : flag.split("=")[1]?.split(",") ?? [];
    };
    for (const name of ["net", "read", "write", "env", "sys", "run", "ffi"]) {
      assertEquals([name, metadata.permissions[`allow_${name}`]], [
        name,
        listOf(`--allow-${name}`),
      ]);
    }
    assertEquals([metadata.permissions.prompt, metadata.permissions.ignore_env], [false, []]);

    // The program is bundled: its modules and packages are contents of few files.
    assertEquals(paths.filter((path) => !/^[\w-]+\.js$/.test(path)), []);
    assertEquals(paths.includes("mod.js"), true);
    for (const part of ["CREATE TABLE notes", "grpc.max_reconnect_backoff_ms"]) {
      assertEquals([part, files.includes(part)], [part, true]);
    }
    assertEquals([files.includes("throw 1;"), files.includes(ROOT)], [false, false]);

    const second = await build(["compile", "--output", "again"], cwd); // From a copy in another place.
    assertEquals([second.code, second.stderr], [0, ""]);
    assertEquals(await digest(await Deno.readFile(`${cwd}/again`)), await digest(bytes));
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("deno task compile fails if a stub is missing, naming it and where Deno looks", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await build(["compile"], cwd, `${cwd}/denort`);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot compile for \S+: there is no denort \d+\.\d+\.\d+\n/);
    assertEquals(stderr.includes(`\n  DENORT_BIN names "${cwd}/denort": it is not there\n`), true);

    const target = "aarch64-apple-darwin";
    const toolchain = { version: "2.9.6", folder: cwd, stub: undefined };
    const archive = `${cwd}/dl/release/v2.9.6/denort-${target}.zip`;
    const missing = ["DENORT_BIN: not set", `${archive}: not there`];
    assertEquals(await missingStub(target, toolchain), missing);
    await Deno.mkdir(`${cwd}/dl/release/v2.9.6`, { recursive: true });
    await Deno.writeTextFile(archive, "");
    assertEquals(await missingStub(target, toolchain), []);
    assertEquals((await missingStub("x86_64-apple-darwin", toolchain)).length, 2);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("deno task compile and dist report an unknown target, and list the known ones", async () => {
  const cwd = await Deno.makeTempDir();
  const compiled = await build(["compile", "--target", "pdp11"], cwd);
  const made = await build(["dist", "--only", "pdp11"], cwd);
  await Deno.remove(cwd);
  assertEquals([compiled.code, made.code], [2, 2]);
  assertMatch(compiled.stderr, /^error: --target "pdp11": must be x86_64-unknown-linux-gnu, /);
  assertMatch(
    made.stderr,
    /^error: --only "pdp11": "pdp11" is not one of x86_64-unknown-linux-gnu, /,
  );
});

Deno.test("deno task dist lists the digests of its files, and no list while a file is missing", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const args = ["dist", "--only", Deno.build.target];
    const { code, stderr } = await build(args, cwd);
    assertEquals([code, stderr], [0, ""]);
    const entries = await Array.fromAsync(Deno.readDir(`${cwd}/dist`));
    const made = entries.map(({ name }) => name).filter((name) => name !== "SHA256SUMS").sort();
    const lines = made.map(async (name) =>
      `${await digest(await Deno.readFile(`${cwd}/dist/${name}`))}  ${name}\n`
    );
    const sums = await Deno.readTextFile(`${cwd}/dist/SHA256SUMS`);
    assertEquals([made.length, sums], [2, (await Promise.all(lines)).join("")]);
    const licenses = await Deno.readTextFile(`${cwd}/dist/LICENSES.txt`);
    const { packages, jsrPackages } = await graph();
    const sections = licenses.split(/^-{72}\n\n/m);
    const licensed = sections.map((section) => section.split(/ |,|\n/)[0]);
    const parts = ["chat", "Deno", ...jsrPackages, ...packages.map(({ id }) => id)];
    assertEquals([...new Set(licensed)], parts);
    for (const text of sections) {
      assertMatch(text, /MIT|ISC|BSD|Apache|Permission is hereby granted/);
    }

    assertEquals((await build(args, cwd, `${cwd}/denort`)).code, 1);
    const left = await Array.fromAsync(Deno.readDir(`${cwd}/dist`));
    assertEquals(left.some(({ name }) => name === "SHA256SUMS"), false);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("the licenses include those of Deno and its library; a part without one is an error", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const version = { version: "2.9.6" };
    const packages = [{ id: "some@1.0.0", folder }];
    await assertRejects(
      () => collectLicenses({ packages, jsrPackages: [] }, version),
      BuildError,
      "The license of some@1.0.0 is not known",
    );
    await Deno.mkdir(`${folder}/dist`);
    const head = "// Copyright 2026 Somebody\n//\n// All of it is free.\n";
    await Deno.writeTextFile(`${folder}/dist/a.js`, `${head}export {};\n`);
    await Deno.writeTextFile(`${folder}/dist/b.js`, `${head}export {};\n`);
    const heads = await collectLicenses({ packages, jsrPackages: [] }, version);
    assertMatch(heads, /some@1.0.0\n\nCopyright 2026 Somebody\n\nAll of it is free.\n$/);
    assertEquals(heads.match(/Somebody/g)?.length, 1);
    await Deno.writeTextFile(`${folder}/LICENCE.md`, "Some license\n");
    const text = await collectLicenses({ packages, jsrPackages: ["@std/cli@1.0.28"] }, version);
    const titles = text.split(/^-+\n\n/m).map((part) => part.split("\n\n")[0]);
    const deno = "Deno 2.9.6, with V8 and other parts, listed at " +
      "https://github.com/denoland/deno/tree/v2.9.6";
    assertEquals(titles, ["chat", deno, "@std/cli@1.0.28", "some@1.0.0"]);
    assertEquals(text.match(/^Copyright 2018-2026 the Deno authors$/mg)?.length, 2);
    assertMatch(text, /\n\nSome license\n$/);
    await assertRejects(
      () => collectLicenses({ packages, jsrPackages: ["@other/code@1.0.0"] }, version),
      BuildError,
      "The license of @other/code@1.0.0 is not known",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Deno's license is made from ours only if that is MIT, with a copyright", () => {
  const [title, copyright, terms] = [
    "MIT License",
    "Copyright (c) 2026 the chat authors",
    "Terms.",
  ];
  const deno = `${title}\n\nCopyright 2018-2026 the Deno authors\n\n${terms}`;
  assertEquals(denoLicense([title, copyright, terms].join("\n\n")), deno);
  for (const other of [["Apache License", copyright, terms], [title, terms]]) {
    assertThrows(() => denoLicense(other.join("\n\n")), BuildError, "LICENSE is not the MIT");
  }
});

Deno.test("the build finds JSR packages in a graph, and names files alike on every system", () => {
  assertEquals(
    findJsrPackages([
      "https://jsr.io/@std/cli/1.0.28/parse_args.ts",
      "https://jsr.io/@std/cli/1.0.28/_types.ts",
      "https://jsr.io/@std/internal/1.0.12/os.ts",
      "npm:/protobufjs@7.6.6",
      "file:///chat/mod.ts",
    ]),
    ["@std/cli@1.0.28", "@std/internal@1.0.12"],
  );
  assertEquals(projectPath("C:\\chat\\cli\\table.ts", "C:\\chat\\", win32), "cli/table.ts");
  assertEquals(projectPath(`${ROOT}cli/table.ts`), "cli/table.ts");
});

/** The programs that an installation and its command run. */
const PATH = `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`;

Deno.test("deno task install makes a command with the default permissions, which works", async () => {
  const root = await Deno.makeTempDir();
  try {
    const env = { DENO_INSTALL_ROOT: root, PATH };
    const made = await runTask("install", ["--name", "talk"], { cwd: root, env });
    const hint = installedHint({ name: "talk", root: undefined, path: Deno.execPath() });
    assertEquals([made.code, made.stdout], [0, `${hint}\n`], made.stderr);
    assertMatch(made.stderr, new RegExp(`^${root}/bin/talk$`, "m"));
    const script = await Deno.readTextFile(`${root}/bin/talk`);
    const { permissions } = await readConfig();
    const allowed = script.match(/ --(?:allow|ignore|no-prompt)\S*/g)?.map((flag) => flag.trim());
    const flags = ["--no-prompt", ...flagsOf(permissions["default"] ?? {})];
    assertEquals(allowed?.sort(), flags.sort());
    await using process = new Process(`${root}/bin/talk`, ["whoami", "--name", "ann"], { env });
    assertEquals([(await process.ended()).code, /warning/i.test(process.stderr)], [0, false]);
    assertMatch(process.stdout, /^name +ann$/m);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("deno task install --root makes a command that needs no packages, network or checkout", async () => {
  const root = await Deno.makeTempDir();
  try {
    // As npm puts it there: `npm install -g deno`, with the folder of `npm prefix -g`.
    await Deno.mkdir(`${root}/bin`);
    await Deno.symlink(Deno.execPath(), `${root}/bin/deno`);
    const env = { PATH: `${root}/bin:/usr/bin:/bin` };
    const made = await runTask("install", ["--root", root], { cwd: root, env });
    assertEquals(made.code, 0, made.stderr);
    await Deno.mkdir(`${root}/elsewhere`);
    // A project around it, whose packages are missing.
    const packages = { dependencies: { "no-such-package": "1.0.0" } };
    await Deno.writeTextFile(`${root}/package.json`, JSON.stringify(packages));
    const options = {
      cwd: `${root}/elsewhere`,
      env: { ...env, DENO_DIR: `${root}/cache`, NPM_CONFIG_REGISTRY: "http://127.0.0.1:1" },
    };
    await using server = new Process(`${root}/bin/chat`, ["serve", "--port", "0"], options);
    const [, address = ""] = await server.waitFor(/^listening on (\S+)$/m);
    const send = ["send", "--server", address, "--name", "ann", "hello"];
    await using process = new Process(`${root}/bin/chat`, send, options);
    assertEquals([(await process.ended()).code, process.stderr], [0, ""]);
    await server.waitFor(/^\[ann\] hello$/m);
    for await (const { name } of Deno.readDir(`${root}/lib/chat`)) {
      const text = await Deno.readTextFile(`${root}/lib/chat/${name}`);
      assertEquals([name, text.includes(ROOT)], [name, false]);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("deno task install again replaces the program, but not in a server that runs", async () => {
  const root = await Deno.makeTempDir();
  try {
    const library = `${root}/lib/chat`;
    await Deno.mkdir(library, { recursive: true });
    await Deno.writeTextFile(`${library}/part-OLD.js`, 'console.log("still whole");');
    await Deno.writeTextFile(
      `${library}/mod.js`,
      'console.log("started"); await Deno.stdin.read(new Uint8Array(1)); import("./part-OLD.js");',
    );
    await using server = new Process(Deno.execPath(), ["run", `${library}/mod.js`]);
    await server.waitFor(/^started$/m);
    const made = await runTask("install", ["--root", root], { cwd: root, env: { PATH } });
    assertEquals(made.code, 0, made.stderr);
    const parts = await Array.fromAsync(Deno.readDir(library));
    assertEquals(parts.filter(({ name }) => !/^[\w-]+\.js$/.test(name)), []);
    assertEquals(parts.some(({ name }) => name === "part-OLD.js"), false);
    await server.end();
    assertEquals([(await server.ended()).code, server.stderr], [0, ""]);
    assertEquals(server.stdout, "started\nstill whole\n");
    await using process = new Process(`${root}/bin/chat`, ["--version"], { env: { PATH } });
    assertEquals([(await process.ended()).code, process.stderr], [0, ""]);
    assertMatch(process.stdout, /^chat \d/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("runDenoItself() names Deno, unless it is the one of npx", () => {
  const script = '#!/bin/sh\n# generated\nexec deno run -A "$@"\n';
  assertEquals(
    runDenoItself(script, "/it's/deno"),
    "#!/bin/sh\n# generated\nexec '/it'\\''s/deno' run -A \"$@\"\n",
  );
  assertEquals(runDenoItself(script, "/cache/_npx/1f/deno"), script);
});

Deno.test("installedHint() says how to install Deno, and the command again, only to people with npx", () => {
  const hint = (path: string, name: string, root?: string) => installedHint({ path, name, root });
  assertEquals(hint("/bin/deno", "chat"), "chat needs Deno, but not this folder.");
  const task = IMPORT_MAP === undefined ? "deno task install" : "deno task -q npm install";
  const npx = "/cache/_npx/1f/deno";
  assertEquals(hint(npx, "chat").split("\n"), [
    "chat runs the command deno, which npx does not install. If you have none, type",
    `    npm install -g deno@${Deno.version.deno}`,
    `    ${task} --root "$(npm prefix -g)"`,
  ]);
  assertEquals(
    hint(npx, "talk", "/it's").split("\n").at(-1),
    `    ${task} --name talk --root '/it'\\''s'`,
  );
});

Deno.test("flagsOf() allows all, a list or nothing, and hides the rest of the environment", () => {
  const set: PermissionSet = {
    net: true,
    run: ["/bin/kill", "/bin/ps"],
    env: { allow: ["A", "B"], ignore: true },
    sys: { allow: true },
  };
  assertEquals(flagsOf(set), [
    "--allow-net",
    "--allow-run=/bin/kill,/bin/ps",
    "--allow-env=A,B",
    "--ignore-env",
    "--allow-sys",
  ]);
  assertEquals(flagsOf({ env: { ignore: true } }), ["--ignore-env"]);
});

Deno.test("deno task install refuses a name that no command can have, and that of Deno", async () => {
  const root = await Deno.makeTempDir();
  try {
    for (const name of ["a b", "../evil", "-x", "", "a.b", "deno", "Deno"]) {
      const env = { DENO_INSTALL_ROOT: root };
      const { code, stderr } = await runTask("install", [`--name=${name}`], { cwd: root, env });
      assertMatch(stderr, /^error: --name /m, name);
      assertEquals([code, stderr.includes("Stack backtrace")], [2, false]);
    }
    assertEquals([...Deno.readDirSync(root)], []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
