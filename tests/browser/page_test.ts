import { assert, assertEquals } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { serve } from "../../mod.ts";
import { Chromium, hasChromium, type Page } from "./chromium.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { enter, importNotes, joinPage, shownNotes } from "./chat_page.ts";

const ignore = !await hasChromium();
const open = () => serve({ address: "127.0.0.1:0", rate: 0 });

/** A test that needs a browser. No page may report an error in it. */
function testInBrowser(name: string, body: (browser: Chromium) => Promise<void>): void {
  Deno.test({
    name,
    ignore,
    async fn() {
      await using browser = await Chromium.start();
      await body(browser);
      assertEquals(browser.errors, []);
    },
  });
}

const inputOf = (page: Page) => page.evaluate<string>(`document.querySelector("#text").value`);

testInBrowser(
  "the page shows notes, actions, and private notes to the two people only",
  async (browser) => {
    await using server = await open();
    const ann = await joinPage(browser, server.address, { name: "ann" });
    const bob = await joinPage(browser, server.address, { name: "bob" });
    const cy = await joinPage(browser, server.address, { name: "cy" });
    await ann.say("hello");
    await ann.say("/me waves");
    await ann.sees("ann waves");
    await ann.say("/msg bob psst");
    await bob.sees("psst");
    await ann.say("see https://example.org/a?b=1.");
    await cy.sees("see");
    assertEquals(
      await shownNotes(ann),
      await shownNotes(cy).then((notes) => notes.toSpliced(2, 0, "[you → bob] psst")),
    );
    assertEquals(await shownNotes(bob).then((notes) => notes[2]), "[ann → you] psst");
    assertEquals(
      await cy.evaluate(`[...document.querySelectorAll("#notes a")].map((a) => [a.href, a.rel])`),
      [["https://example.org/a?b=1", "noopener noreferrer nofollow"]],
    );
  },
);

testInBrowser("the page gives a refused note back, and asks for the password", async (browser) => {
  await using server = await serve({
    ...{ address: "127.0.0.1:0", rate: 0, maxNoteBytes: 20, password: "open sesame" },
  });
  const page = await browser.open(`http://${server.address}/`);
  await page.waitFor(`!document.querySelector("#enter").disabled`);
  await page.evaluate(`document.querySelector("#name").focus()`);
  await page.type("ann");
  await page.press("Enter");
  await page.sees("This server requires a password", "#trouble");
  await page.type("wrong"); // The focus is there.
  await page.press("Enter");
  await page.sees("Wrong password", "#trouble");
  await page.type("open sesame");
  await page.press("Enter");
  await page.waitFor(`!document.querySelector("#chat").hidden`);
  assertEquals(await page.evaluate("location.search + location.hash"), "#lobby");
  const text = "This is more than twenty bytes.";
  await page.say(text);
  await page.sees("not sent: ");
  assertEquals(await inputOf(page), text);
  assertEquals(await shownNotes(page), []);
});

testInBrowser("the page goes to other rooms, and lists people and rooms", async (browser) => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address, { room: "garden" });
  await bob.say("green");
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.sees("garden (1)", "#rooms");
  await page.evaluate(`[...document.querySelectorAll("#rooms button")]
    .find(({ textContent }) => textContent.startsWith("garden")).click()`);
  await page.sees("green");
  await page.sees("bob", "#people");
  await page.sees("garden", "#here");
  await page.waitFor(`location.hash === "#garden" && document.title === "garden"`);
  await page.waitFor(`document.querySelector("#rooms [aria-current]")?.innerText === "garden (2)"`);
  await page.say("/nick anna");
  await page.sees("anna (you)", "#people");
  await page.say("/who");
  await page.sees("2 here");
});

testInBrowser("the page follows its address, and puts a refused room back", async (browser) => {
  await using server = await open();
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.sees("lobby", "#here");
  const arrives = (room: string) =>
    page.waitFor(
      `location.hash === "#${room}" && document.querySelector("#here").innerText === "${room}"`,
    );
  await page.evaluate(`location.hash = "garden"`);
  await arrives("garden");
  await page.say("green");
  await page.sees("[ann] green");
  await page.say("/join dev");
  await arrives("dev");
  for (const room of ["garden", "lobby"]) {
    await page.evaluate("history.back()");
    await arrives(room);
    assertEquals(await shownNotes(page), room === "garden" ? ["[ann] green"] : []);
  }
  for (const [bad, reason] of [["%01", "control or invisible"], ["%", "ROOM is missing"]]) {
    await page.evaluate(`location.hash = "${bad}"`);
    await page.sees(reason!);
    await arrives("lobby");
  }
});

