import { assertEquals } from "@std/assert";
import { Identity, serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { enter, joinPage } from "./chat_page.ts";
import { Chromium, hasChromium } from "./chromium.ts";

const ignore = !await hasChromium();

/** What the browser has stored, as far as a script can know. */
const STORED_KEY = `new Promise((resolve, reject) => {
  const opening = indexedDB.open("chat", 1);
  opening.onerror = reject;
  opening.onsuccess = () => {
    const asked = opening.result.transaction("keys").objectStore("keys").get("identity");
    asked.onsuccess = async () => {
      const { publicKey, privateKey } = asked.result;
      const formats = ["pkcs8", "jwk"].map((format) => crypto.subtle.exportKey(format, privateKey));
      const exported = (await Promise.allSettled(formats)).map(({ status }) => status);
      const bytes = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)).toHex();
      resolve([bytes, privateKey.extractable, ...exported]);
    };
  };
})`;

Deno.test({
  name: "a name belongs to the key that the browser of a page keeps",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using browser = await Chromium.start();
    await using bob = joinLibraryChat("bob", server.address);
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.say("it is me");
    await page.sees("[ann] it is me"); // Without a mark.
    const [key, ...protection] = await page.evaluate<unknown[]>(STORED_KEY);
    assertEquals(protection, [false, "rejected", "rejected"]);
    // Another page of the same browser is the same person.
    const beside = await browser.openBeside(page, `http://${server.address}/`);
    await enter(beside, "ann");
    await page.sees("ann (2)", "#people");
    assertEquals((await beside.evaluate<unknown[]>(STORED_KEY))[0], key);
    // So is the browser at its next visit; another browser is not.
    await page.go(`http://${server.address}/?again`);
    await enter(page, "ann");
    await bob.say("/me waits");
    const other = await browser.open(`http://${server.address}/`);
    await other.waitFor(`!document.querySelector("#enter").disabled`);
    await other.evaluate(`document.querySelector("#name").focus()`);
    await other.type("ann");
    await other.press("Enter");
    await other.sees("ann", "#trouble");
    assertEquals(await other.evaluate(`document.querySelector("#chat").hidden`), true);
    assertEquals(browser.errors, []);
  },
});

Deno.test({
  name: "a page lists the names of its key, and drops one",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using browser = await Chromium.start();
    const page = await joinPage(browser, server.address, { name: "ann" });
    await page.say("it is me");
    await page.sees("[ann] it is me");
    await page.say("/nick anna");
    await page.sees("anna", "#people");
    await page.say("/whoami");
    await page.sees("you are anna");
    await page.sees("ann: owned for");
    await page.say("/drop anna");
    await page.sees("you are using it; take another name first");
    await page.say("/drop ann");
    await page.sees('"ann" is not yours any more');
    await using other = joinLibraryChat("ann", server.address, {
      identity: await Identity.generate(),
    });
    assertEquals(await other.say("mine"), 2);
    await page.sees("[ann] mine");
    assertEquals(browser.errors, []);
  },
});

Deno.test({
  name: "a page over TLS is the same chat, and its key proves the name there",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await serve({
      ...{ address: "127.0.0.1:0", tls: true, data: `${folder.path}/chat.db`, rate: 0 },
    });
    await using browser = await Chromium.start("--ignore-certificate-errors");
    const page = await joinPage(browser, server.address, { name: "ann", scheme: "https" });
    await page.say("over TLS");
    await page.sees("[ann] over TLS");
    assertEquals(page.errors, []);
  },
});
