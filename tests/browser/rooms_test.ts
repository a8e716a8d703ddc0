import { assertEquals } from "@std/assert";
import { serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { enter, joinPage, shownNotes } from "./chat_page.ts";
import { Chromium, hasChromium, type Page } from "./chromium.ts";

const ignore = !await hasChromium();

const inputOf = (page: Page) => page.evaluate<string>(`document.querySelector("#text").value`);

/** Waits until the side shows these open rooms, each with its mark. */
const lists = (page: Page, ...rooms: string[]) =>
  page.waitFor(
    `JSON.stringify([...document.querySelectorAll("#open-rooms li")]
      .map((room) => room.firstElementChild.textContent)) === ${
      JSON.stringify(JSON.stringify(rooms))
    }`,
  );

/** Clicks an open room, and waits until it is in view. */
async function goTo(page: Page, room: string): Promise<void> {
  await page.evaluate(`[...document.querySelectorAll("#open-rooms li")]
    .find(({ textContent }) => textContent.startsWith("${room}")).firstElementChild.click()`);
  await page.waitFor(
    `document.querySelector("#here").innerText === "${room}" && location.hash === "#${room}"`,
  );
}

Deno.test({
  name: "the page has several rooms open, each with its notes, draft and mark",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using browser = await Chromium.start();
    await using dev = joinLibraryChat("ann", server.address, { room: "dev" });
    const page = await joinPage(browser, server.address, { name: "bob" });
    await page.say("in the lobby");
    await page.sees("[bob] in the lobby");
    assertEquals(await page.evaluate(`document.querySelector("#open").hidden`), true);
    await page.say("/join dev");
    await lists(page, "lobby", "dev");
    await page.sees("dev", "#here");
    await page.say("in dev");
    await page.sees("[bob] in dev");
    await page.type("half a line");
    await goTo(page, "lobby");
    assertEquals([await inputOf(page), await shownNotes(page)], ["", ["[bob] in the lobby"]]);
    await page.press("ArrowUp");
    assertEquals(await inputOf(page), "/join dev");
    await dev.say("one");
    await lists(page, "lobby", "dev 1");
    await dev.say("two, bob");
    await lists(page, "lobby", "dev @1");
    await page.sees("dev: ~ann mentions you");
    await page.waitFor(`document.title === "(1) lobby"`);
    await page.waitFor(`document.querySelector("#show-side").textContent.includes("(@1)")`);
    await goTo(page, "dev");
    await lists(page, "lobby", "dev");
    assertEquals(await inputOf(page), "half a line");
    assertEquals(await shownNotes(page), ["[bob] in dev", "[ann] one", "[ann] two, bob"]);
    assertEquals(
      await page.evaluate(`document.querySelector("#notes .new + li").innerText.slice(6)`),
      "[~ann] one",
    );
    await page.evaluate("history.back()");
    await page.sees("lobby", "#here");
    await page.evaluate(`document.querySelectorAll("#open-rooms .part")[1].click()`);
    await page.sees("you have left dev");
    await page.sees("not sent in dev: half a line");
    await page.waitFor(`document.querySelector("#open").hidden`);
    await dev.until(({ happened }) => happened.includes("-bob left"));
    assertEquals(browser.errors, []);
  },
});

Deno.test({
  name: "the page opens its rooms again when it is loaded again, with the texts sent there",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using browser = await Chromium.start();
    await using cy = joinLibraryChat("cy", server.address, { room: "dev" });
    await cy.until(({ happened }) => happened.includes("connected"));
    const page = await joinPage(browser, server.address, { name: "bob" });
    const reload = async () => {
      await page.evaluate("location.reload(), document.body.remove()");
      await page.waitFor(`document.querySelector("#chat")?.hidden`);
      await enter(page, "bob");
    };
    await page.say("/join dev,ops");
    await lists(page, "lobby", "dev", "ops");
    await page.sees("dev", "#here");
    await page.say("one in dev");
    await page.say("/msg ~cy secret");
    await page.sees("secret");
    await page.say("/query ~cy");
    await page.sees("what you type goes to");
    await page.say("secret, too");
    await page.sees("secret, too");
    await page.say("/query");
    await page.sees("with everybody here again");
    await page.say(" not for the history");
    await page.sees("not for the history");
    await reload();
    await lists(page, "dev", "lobby", "ops");
    await page.sees("dev", "#here");
    await page.sees("[bob] one in dev");
    for (const text of ["one in dev", "one in dev"]) { // What is private is not kept.
      await page.press("ArrowUp");
      assertEquals(await inputOf(page), text);
      await page.evaluate(`document.querySelector("#text").setSelectionRange(0, 0)`);
    }
    await goTo(page, "lobby");
    await page.press("ArrowUp");
    assertEquals(await inputOf(page), "/join dev,ops");
    await page.evaluate(`document.querySelector("#text").value = ""`);
    await page.evaluate(`document.querySelectorAll("#open-rooms .part")[2].click()`);
    await page.sees("you have left ops");
    await reload();
    await lists(page, "lobby", "dev");
    // Who leaves has no rooms open, and another page has its own.
    await page.evaluate(`document.querySelector("#leave").click()`);
    await page.waitFor(`document.querySelector("#chat").hidden`);
    await enter(page, "bob");
    await page.sees("lobby", "#here");
    await page.waitFor(`document.querySelector("#people-title").innerText === "People (1)"`);
    await page.waitFor(`document.querySelector("#open").hidden`);
    const stored = await page.evaluate<string>(
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }])",
    );
    assertEquals(stored.includes("secret"), false, stored);
    assertEquals(browser.errors, []);
  },
});

Deno.test({
  name: "a page with three rooms loses and repeats nothing while the server restarts",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const fail = ({ message }: Error) => assertEquals(message, "");
    await using server = new RestartableServer(`${folder.path}/chat.db`, fail);
    await server.start();
    await using browser = await Chromium.start();
    await using stack = new AsyncDisposableStack();
    const rooms = ["lobby", "dev", "ops"];
    const people = rooms.map((room) => stack.use(joinLibraryChat("ann", server.address, { room })));
    for (const ann of people) await ann.until(({ happened }) => happened.includes("connected"));
    const page = await joinPage(browser, server.address, { name: "bob" });
    await page.say("/join dev, ops");
    await lists(page, ...rooms);
    const say = async (text: string) => {
      for (const ann of people) await ann.say(text);
    };
    await say("before");
    await lists(page, "lobby 1", "dev", "ops 1");
    await page.waitFor(`document.querySelector("#notes [data-seq]") !== null`);
    await goTo(page, "lobby");
    await lists(page, "lobby", "dev", "ops 1");
    await server.kill();
    await page.sees("No connection", "#state");
    for (const room of ["ops", "dev", "lobby"]) {
      await goTo(page, room);
      await page.say(`typed in ${room}`);
      await page.sees(`to be sent: typed in ${room}`);
    }
    const saying = say("after");
    await server.start();
    await saying;
    for (const [i, room] of rooms.entries()) {
      await people[i]!.until(({ heard }) => heard.length === 3);
      await goTo(page, room);
      const all = people[i]!.heard.length;
      await page.waitFor(`document.querySelectorAll("#notes [data-seq]").length >= ${all}`);
      const shown = (await shownNotes(page)).map((note) => note.replace(/^\[\w+\] /, ""));
      assertEquals(shown, people[i]!.heard);
    }
  },
});