testInBrowser("the page shows older notes on scrolling up, day by day", async (browser) => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  // 300 notes in 30 days until now, 10 a day.
  const now = Date.now();
  const notes = Array.from({ length: 300 }, (_, i) => (
    { name: "bob", message: `note ${i + 1}.`, time: now - (300 - i) * 8_640_000 }
  ));
  await importNotes(data, notes);
  await using server = await serve({ address: "127.0.0.1:0", data });
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.sees("note 300.");
  const count = (least: number) =>
    page.waitFor(`document.querySelectorAll("#notes [data-seq]").length >= ${least}`);
  await count(100);
  assertEquals((await shownNotes(page)).length, 100);
  for (const shown of [200, 300]) {
    const toTop = `document.querySelector("#scroll").scrollTop = 0, ${TOP_NOTE}`;
    const [seq, top = NaN] = await page.evaluate<number[]>(toTop);
    await count(shown);
    // What was in view has not moved, or by a part of a pixel only.
    const [seqNow, topNow = NaN] = await page.evaluate<number[]>(TOP_NOTE);
    assertEquals(seqNow, seq);
    assert(Math.abs(topNow - top) <= 1, `${top} ${topNow}`);
  }
  assertEquals(
    await shownNotes(page),
    notes.map(({ message }) => `[bob] ${message}`),
  );
  await page.waitFor(`document.querySelector("#older").hidden`);
  // Each note is below the line of its day, and each day has one line; today needs none.
  const rows = await page.evaluate<[string, boolean][]>(
    `[...document.querySelectorAll("#notes [data-day]")]
      .map((row) => [row.dataset.day, row.classList.contains("line")])`,
  );
  const today = await page.evaluate<string>(
    `new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10)`,
  );
  const days = rows.filter(([, isLine]) => isLine).map(([day]) => day);
  assertEquals(days, [...new Set(days)].sort());
  let day = "";
  for (const [of, isLine] of rows) {
    if (isLine) day = of;
    else assert(of === day || of === today, `${of} is below ${day}`);
  }
});

testInBrowser("/clear empties the page, and the notes come back on request", async (browser) => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  for (let i = 1; i <= 60; i++) await bob.say(`note ${i}.`);
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.sees("note 60.");
  await page.type("/clear");
  await page.press("Enter");
  await page.waitFor(`document.querySelectorAll("#notes li").length === 0`);
  await bob.say("note 61.");
  await page.sees("note 61.");
  assertEquals(await shownNotes(page), ["[bob] note 61."]); // Nothing has brought the others back.
  await page.evaluate(`document.querySelector("#older").click()`);
  await page.waitFor(`document.querySelectorAll("#notes [data-seq]").length === 61`);
  assertEquals((await shownNotes(page)).slice(58), [59, 60, 61].map((i) => `[bob] note ${i}.`));
});

/** The note at the top of the view, and its place. */
const TOP_NOTE = `(() => {
  const { top } = document.querySelector("#scroll").getBoundingClientRect();
  const note = [...document.querySelectorAll("#notes [data-seq]")]
    .find((note) => note.getBoundingClientRect().top >= top + 60);
  return [Number(note.dataset.seq), note.getBoundingClientRect().top];
})()`;

testInBrowser("the page stays at the end while the box for a message grows", async (browser) => {
  await using server = await serve({ address: "127.0.0.1:0", rate: 0, maxNoteBytes: 100 });
  await using bob = joinLibraryChat("bob", server.address);
  for (let i = 0; i < 60; i++) await bob.say(`note ${i}.`);
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.sees("note 59.");
  const isAtEnd = `(({ scrollHeight, scrollTop, clientHeight }) =>
    scrollHeight - scrollTop - clientHeight < 2)(document.querySelector("#scroll"))`;
  await page.waitFor(isAtEnd);
  const draft = "line\n".repeat(9);
  await page.type(draft);
  await page.evaluate(NEXT_FRAMES);
  assert(await page.evaluate(isAtEnd), "the box has grown");
  await bob.say("in view");
  await page.sees("in view");
  assert(await page.evaluate(isAtEnd), "a note has come");
  assertEquals(await page.evaluate("document.title"), "lobby");
  await page.press("Enter");
  await page.sees("[ann] line");
  await page.evaluate(NEXT_FRAMES);
  assert(await page.evaluate(isAtEnd), "the box has shrunk");

  const scrollUp = `document.querySelector("#scroll").scrollTop = 300, ${NEXT_FRAMES}`;
  await page.evaluate(scrollUp);
  await bob.say("out of view");
  await page.sees("out of view");
  assertEquals(await page.evaluate("document.title"), "(1) lobby");
  await page.say("mine");
  await page.sees("[ann] mine");
  assert(await page.evaluate(isAtEnd), "the person has said something");
  assertEquals(await page.evaluate("document.title"), "lobby");

  await page.evaluate(scrollUp);
  await page.say("too long\n".repeat(20));
  await page.sees("not sent: ");
  await page.evaluate(NEXT_FRAMES);
  assert(await page.evaluate(isAtEnd), "the reason of a refusal is in view");
});

/** Waits until the page has been laid out anew, and has heard of that. */
const NEXT_FRAMES = `new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(resolve))))`;

