import { assertEquals } from "@std/assert";
import { configFlags, ROOT } from "../../tools/build/project.ts";

Deno.test("renderNote() shows the time in the zone of the process", async () => {
  const program = `
    import { renderNote } from "${import.meta.resolve("../../client/render/render.ts")}";
    import { PLAIN } from "${import.meta.resolve("../../client/render/style.ts")}";
    const time = Date.UTC(2026, 10, 22, 16, 2, 3);
    const note = { name: "ann", message: "hello", kind: "said", seq: 1, time };
    console.log(renderNote(note, { time: "iso", style: PLAIN })[0]);`;
  // In a process of its own: all tests that run at the same time have one zone.
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", ...configFlags(ROOT), program],
    env: { TZ: "Asia/Kolkata" },
  }).output();
  const shown = new TextDecoder().decode(stdout);
  assertEquals(shown, "2026-11-22T21:32:03+05:30 [ann] hello\n");
});
