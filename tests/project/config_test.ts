import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../cli/table.ts";
import { permissionOf, type PermissionSet } from "../../tools/build/install.ts";
import { ROOT } from "../../tools/build/project.ts";

interface Config {
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  readonly permissions: Readonly<Record<string, PermissionSet>>;
}

const read = (path: string) => JSON.parse(Deno.readTextFileSync(ROOT + path));
const { imports, tasks, permissions }: Config = read("deno.json");

const commands = COMMANDS.map(({ name }) => name);

/** The values that permission sets allow for a kind: all, or each value once, in order. */
function allowed(kind: string, sets: readonly string[]): true | readonly string[] {
  const lists = sets.map((name) => permissionOf(permissions[name]?.[kind] ?? []).allow ?? []);
  const values = lists.flatMap((list) => list === true ? [] : list);
  return lists.includes(true) || [...new Set(values)].sort();
}

Deno.test("every command has a task with the permission set of its name, and no task has permissions of its own", () => {
  for (const name of commands) {
    const command = tasks[name]?.command ?? "";
    const run = command.replace(/ --v8-flags=\S+/, ""); // That of serve.
    assertEquals([name, run.includes(` --no-prompt $IMPORTS -P=${name} `)], [name, true]);
    // The environment that it may not read looks empty.
    assertEquals([name, permissionOf(permissions[name]?.["env"] ?? []).ignore], [name, true]);
  }
  for (const [name, { command }] of Object.entries(tasks)) {
    assertEquals([name, / (?:-A|--allow-\S+|--ignore-\S+)/.exec(command)], [name, null]);
  }
});

Deno.test("the default permissions are the union over all commands", () => {
  const kinds = new Set(Object.values(permissions).flatMap((set) => Object.keys(set)));
  for (const kind of kinds) {
    assertEquals([kind, allowed(kind, ["default"])], [kind, allowed(kind, commands)]);
  }
});

Deno.test("no command and no build may run any program it likes", () => {
  for (const name of ["default", "build", ...commands]) {
    assertEquals([name, permissions[name]?.["run"] === true], [name, false]);
  }
});

Deno.test("npm_only/imports.json has this package, the npm packages of deno.json, and a file for each of JSR", () => {
  const others: Record<string, string> = read("npm_only/imports.json").imports;
  assertEquals(others[read("deno.json").name], "../mod.ts");
  const names = Object.keys(others).filter((name) =>
    name !== read("deno.json").name && !name.endsWith("/")
  );
  assertEquals(names.sort(), Object.keys(imports).sort());
  for (const [name, target = ""] of Object.entries(imports)) {
    const other = others[name] ?? "";
    if (target.startsWith("npm:")) assertEquals(other, target);
    else assertEquals([name, Deno.statSync(`${ROOT}npm_only/${other}`).isFile], [name, true]);
    const files = others[`${name}/`]; // An import map names them apart.
    if (files !== undefined) assertEquals(files, `${target.replace("npm:", "npm:/")}/`);
  }
});
