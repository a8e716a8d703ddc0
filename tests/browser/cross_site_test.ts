import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "../../mod.ts";
import { Chromium, hasChromium } from "./chromium.ts";
import { joinLibraryChat } from "../support/library_chat.ts";

const ignore = !await hasChromium();

/**
 * The script of a page of somebody else. It records what it could do: an attempt that ends without
 * an error has only worked if the server says so.
 */
const ATTACK = `
  const server = location.hash.slice(1);
  const note = { name: "eve", message: "posted by a page" };
  const done = {};
  const attempt = async (name, work) => {
    try {
      done[name] = await work();
    } catch (error) {
      done[name] = "failed";
    }
  };
  const post = (type, body, mode) => async () => {
    const url = server + "/rooms/lobby/notes?name=eve";
    const response = await fetch(url, { method: "POST", mode, headers: { "content-type": type }, body });
    return response.type === "opaque" ? "failed" : "answered " + response.status;
  };
  const read = (path) => async () => (await (await fetch(server + path)).text());
  const submit = (enctype) => () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = enctype;
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { action: server + "/rooms/lobby/notes?name=eve", method: "POST", enctype });
    form.target = frame.name;
    const field = document.createElement("input");
    Object.assign(field, { name: '{"name":"eve","message":"posted by a form","x":"', value: '"}' });
    form.append(field);
    document.body.append(form);
    frame.onload = () => resolve("failed");
    form.submit();
  });
  const embed = () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = server + "/";
    frame.onload = () => resolve(frame.contentDocument ? "read" : "failed");
    document.body.append(frame);
  });
  const listen = (make, ok) => () => new Promise((resolve) => {
    const source = make();
    source.onmessage = source.onopen = () => resolve(ok);
    source.onerror = () => resolve("failed");
  });
  await attempt("simple post", post("text/plain", "posted by a page", "no-cors"));
  await attempt("post", post("text/plain", "posted by a page", "cors"));
  await attempt("json post", post("application/json", JSON.stringify(note), "cors"));
  await attempt("form", submit("text/plain"));
  await attempt("encoded form", submit("application/x-www-form-urlencoded"));
  await attempt("beacon", async () => {
    navigator.sendBeacon(server + "/rooms/lobby/notes?name=eve", "posted by a beacon");
    return "failed";
  });
  await attempt("notes", read("/rooms/lobby/notes?until-now"));
  await attempt("rooms", read("/rooms"));
  await attempt("events", listen(() => new EventSource(server + "/rooms/lobby/notes"), "listened"));
  await attempt("session", listen(
    () => new WebSocket(server.replace("http", "ws") + "/session"), "joined"));
  await attempt("module", async () => Object.keys(await import(server + "/modules/client/web/links.ts")));
  await attempt("frame", embed);
  globalThis.done = done;
`;

Deno.test({
  name: "a page of somebody else cannot post, read or join",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
    await using bob = joinLibraryChat("bob", server.address);
    await bob.say("secret");
    await using browser = await Chromium.start();
    const html = { headers: { "content-type": "text/html" } };
    await using other = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      ({ url }) =>
        new URL(url).pathname === "/attack.js"
          ? new Response(ATTACK, { headers: { "content-type": "text/javascript" } })
          : new Response(`<!doctype html><body><script type=module src=/attack.js></script>`, html),
    );
    for (const host of ["127.0.0.1", "localhost"]) {
      const page = await browser.open(
        `http://${host}:${other.addr.port}/#http://${server.address}`,
      );
      await page.waitFor("globalThis.done");
      const done = await page.evaluate<Record<string, unknown>>("done");
      assertEquals(done, Object.fromEntries(Object.keys(done).map((name) => [name, "failed"])));
      assertEquals(Object.keys(done).length, 12);
    }
    await bob.say("still alone");
    await bob.until(({ heard }) => heard.includes("still alone"));
    assertEquals(bob.heard, ["secret", "still alone"]);
    assertEquals(bob.happened, ["connected"]);
    // The server's own page can do all that.
    const own = await browser.open(`http://${server.address}/`);
    const response = `fetch("/rooms/lobby/notes?name=ann", { method: "POST", body: "mine" })`;
    assertEquals(await own.evaluate(`${response}.then(({ status }) => status)`), 200);
    assertEquals(own.errors, []);
  },
});

Deno.test({
  name: "a name that was made to point to the server shows no page of it",
  ignore,
  async fn() {
    await using server = await serve({ address: "127.0.0.1:0", webHosts: ["chat.example"] });
    const { port } = new URL(`http://${server.address}`);
    const rules = ["chat.example", "evil.example"].map((name) => `MAP ${name} 127.0.0.1`);
    await using browser = await Chromium.start(`--host-resolver-rules=${rules.join(",")}`);
    const refused = await browser.open(`http://evil.example:${port}/`);
    const text = await refused.evaluate<string>("document.body.innerText");
    assertStringIncludes(text, "evil.example");
    const rooms = await browser.open(`http://evil.example:${port}/rooms`);
    assertStringIncludes(await rooms.evaluate("document.body.innerText"), "--web-host");
    const known = await browser.open(`http://chat.example:${port}/`);
    assertEquals(await known.evaluate("document.title"), "Chat");
    assertEquals(await known.evaluate(`fetch("/rooms").then(({ status }) => status)`), 200);
    await known.waitFor(`!document.querySelector("#enter").disabled`);
    // A name without encryption is no secure context: there is no key.
    assert(await known.evaluate(`document.querySelector("#identity").innerText.includes("~")`));
    assertEquals(known.errors, []);
  },
});
