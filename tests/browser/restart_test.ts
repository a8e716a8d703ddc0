import { assertEquals } from "@std/assert";
import { serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { Chromium, hasChromium } from "./chromium.ts";
import { commandLine, Person } from "../support/program.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { joinPage, shownNotes } from "./chat_page.ts";

const ignore = !await hasChromium() || !await hasTmux();

/** The number of notes that each person says between two restarts. */
const COUNT = 30;

Deno.test({
  name: "a page says that it is offline, and sends once what is typed meanwhile",
  ignore: !await hasChromium(),
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using bob = joinLibraryChat("bob", server.address);
    await using browser = await Chromium.start();
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.say("before");
    await page.sees("before");
    await page.send("Network.enable");
    const network = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await page.send("Network.emulateNetworkConditions", { offline: true, ...network });
    await page.sees("No connection", "#state");
    await page.say("meanwhile");
    await page.sees("to be sent: meanwhile");
    assertEquals(bob.heard, ["before"]);
    await page.send("Network.emulateNetworkConditions", { offline: false, ...network });
    await page.waitFor(`document.querySelector("#state").innerText === ""`);
    await page.say("after");
    await bob.until(({ heard }) => heard.includes("after"));
    await page.sees("[ann] after");
    assertEquals(bob.heard, ["before", "meanwhile", "after"]);
    assertEquals(await shownNotes(page), bob.heard.map((text) => `[ann] ${text}`));
  },
});

Deno.test({
  name: "two pages and a terminal lose and repeat nothing while their server is killed",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const fail = ({ message }: Error) => assertEquals(message, "");
    await using server = new RestartableServer(`${folder.path}/chat.db`, fail);
    await server.start();
    await using browser = await Chromium.start();
    await using cy = new Person();
    const pages = [
      await joinPage(browser, server.address, { name: "ann" }),
      await joinPage(browser, server.address, { name: "bob" }),
    ];
    const args = ["--server", server.address, "--name", "cy", "--time=off"];
    const join = quote(commandLine("join", args));
    await using terminal = await Terminal.start(
      `export XDG_CONFIG_HOME=${quote([cy.folder])}; ${join}`,
      { columns: 80, rows: 40 },
    );
    await terminal.waitFor(/cy/);

    const said: string[] = [];
    const say = async (round: number) => {
      for (let i = 0; i < COUNT; i++) {
        for (const [index, page] of pages.entries()) {
          const text = `page ${index} round ${round} note ${i}.`;
          said.push(text);
          await page.say(text);
        }
        const text = `terminal round ${round} note ${i}.`;
        said.push(text);
        await terminal.type(text);
        await terminal.press("Enter");
      }
    };
    for (let round = 0; round < 3; round++) {
      const saying = say(round);
      await server.kill(); // Somewhere in the middle.
      for (const page of pages) await page.sees("No connection", "#state");
      await saying; // What is typed meanwhile is sent later.
      await server.start();
      const all = said.length;
      for (const page of pages) {
        await page.waitFor(`document.querySelectorAll("#notes [data-seq]").length >= ${all}`);
        assertEquals(await page.evaluate(`document.querySelector("#state").innerText`), "");
      }
    }

    const shown = await Promise.all(pages.map(shownNotes));
    assertEquals(shown[0], shown[1]); // Everybody sees one order.
    const texts = shown[0]!.map((note) => note.replace(/^\[~?\w+\] /, ""));
    assertEquals(texts.toSorted(), said.toSorted());
    for (const person of ["page 0", "page 1", "terminal"]) {
      const own = (text: string) => text.startsWith(person);
      assertEquals(texts.filter(own), said.filter(own)); // In the order in which they were said.
    }
    const onTerminal = (await terminal.history()).split("\n").filter((row) => /^\[/.test(row));
    assertEquals(onTerminal.map((row) => row.replace(/^\[~?\w+\] /, "")), texts);
  },
});
