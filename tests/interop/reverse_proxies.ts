/**
 * Third-party proxies that forward gRPC: nginx and HAProxy, in a usual setup.
 *
 * @module
 */

import { freePort, Process } from "../support/program.ts";
import { hasTool } from "../support/tools.ts";

/** A third-party proxy. */
export interface ReverseProxy {
  /** Its program. */
  readonly program: string;
  /** Its configuration, which listens on `port` and forwards everything to `server`. */
  readonly configuration: (port: number, server: string, folder: string) => string;
  /** The arguments that keep it in the foreground with the configuration in a file. */
  readonly args: (file: string) => string[];
  /** The first line on standard error that shows that it listens. */
  readonly listening: RegExp;
}

/** All of them, by name. */
export const REVERSE_PROXIES: Readonly<Record<string, ReverseProxy>> = {
  nginx: {
    program: "nginx",
    configuration: (port, server, folder) => `
      daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
      events {}
      http {
        access_log off; client_max_body_size 0; client_body_temp_path ${folder};
        proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
        uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
        server {
          listen 127.0.0.1:${port} http2;
          location / { grpc_pass grpc://${server}; grpc_read_timeout 1h; grpc_send_timeout 1h; }
        }
      }`,
    args: (file) => ["-c", file, "-e", "stderr"],
    listening: /using the "\w+" event method/,
  },
  HAProxy: {
    program: "haproxy",
    // It prints nothing when it listens, but starts to check its servers then, and reports the
    // one that is missing.
    configuration: (port, server, folder) => `
      defaults
        mode http
        retries 0
        timeout connect 1s
        timeout client 1h
        timeout server 1h
      listen chat
        bind 127.0.0.1:${port} proto h2
        server chat ${server} proto h2
      backend none
        server missing unix@${folder}/missing check
`,
    args: (file) => ["-db", "-f", file],
    listening: /missing is DOWN/,
  },
};

const PAGE = new URL("../../docs/operating.md", import.meta.url);

/** The block of docs/operating.md that matches, for a server at this address. */
function documented(pattern: RegExp, server: string): string {
  const page = Deno.readTextFileSync(PAGE);
  const blocks = Array.from(page.matchAll(/^```\w*\n([^]*?)^```/gm), ([, block]) => block!);
  return blocks.find((block) => pattern.test(block))!.replaceAll("127.0.0.1:11912", server);
}

/** The same for HTTP/1.1, as docs/operating.md configures them, but without TLS. */
export const WEB_PROXIES: Readonly<Record<string, ReverseProxy>> = {
  nginx: {
    ...REVERSE_PROXIES.nginx!,
    configuration: (port, server, folder) => `
      daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
      events {}
      http {
        access_log off; client_body_temp_path ${folder};
        proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
        uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
        server {
          listen 127.0.0.1:${port};
          ${documented(/proxy_pass/, server)}
        }
      }`,
  },
  HAProxy: {
    ...REVERSE_PROXIES.HAProxy!,
    configuration: (port, server, folder) => `
      defaults
        timeout connect 1s
        timeout client 1h
        timeout server 1h
${documented(/^frontend/, server).replace(/bind .*/, `bind 127.0.0.1:${port}`)}
      backend none
        server missing unix@${folder}/missing check
`,
  },
};

/** Whether the program of a proxy is installed. */
export function isInstalled({ program }: ReverseProxy): Promise<boolean> {
  return hasTool(program);
}

/** Starts a proxy in front of `server`, and waits until it listens. */
export async function startReverseProxy(
  { program, configuration, args, listening }: ReverseProxy,
  server: string,
): Promise<AsyncDisposable & { readonly address: string }> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const port = freePort();
  await Deno.writeTextFile(`${folder}/conf`, configuration(port, server, folder));
  const process = stack.use(new Process(program, args(`${folder}/conf`)));
  await process.waitFor(listening, "stderr");
  const all = stack.move();
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
