import { assertEquals } from "@std/assert";
import { run } from "../support/program.ts";
import type { Chromium, Page } from "./chromium.ts";

/** Opens the page of a server at `address`, and joins. */
export async function joinPage(
  browser: Chromium,
  address: string,
  { name, room = "lobby", scheme = "http" }: {
    readonly name: string;
    readonly room?: string;
    readonly scheme?: "http" | "https";
  },
): Promise<Page> {
  const page = await browser.open(`${scheme}://${address}/#${encodeURIComponent(room)}`);
  await enter(page, name);
  return page;
}

/** Joins by the form of the page, with the keyboard. */
export async function enter(page: Page, name: string): Promise<void> {
  await page.waitFor(`!document.querySelector("#enter").disabled`);
  await page.evaluate(`document.querySelector("#name").select()`);
  await page.type(name);
  await page.press("Enter");
  await page.waitFor(`!document.querySelector("#chat").hidden`);
}

/** The texts of the notes that a page shows, without their times and without marks of guests. */
export async function shownNotes(page: Page): Promise<string[]> {
  return await page.evaluate(
    `[...document.querySelectorAll("#notes [data-seq]")]
      .map((note) => note.innerText.replace(/^\\d\\d:\\d\\d /, "").replaceAll("~", ""))`,
  );
}

/** Makes a data file with notes in the lobby, of guests, as old as they say. */
export async function importNotes(
  data: string,
  notes: readonly { readonly name: string; readonly message: string; readonly time?: number }[],
): Promise<void> {
  const history = crypto.randomUUID();
  const room = { room: "lobby", history, first: 1, head: notes.length, origins: [] };
  const lines = notes.map(({ time = Date.now(), ...note }, i) => ({
    ...{ seq: i + 1, time: new Date(time).toISOString(), room: "lobby", ...note },
    ...{ kind: "said", verified: false, id: `${i}` },
  }));
  const stdin = [room, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
  const { code, stderr } = await run("import", ["--data", data], { stdin });
  assertEquals(code, 0, stderr);
}
