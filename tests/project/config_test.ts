import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
const native = JSON.parse(read("deno.json"));
const npmOnly = JSON.parse(read("npm_only/deno.json"));

Deno.test("both configurations have the same settings for check, test and dependencies", () => {
  assertEquals(npmOnly.compilerOptions, native.compilerOptions);
  assertEquals(npmOnly.test, native.test);
  assertEquals(npmOnly.allowScripts, native.allowScripts);
  assertEquals(Object.keys(npmOnly.imports), Object.keys(native.imports));
  for (const [name, target] of Object.entries<string>(native.imports)) {
    if (target.startsWith("npm:")) assertEquals(npmOnly.imports[name], target);
  }
});

Deno.test("both configurations have the same tasks, differing only in their paths", () => {
  // Their callers differ as well.
  const withoutProgram = (command: string) => command.replace(/CHAT_COMMAND="[^"]*" /, "");
  const expected = Object.fromEntries(
    Object.entries<{ command: string }>(native.tasks).map(([name, task]) => [
      name,
      { ...task, command: withoutProgram(task.command) },
    ]),
  );
  const normalised = Object.fromEntries(
    Object.entries<{ command: string }>(npmOnly.tasks).map(([name, task]) => [name, {
      ...task,
      command: withoutProgram(task.command)
        .replace(/^cd \.\. && /, "")
        .replace("cd npm_only && deno doc --lint ../", "deno doc --lint ")
        .replaceAll(" -c npm_only/deno.json", "")
        .replaceAll("$HERE/../", "$HERE/"),
    }]),
  );
  assertEquals(normalised, expected);
});

Deno.test("no task for users has all permissions", () => {
  const tasks = "serve join send tail export import completions bench compile dist install test"
    .split(" ");
  for (const task of tasks) {
    assert(
      !/ (-A|--allow-all|--allow-run(?!=)) /.test(native.tasks[task].command) || task === "bench",
    );
  }
});

Deno.test("both lock files pin the same npm packages", () => {
  const packages = (path: string) => JSON.parse(read(path)).npm;
  assertEquals(packages("npm_only/deno.lock"), packages("deno.lock"));
});