testInBrowser("the page marks what is new, and notifies once of a mention", async (browser) => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.say("here");
  await page.sees("here");
  await page.evaluate(`
    globalThis.shown = [];
    globalThis.Notification = class {
      static permission = "granted";
      constructor(title, { body, tag }) { shown.push([title, body, tag]); }
    };
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));`);
  await bob.say("nothing special");
  await bob.say("where is ann?");
  await bob.say("I cannot find her");
  await page.sees("cannot find");
  assertEquals(await page.evaluate("shown.map(([title, body]) => [title, body])"), [
    ["bob in lobby", "where is ann?"],
  ]);
  assertEquals(await page.evaluate("document.title"), "(3) lobby");
  assertEquals(
    await page.evaluate(`document.querySelector("#notes .new + li").innerText.slice(6)`),
    "[~bob] nothing special",
  );
  assertEquals(await page.evaluate(`document.querySelectorAll("#notes .mention").length`), 1);
  // The next visit marks them as well.
  await page.go(`http://${server.address}/`);
  await enter(page, "ann");
  await page.sees("3 new since");
  assertEquals(
    await page.evaluate(`getComputedStyle(document.querySelector("#notes .fresh")).fontWeight`),
    "700",
  );
  assertEquals(await page.evaluate(`document.querySelector("#notes .named").innerText`), "ann");
});

testInBrowser("the page begins another line at Shift-Enter and Alt-Enter", async (browser) => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.type("one");
  await page.press("Enter", { shift: true });
  await page.type("three");
  for (let i = 0; i < "three".length; i++) await page.press("ArrowLeft");
  await page.type("two");
  await page.press("Enter", { alt: true });
  await page.press("Enter");
  await bob.until(({ heard }) => heard.length > 0);
  assertEquals(bob.heard, ["one\ntwo\nthree"]);
  await page.press("ArrowUp");
  assertEquals(await page.evaluate(`document.querySelector("#text").value`), "one\ntwo\nthree");
});

testInBrowser("the page is used by keyboard alone, and announces what arrives", async (browser) => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  await bob.say("before");
  const page = await joinPage(browser, server.address, { name: "ann" });
  await page.sees("before");
  await page.waitFor(`document.querySelector("#notes").ariaLive === "polite"`);
  const focused = () => page.evaluate<string>(`document.activeElement.innerText`);
  const visited: string[] = [];
  for (let i = 0; i < 12 && visited.at(-1) !== "~bob"; i++) {
    await page.press("Tab", { shift: true });
    visited.push(await focused());
  }
  assertEquals(visited.at(-1), "~bob", visited.join(", "));
  await page.press("Enter");
  assertEquals(await inputOf(page), "/msg ~bob ");
  await page.type("psst");
  await page.press("Enter");
  await bob.until(({ heard }) => heard.some((note) => note.endsWith("psst")));
  await page.press("ArrowUp");
  assertEquals(await inputOf(page), "/msg ~bob psst");
});

testInBrowser(
  "the page returns to its form when the person must leave, and says why",
  async (browser) => {
    const identity = await Identity.generate();
    const operators = identity.fingerprint;
    await using server = await serve({ address: "127.0.0.1:0", rate: 0, operators });
    await using bob = joinLibraryChat("bob", server.address, { identity });
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.say("hello");
    await page.sees("hello");
    await bob.order({ action: "kick", name: "ann", reason: "take a break" });
    await page.sees("take a break", "#trouble");
    assertEquals(await page.evaluate(`document.querySelector("#chat").hidden`), true);
    await page.press("Enter"); // The button to join has the focus.
    await page.waitFor(`!document.querySelector("#chat").hidden`);
    await page.say("I am back");
    await page.sees("I am back");
    assertEquals(await shownNotes(page), ["[ann] hello", "[ann] I am back"]);
    await page.evaluate(`document.querySelector("#leave").click()`);
    await page.waitFor(`document.querySelector("#chat").hidden && document.title === "Chat"`);
    await bob.until(({ happened }) => happened.at(-1) === "-ann left");
  },
);

testInBrowser("the page finds notes, and shows what was around one", async (browser) => {
  await using server = await open();
  const page = await joinPage(browser, server.address, { name: "ann" });
  for (let i = 1; i <= 3; i++) await page.say(`note ${i} <b>디스크</b> FULL`);
  await page.sees("note 3");
  await page.say("/search 디스크 full");
  await page.sees("3 notes found");
  await page.say("/history #2");
  await page.sees("── now ──");
  const found = await page.evaluate<string[]>(
    `[...document.querySelectorAll("#notes li:not([data-seq])")]
      .map((row) => row.innerText.replace(/^\\d\\d:\\d\\d /, "").replaceAll("~", ""))`,
  );
  const row = (seq: number) => `#${seq} [ann] note ${seq} <b>디스크</b> FULL`;
  assertEquals(found, [
    "── notes with 디스크 full, newest first ──",
    ...[row(3), row(2), row(1)],
    "-- 3 notes found; /history #SEQ shows what was around one --",
    ...["── around #2 ──", row(1), row(2), row(3), "── now ──"],
  ]);
  await page.say("hello");
  await page.sees("hello");
  assertEquals((await shownNotes(page)).at(-1), "[ann] hello");
});
