import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import style from "../../client/web/page.css" with { type: "text" };
import page from "../../client/web/page.html" with { type: "text" };
import { lazily } from "../../text/lazy.ts";

/** A file of the page, as a browser gets it. */
export interface Asset {
  /** The content, in UTF-8. */
  readonly body: Uint8Array;
  /** The value of `Content-Type`. */
  readonly type: string;
  /** The value of `ETag`: it changes with the content. */
  readonly etag: string;
}

/** The start of the paths of modules. The rest is the path in this project. */
const MODULES = "/modules/";

/** Those that were asked for, by their paths. */
const made = new Map<string, Asset>();

/** The sources of the modules, loaded when a browser comes: most starts of a server need none. */
const sources = lazily(async () => (await import("./page_modules.ts")).PAGE_MODULES);

/**
 * Returns the file of the page at a path; undefined if there is none. Nothing is read from the disk,
 * and only the modules that the page loads are there. The types of a module are stripped when it is
 * asked for first.
 */
export async function findAsset(path: string): Promise<Asset | undefined> {
  const known = made.get(path);
  if (known) return known;
  const asset = makeAsset(path, await sources());
  if (asset) made.set(path, asset);
  return asset;
}

function makeAsset(path: string, modules: ReadonlyMap<string, string>): Asset | undefined {
  if (path === "/") return toAsset(withPreloads(page, modules), "text/html");
  if (path === "/page.css") return toAsset(style, "text/css");
  if (!path.startsWith(MODULES)) return undefined;
  const name = path.slice(MODULES.length);
  const source = modules.get(name);
  if (source === undefined) return undefined;
  const script = name.endsWith(".ts") ? stripTypeScriptTypes(source) : source;
  return toAsset(script, "text/javascript");
}

/** Names all modules in the page, so that a browser need not find them one import after another. */
function withPreloads(html: string, modules: ReadonlyMap<string, string>): string {
  const links = Array.from(
    modules.keys(),
    (name) => `    <link rel="modulepreload" href="${MODULES}${name}">\n`,
  );
  return html.replace(/ *<\/head>/, `${links.join("")}$&`);
}

function toAsset(text: string, type: string): Asset {
  const body = new TextEncoder().encode(text);
  const hash = createHash("sha256").update(body).digest("base64url");
  return { body, type: `${type}; charset=utf-8`, etag: `"${hash.slice(0, 22)}"` };
}
