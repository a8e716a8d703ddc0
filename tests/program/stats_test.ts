import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatStat, statsByName } from "../../client/admin/stats.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { freePort, Person, run, startServer } from "../support/program.ts";
import { FakeServer } from "../support/wire/fake_server.ts";

/** A server with the person as its operator, and with a note. */
async function open(operator: Person) {
  const { stdout } = await run("whoami", ["--json", "--name", "x"], operator);
  const operators = `${operator.folder}/operators`;
  await Deno.writeTextFile(operators, `${JSON.parse(stdout).fingerprint}\n`);
  const server = await startServer(["--quiet", "--operators", operators]);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.say("hello");
  return server;
}

Deno.test("chat stats prints the statistics of a server to its operator", async () => {
  await using operator = new Person();
  await using server = await open(operator);
  await using _ann = joinLibraryChat("ann", server.address);
  const args = ["--server", server.address];
  const { code, stdout, stderr } = await run("stats", args, operator);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^chat_connections +\d\n/);
  assertMatch(stdout, /^chat_notes_total +1$/m);
  assertMatch(stdout, /^chat_append_seconds\{quantile="0\.99"\} +0\.\d+$/m);
  assertMatch(stdout, /^chat_start_time_seconds +\d{4}-\d\d-\d\dT\S+Z$/m);
  assertMatch(stdout, /^process_resident_memory_bytes +\d+\.\d MiB$/m);
});

Deno.test("chat stats --json prints them as an object, by the names of the page for Prometheus", async () => {
  await using operator = new Person();
  await using server = await open(operator);
  const args = ["--json", "--server", server.address];
  await run("stats", args); // A refused request, which counts.
  const { code, stdout } = await run("stats", args, operator);
  assertEquals(code, 0);
  const stats = JSON.parse(stdout);
  assertEquals(stdout.split("\n").length, 2);
  const counted = ["chat_sessions", "chat_notes_total", 'chat_refusals_total{kind="forbidden"}'];
  assertEquals(counted.map((name) => stats[name]), [1, 1, 1]);
  assert(stats.process_resident_memory_bytes > 2 ** 20);
});

Deno.test("chat stats is refused unless run by an operator, and exits 4", async () => {
  await using operator = new Person();
  await using server = await open(operator);
  await using person = new Person();
  await run("whoami", ["--name", "x"], person); // By now they have a key.
  const args = ["--server", server.address];
  const { code, stdout, stderr } = await run("stats", args, person);
  assertEquals([code, stdout], [4, ""]);
  assertMatch(
    stderr,
    /^error: Only operators may do that: key SHA256:\S+ is not on their list\n$/,
  );
});

Deno.test("chat stats reports a server of the original contract, and exits 4", async () => {
  using server = await FakeServer.original([]);
  const { code, stderr } = await run("stats", ["--server", server.address]);
  assertEquals([code, stderr], [4, "error: This server does not support stats\n"]);
});

Deno.test("chat stats exits 3 if there is no server", async () => {
  const args = ["--server", `127.0.0.1:${freePort()}`, "--timeout", "3"];
  const { code, stderr } = await run("stats", args);
  assertEquals(code, 3);
  assertMatch(stderr, /^error: Cannot [^\n]+\n$/);
});

Deno.test("statsByName() leaves out values without a JSON number", () => {
  const stats = [{ name: "a", value: 0 }, { name: "b", value: Infinity }, {
    name: "c",
    value: NaN,
  }];
  assertEquals(statsByName(stats), { a: 0 });
});

Deno.test("formatStat() formats a value by its unit", () => {
  const cases: [name: string, value: number, text: string][] = [
    ["chat_notes_total", 1_234_567, "1,234,567"],
    ["chat_append_seconds_sum", 0.1 + 0.2, "0.3"],
    ['chat_append_seconds{quantile="0.99"}', Infinity, "Infinity"],
    ["process_resident_memory_bytes", 2.25 * 2 ** 20, "2.3 MiB"],
    ["chat_start_time_seconds", 1.5, "1970-01-01T00:00:01.500Z"],
    ["chat_start_time_seconds", 1e300, "1e+300"],
  ];
  for (const [name, value, text] of cases) assertEquals(formatStat({ name, value }), text);
});
