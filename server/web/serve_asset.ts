import { policy } from "./answer.ts";
import { findAsset } from "./assets.ts";
import type { Exchange } from "./exchange.ts";
import { missingPageError } from "./http_error.ts";

/** The headers of the files of the page, in place of those of other responses. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  // The page loads its own files and talks to its own server. Nothing inline runs.
  "content-security-policy": policy(
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "require-trusted-types-for 'script'",
  ),
  // A new version of the server has other files: a browser asks each time whether it has them.
  "cache-control": "no-cache",
};

/** Sends a file of the page, unless the browser has it already. */
export async function serveAsset({ request, response, url }: Exchange): Promise<void> {
  const asset = await findAsset(url.pathname);
  if (!asset) throw missingPageError();
  const { body, type, etag } = asset;
  const isKnown = request.headers["if-none-match"]?.includes(etag) ?? false;
  response.writeHead(isKnown ? 304 : 200, {
    ...PAGE_HEADERS,
    etag,
    ...(!isKnown && { "content-type": type, "content-length": body.length }),
  });
  response.end(isKnown || request.method === "HEAD" ? undefined : body);
}
