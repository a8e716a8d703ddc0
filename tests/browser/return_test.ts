import { assertEquals } from "@std/assert";
import { serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { enter, joinPage, shownNotes } from "./chat_page.ts";
import { Chromium, hasChromium, type Page } from "./chromium.ts";

const ignore = !await hasChromium();
const open = () => serve({ address: "127.0.0.1:0", rate: 0 });

Deno.test({
  name: "a page leaves its rooms when another takes its place, and is there again on Back",
  ignore,
  async fn() {
    await using server = await open();
    await using elsewhere = await open();
    await using browser = await Chromium.start();
    await using lobby = joinLibraryChat("bob", server.address);
    await using dev = joinLibraryChat("cy", server.address, { room: "dev" });
    const people = [lobby, dev];
    for (const person of people) await person.until(({ happened }) => happened.length > 0);
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.say("/join dev");
    await page.sees("dev", "#here");
    await page.sees("ann (you)", "#people");
    await page.evaluate(`document.querySelector("#text").focus()`);
    await page.type("half a line");
    await page.evaluate("globalThis.isSamePage = true");
    for (let round = 1; round <= 2; round++) {
      await page.go(`http://${elsewhere.address}/`);
      for (const person of people) {
        await person.until(({ happened }) => happened.at(-1) === "-ann left");
        await person.say(`meanwhile ${round}`);
      }
      await page.evaluate("history.back()");
      await page.waitFor("globalThis.isSamePage"); // The browser has kept it, and loads it not again.
      for (const person of people) {
        await person.until(({ happened }) => happened.at(-1) === "+ann");
      }
      await page.sees(`meanwhile ${round}`);
      await page.waitFor(`document.querySelector("#state").innerText === ""`);
    }
    const stay = ["+ann", "-ann left"];
    const presence = ["connected", ...stay, ...stay, "+ann"];
    assertEquals(people.map(({ happened }) => happened), [presence, presence]);
    assertEquals(await inputOf(page), "half a line");
    await page.press("Enter");
    await dev.until(({ heard }) => heard.includes("half a line"));
    await page.sees("[ann] half a line");
    assertEquals(
      await shownNotes(page),
      ["[cy] meanwhile 1", "[cy] meanwhile 2", "[ann] half a line"],
    );
    assertEquals(browser.errors, []);
  },
});

const inputOf = (page: Page) => page.evaluate<string>(`document.querySelector("#text").value`);

Deno.test({
  name: "a page connects to nothing from the moment at which another takes its place",
  ignore,
  async fn() {
    await using server = await open();
    await using browser = await Chromium.start();
    await using bob = joinLibraryChat("bob", server.address);
    const page = await joinPage(browser, server.address, { name: "ann" });
    await bob.until(({ happened }) => happened.includes("+ann"));
    // As in a browser that takes its time until it stops the scripts of the page.
    await page.evaluate(`
      globalThis.attempts = 0;
      globalThis.WebSocket = class extends WebSocket {
        constructor(url) {
          super(url);
          attempts++;
        }
      };
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));`);
    await page.waitFor("attempts >= 2"); // The first one has failed.
    assertEquals(bob.happened, ["connected", "+ann", "-ann left"]);
    await page.evaluate(
      `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })), undefined`,
    );
    await bob.until(({ happened }) => happened.at(-1) === "+ann");
    assertEquals(bob.happened, ["connected", "+ann", "-ann left", "+ann"]);
  },
});

Deno.test({
  name: "a page that is only hidden stays in its room",
  ignore,
  async fn() {
    await using server = await open();
    await using browser = await Chromium.start();
    await using bob = joinLibraryChat("bob", server.address);
    const page = await joinPage(browser, server.address, { name: "ann" });
    await bob.until(({ happened }) => happened.includes("+ann"));
    await page.evaluate(`
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));`);
    await bob.say("while it is hidden");
    await page.sees("while it is hidden");
    assertEquals(bob.happened, ["connected", "+ann"]);
    assertEquals(browser.errors, []);
  },
});

Deno.test({
  name: "the form says which rooms open besides the one that it names",
  ignore,
  async fn() {
    await using server = await open();
    await using browser = await Chromium.start();
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.say("/join dev, ops");
    await page.waitFor(`document.querySelectorAll("#open-rooms li").length === 3`);
    await page.sees("dev", "#here");
    await page.evaluate("location.reload(), document.body.remove()");
    await page.waitFor(`document.querySelector("#enter")?.disabled === false`);
    const also = () =>
      page.evaluate<string>(
        `document.querySelector("#more-rooms:not([hidden])")?.innerText ?? "nothing"`,
      );
    assertEquals(await also(), "Also opens: lobby, ops");
    const chooseRoom = async (room: string) => {
      await page.evaluate(`document.querySelector("#room").select()`);
      await page.type(room);
    };
    await chooseRoom("OPS");
    assertEquals(await also(), "Also opens: lobby, dev");
    await enter(page, "ann");
    await page.waitFor(`document.querySelectorAll("#open-rooms li").length === 3`);
    await page.evaluate(`document.querySelector("#leave").click()`);
    await page.waitFor(`document.querySelector("#chat").hidden`);
    assertEquals(await also(), "nothing"); // Whoever leaves has no rooms open.
    // What is stored is text, whoever has put it there.
    const stored = JSON.stringify(["<b>dev</b>", "a\u202eb"]);
    await page.evaluate(`sessionStorage.setItem("rooms", ${JSON.stringify(stored)})`);
    await page.evaluate("location.reload(), document.body.remove()");
    await page.waitFor(`document.querySelector("#enter")?.disabled === false`);
    assertEquals(await also(), "Also opens: “<b>dev</b>”, “a\\u202eb”");
    assertEquals(browser.errors, []);
  },
});
