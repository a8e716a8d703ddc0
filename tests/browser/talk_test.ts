import { assertEquals } from "@std/assert";
import { serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { enter, joinPage, shownNotes } from "./chat_page.ts";
import { Chromium, hasChromium } from "./chromium.ts";

const ignore = !await hasChromium();

Deno.test({
  name: "the page hides ignored people, also at the next visit and among older notes",
  ignore,
  async fn() {
    await using browser = await Chromium.start();
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using bob = joinLibraryChat("bob", server.address);
    await using eve = joinLibraryChat("eve", server.address);
    await eve.say("first");
    await bob.say("hi");
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.sees("[~bob] hi");
    await page.say("/ignore eve");
    await page.sees("you ignore ~eve");
    await eve.say("psst", { kind: "whisper", to: "ann" });
    await eve.say("ann, look");
    await bob.say("done");
    await page.sees("[~bob] done");
    const shown = ["[eve] first", "[bob] hi", "[bob] done"];
    assertEquals(await shownNotes(page), shown);
    // So many that the first ones come only on scrolling up.
    for (let i = 1; i <= 100; i++) await bob.say(`note ${i}.`);
    await page.go(`http://${server.address}/`);
    await enter(page, "ann");
    await page.sees("note 100.");
    await page.evaluate(`document.querySelector("#older").click()`);
    await page.sees("[~bob] hi");
    assertEquals((await shownNotes(page)).slice(0, 3), ["[bob] hi", "[bob] done", "[bob] note 1."]);
    // Hidden notes from before are not taken for notes to come.
    await eve.say("not shown");
    await page.go(`http://${server.address}/`);
    await enter(page, "ann");
    await page.sees("note 100.");
    await page.evaluate(`
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));`);
    await bob.say("out of sight");
    await page.waitFor(`document.title === "(1) lobby"`);
    await page.say("/unignore eve");
    await page.sees("you no longer ignore ~eve");
    await eve.say("back");
    await page.sees("[~eve] back");
    assertEquals(browser.errors, []);
  },
});

Deno.test({
  name: "the page shows the recipient of typed lines",
  ignore,
  async fn() {
    await using browser = await Chromium.start();
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using bob = joinLibraryChat("bob", server.address);
    await using cy = joinLibraryChat("cy", server.address);
    await cy.until(({ happened }) => happened.includes("connected"));
    const page = await joinPage(browser, server.address, { name: "ann" });
    const recipient = () =>
      page.evaluate<string>(`document.querySelector("#recipient").checkVisibility()
        ? document.querySelector("#recipient").innerText : ""`);
    assertEquals(await recipient(), "");
    await page.sees("bob", "#people");
    await page.say("/query bob");
    await page.sees("what you type goes to ~bob alone");
    assertEquals(await recipient(), "@~bob");
    await page.say("psst");
    await page.sees("[you → ~bob] psst");
    assertEquals(await recipient(), "@~bob");
    await bob.say("what?", { kind: "whisper", to: "ann" });
    await page.sees("[~bob → you] what?");
    await page.say("/r nothing");
    await page.sees("[you → ~bob] nothing");
    await page.say("/query");
    await page.sees("you talk with everybody");
    assertEquals(await recipient(), "");
    await page.say("hello");
    await page.sees("[ann] hello");
    await cy.until(({ heard }) => heard.length > 0);
    assertEquals(cy.heard, ["hello"]);
    assertEquals(browser.errors, []);
  },
});
