import { assertEquals, assertRejects } from "@std/assert";
import { join } from "../../../client.ts";
import { Identity } from "../../../client/profile/identity.ts";
import { joinLibraryChat } from "../../support/library_chat.ts";
import { startServer } from "../../support/program.ts";
import { inFolder } from "../../support/temporary_folder.ts";
import { hasMachine, Machine } from "./machine.ts";

const noMachine = !await hasMachine();
const note = noMachine ? " (ignored: there is no C compiler for Linux here)" : "";
const HOUR_MS = 3_600_000;

Deno.test({
  name: `a clock that is set back ends no ban and drops no note; one set forward does both${note}`,
  ignore: noMachine,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/data`);
      using machine = await Machine.build(folder, `${folder}/data`);
      const [ann, bob] = [await Identity.generate(), await Identity.generate()];
      await Deno.writeTextFile(`${folder}/operators`, ann.fingerprint);
      const data = ["--data", `${folder}/data/chat.db`, "--keep-age", "1h"];
      await using server = await startServer(
        ["--quiet", ...data, "--operators", `${folder}/operators`],
        { env: { ...machine.env } },
      );
      const { address } = server;
      await using chat = joinLibraryChat("ann", address, { identity: ann });
      const isBanned = () =>
        assertRejects(() => join({ name: "bob", address, identity: bob }), Error, "banned");
      const heard = async () => {
        await using reader = joinLibraryChat("", address, { untilNow: true });
        await reader.ended;
        return reader.heard;
      };

      for (const text of ["1", "2"]) await chat.say(text);
      await chat.order({ action: "ban", name: bob.fingerprint, spanMs: HOUR_MS });
      for (const clockMs of [-240 * HOUR_MS, HOUR_MS / 2, -HOUR_MS, 0]) {
        machine.set("clockMs", clockMs);
        await chat.say(`at ${clockMs}`);
        await isBanned();
      }
      const all = ["1", "2", "at -864000000", "at 1800000", "at -3600000", "at 0"];
      assertEquals(await heard(), all);

      machine.set("clockMs", 2 * HOUR_MS);
      await chat.say("later"); // It drops the others, but in a step after it.
      await chat.say("last");
      await using _bob = await join({ name: "bob", address, identity: bob });
      assertEquals(await heard(), [`(${all.length} lost)`, "later", "last"]);
      machine.set("clockMs", 0);
      await chat.say("back");
      assertEquals(await heard(), [`(${all.length} lost)`, "later", "last", "back"]);
      assertEquals(chat.heard, [...all, "later", "last", "back"]);
    }),
});
