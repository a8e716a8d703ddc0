/**
 * Draws the page for the docs: narrow and wide, light and dark.
 *
 * @module
 */

import { serve } from "../../mod.ts";
import { Chromium } from "./chromium.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { Identity } from "../../client/profile/identity.ts";
import { joinPage } from "./chat_page.ts";

const SIZES = { 320: 568, 1280: 720 } as const;

await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
const join = async (name: string, room = "lobby") =>
  joinLibraryChat(name, server.address, { room, identity: await Identity.generate() });
await using bob = await join("bob");
await using zoe = await join("Zoë");
await using _guest = joinLibraryChat("visitor", server.address);
await using _gardener = await join("Kim", "garden");
await using browser = await Chromium.start();
const page = await joinPage(browser, server.address, { name: "ann" });
await bob.say("The release notes are at https://example.org/notes, please have a look.");
await zoe.say("I like them: short, and in plain words.");
await page.say("/me has two remarks");
await page.sees("remarks");
await bob.say("Go ahead, ann.");
await page.say('1. The date is wrong.\n2. "Its" needs no apostrophe.');
await page.sees("apostrophe");
await zoe.say("Both are corrected.");
await bob.say("Tell the others when it is out?", { kind: "whisper", to: "ann" });
await page.sees("when it is out");
await page.sees("garden", "#rooms");
for (const [width, height] of Object.entries(SIZES)) {
  for (const scheme of ["light", "dark"] as const) {
    await page.resize(Number(width), height, scheme);
    await page.evaluate(`document.querySelector("#scroll").scrollTop = 1e6`);
    const path = new URL(`../../docs/page-${width}-${scheme}.png`, import.meta.url);
    await Deno.writeFile(path, await page.screenshot());
  }
}
