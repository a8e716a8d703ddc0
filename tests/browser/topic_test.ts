import { assertEquals, assertRejects } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { ChatError, serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { joinPage, shownNotes } from "./chat_page.ts";
import { Chromium, hasChromium } from "./chromium.ts";

const ignore = !await hasChromium();

Deno.test({
  name: "the page shows the topic at its top, sets it, and follows its changes",
  ignore,
  async fn() {
    const identity = await Identity.generate();
    const operators = identity.fingerprint;
    await using server = await serve({ address: "127.0.0.1:0", rate: 0, operators });
    await using browser = await Chromium.start();
    await using operator = joinLibraryChat("op", server.address, { identity });
    const page = await joinPage(browser, server.address, { name: "ann" });
    const shown = () => page.evaluate(`document.querySelector("#topic").innerText`);
    assertEquals(await shown(), "");
    await page.say("/topic Plans: see https://example.org/plans");
    await page.sees("Plans: see https://example.org/plans", "#topic");
    await page.sees("ann set the topic: Plans");
    const links = `[...document.querySelectorAll("#topic a")].map(({ href, rel }) => [href, rel])`;
    assertEquals(await page.evaluate(links), [
      ["https://example.org/plans", "noopener noreferrer nofollow"],
    ]);
    await operator.order({ action: "lock", name: "" });
    await page.sees("op locked the topic: only operators may set it");
    await page.say("/topic mine");
    await page.sees("not sent: The topic is locked: only operators may set it");
    assertEquals(await page.evaluate(`document.querySelector("#text").value`), "/topic mine");
    await operator.setTopic("<h1 id=fake>\u202eowned</h1>");
    await page.sees("<h1 id=fake>\\u202eowned</h1>", "#topic");
    assertEquals(await page.evaluate(`document.querySelector("#fake")`), null);
    const late = await joinPage(browser, server.address, { name: "bob" });
    await late.sees("<h1 id=fake>\\u202eowned</h1>", "#topic");
    // The header has it, so that it is not repeated among the notes.
    assertEquals(await shownNotes(late), []);
    const lines = `document.querySelector("#notes").innerText.includes("fake")`;
    assertEquals(await late.evaluate(lines), false);
    await late.say("/join dev");
    await late.sees("dev", "#here");
    await late.waitFor(`document.querySelector("#topic").innerText === ""`);
    await operator.setTopic("");
    await page.waitFor(`document.querySelector("#topic").innerText === ""`);
    await assertRejects(() => operator.setTopic(""), ChatError, "There is no topic to remove");
    assertEquals(browser.errors, []);
  },
});

Deno.test({
  name: "the longest topic leaves most of the page to the notes",
  ignore,
  async fn() {
    const identity = await Identity.generate();
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using browser = await Chromium.start();
    await using setter = joinLibraryChat("op", server.address, { identity });
    await setter.setTopic("initially");
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.sees("initially", "#topic");
    for (const width of [320, 1280]) {
      await page.resize(width, 640);
      const hostile = [..."m".repeat(300), ..."o\u0302\u0489".repeat(100), ..."\ufdfd".repeat(300)];
      for (const at of [0, 300, 600]) {
        const text = hostile.slice(at, at + 300).join("");
        await setter.setTopic(text);
        await page.sees(text.slice(0, 20), "#topic");
        const [notes, wide] = await page.evaluate<[number, number]>(`[
          document.querySelector("#scroll").getBoundingClientRect().height,
          document.documentElement.scrollWidth,
        ]`);
        assertEquals(
          [notes > 400, wide <= width],
          [true, true],
          `${width} ${at}: ${notes} ${wide}`,
        );
      }
    }
    assertEquals(browser.errors, []);
  },
});
