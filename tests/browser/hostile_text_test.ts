import { assert, assertEquals } from "@std/assert";
import { serve } from "../../mod.ts";
import { Chromium, hasChromium, type Page } from "./chromium.ts";
import { CONTROL, HOSTILE_TEXTS } from "../support/hostile_text.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { importNotes, joinPage } from "./chat_page.ts";

const ignore = !await hasChromium();

/** Text that tries to be more than text on a page. */
const FOR_PAGES: readonly string[] = [
  "<script>document.title = 'owned'</script>",
  "<img src=x onerror=\"document.title = 'owned'\">",
  "</div></li></ol><h1 id=fake>moved</h1>",
  "<style>* { display: none }</style>",
  "javascript:document.title='owned' data:text/html,<script>1</script> vbscript:x",
  "http://user:password@evil.example/ https://\u202eelpmaxe.live",
  "&lt;b&gt;&amp;&#60;",
  `o${"\u0302".repeat(2_000)} ${"\u0489".repeat(500)}`,
  "m".repeat(8_000),
  "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea ".repeat(50),
  "\ufdfd".repeat(300),
  "\u{12219}\u{12031}".repeat(200),
  "line\n".repeat(50),
  "\n12:00 [ann] I never said this",
  "${'x'} {{x}} __proto__ constructor",
];

/** The places of the elements of a page that belong to nobody's note. */
function frame(page: Page): Promise<unknown> {
  return page.evaluate(
    `["header", "#here", "#side", "#scroll", "#say", "#text"].map((selector) => {
      const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
      return [selector, x, y, width, height];
    })`,
  );
}

/** The texts of all notes. */
const TEXTS = `[...document.querySelectorAll("#notes [data-seq]")].map((note) => note.innerText)`;

/** What is drawn in the place of a note, without its time. */
async function drawn(page: Page, index: number): Promise<string> {
  const clip = await page.evaluate(`(() => {
    const note = document.querySelectorAll("#notes [data-seq]")[${index}];
    note.scrollIntoView({ block: "center" });
    const { x, y, width, height } = note.getBoundingClientRect();
    return { x: x + 50, y: Math.round(y), width: width - 50, height, scale: 1 };
  })()`);
  const { data } = await page.send("Page.captureScreenshot", { format: "png", clip });
  return `${data}`;
}

Deno.test({
  name: "no note changes a page outside of its own lines",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using browser = await Chromium.start();
    await using eve = joinLibraryChat("eve", server.address);
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.resize(320, 640);
    const before = await frame(page);
    const texts = [...HOSTILE_TEXTS, ...FOR_PAGES].map((text) => text.toWellFormed());
    for (const text of texts) {
      await eve.say(text);
      await eve.say("between");
    }
    await page.waitFor(
      `document.querySelectorAll("#notes [data-seq]").length === ${2 * texts.length}`,
    );
    assertEquals(await frame(page), before);
    assertEquals(await page.evaluate("document.title"), "lobby");
    for (const text of await page.evaluate<string[]>(TEXTS)) {
      assert(!CONTROL.test(text.replaceAll("\n", "")), JSON.stringify(text));
    }
    // Nothing is drawn over the lines between the others: all of them look the same.
    const looks = new Set<string>();
    for (let i = 0; i < texts.length; i++) looks.add(await drawn(page, 2 * i + 1));
    assertEquals(looks.size, 1);
    // A page that is 320 pixels wide does not scroll aside.
    assertEquals(
      await page.evaluate(`document.querySelector("#scroll").scrollWidth <= 320 &&
        document.documentElement.scrollWidth <= 320`),
      true,
    );
    // Only addresses that say where they lead are links.
    assertEquals(
      await page.evaluate(`[...document.querySelectorAll("#notes a")].map(({ href }) => href)`),
      ["http://evil.example/"],
    );
    assertEquals(
      await page.evaluate(`document.querySelectorAll("#notes :not(li, div, span, a)").length`),
      0,
    );
    assertEquals(page.errors, []);
  },
});

/** Names that old data may have. No new name is like them. */
const NAMES: readonly string[] = [
  `a${"\u0302".repeat(63)}`,
  "<img src=x onerror=alert(1)>",
  "</span></li><h1>moved",
  "http://evil.example/",
  "ann] hello [bob",
  "w".repeat(64),
  "\u0639\u0628\u062f \u0627\u0644\u0644\u0647",
  "\ufdfd".repeat(40),
  "\u{12219}".repeat(30),
  "__proto__",
];

Deno.test({
  name: "no name changes a page outside of its own line",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const data = `${folder.path}/chat.db`;
    const authors = NAMES.flatMap((name) => [name, "eve"]);
    await importNotes(
      data,
      authors.map((name, i) => ({ name, message: i % 2 ? "between" : "hello" })),
    );
    await using server = await serve({ address: "127.0.0.1:0", data });
    await using browser = await Chromium.start();
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.resize(320, 640);
    await page.waitFor(
      `document.querySelectorAll("#notes [data-seq]").length === ${authors.length}`,
    );
    const looks = new Set<string>();
    for (let i = 1; i < authors.length; i += 2) looks.add(await drawn(page, i));
    assertEquals(looks.size, 1);
    assertEquals(
      await page.evaluate(`document.querySelectorAll("#notes a, #notes img").length`),
      0,
    );
    assertEquals(await page.evaluate(`document.querySelector("#scroll").scrollWidth <= 320`), true);
    assertEquals(page.errors, []);
  },
});

Deno.test({
  name: "a long name at the side of a page does not make it wider",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using browser = await Chromium.start();
    await using long = joinLibraryChat("w".repeat(64), server.address);
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.resize(320, 640);
    await page.sees("www", "#people");
    await page.evaluate(`document.querySelector("#show-side").click()`);
    await page.waitFor(`document.querySelector("#side").getBoundingClientRect().height > 0`);
    assertEquals(await page.evaluate(`document.documentElement.scrollWidth`), 320);
    long.leave();
    await page.waitFor(`!document.querySelector("#people").innerText.includes("www")`);
    assertEquals(page.errors, []);
  },
});
