/**
 * Third-party proxies that forward gRPC: nginx, HAProxy and Envoy, in a usual setup.
 *
 * @module
 */

import { freePort, Process } from "../support/program.ts";
import { hasTool } from "../support/tools.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";

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
  /** What clients say of it while the server is down. */
  readonly down: RegExp;
}

/** What clients say of a page in place of a status. */
const NOT_CHAT = /^it is not a chat server$/;

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
    down: NOT_CHAT,
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
    down: NOT_CHAT,
  },
  Envoy: {
    program: "envoy",
    configuration: envoyConfiguration,
    args: (file) => ["--config-path", file, "--concurrency", "1", "--disable-hot-restart"],
    listening: /starting main dispatch loop/,
    down: /^upstream connect error/, // A status of gRPC, in Envoy's words.
  },
};

/** The configuration of Envoy, as JSON, which is YAML too. */
function envoyConfiguration(port: number, server: string): string {
  const { hostname, port: serverPort } = tcpAddress(server);
  const address = (host: string, port: number) => ({
    socket_address: { address: host, port_value: port },
  });
  const TYPES = "type.googleapis.com/envoy.extensions";
  const manager = {
    "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "chat",
    codec_type: "HTTP2",
    stream_idle_timeout: "0s",
    route_config: {
      virtual_hosts: [{
        name: "chat",
        domains: ["*"],
        routes: [{ match: { prefix: "/" }, route: { cluster: "chat", timeout: "0s" } }],
      }],
    },
    http_filters: [{
      name: "router",
      typed_config: { "@type": `${TYPES}.filters.http.router.v3.Router` },
    }],
  };
  const cluster = {
    name: "chat",
    connect_timeout: "1s",
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": `${TYPES}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: {
      cluster_name: "chat",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(hostname, serverPort) } }] }],
    },
  };
  const filter = { name: "http_connection_manager", typed_config: manager };
  return JSON.stringify({
    static_resources: {
      listeners: [{ address: address("127.0.0.1", port), filter_chains: [{ filters: [filter] }] }],
      clusters: [cluster],
    },
  });
}

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
  return hasTool(program, program === "envoy" ? "--version" : "-version");
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
  await Deno.writeTextFile(`${folder}/conf.yaml`, configuration(port, server, folder));
  const process = stack.use(new Process(program, args(`${folder}/conf.yaml`)));
  await process.waitFor(listening, "stderr");
  const all = stack.move();
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
