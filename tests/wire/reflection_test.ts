import { fileURLToPath } from "node:url";
import { Client, credentials, status } from "@grpc/grpc-js";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { serve } from "../../mod.ts";
import { chatFile } from "../../proto/mod.ts";
import {
  type ReflectionRequestInit,
  type ReflectionRequestMessage,
  type ReflectionResponseMessage,
  reflections,
} from "../../proto/reflection.ts";
import { Process, type Result, startServer } from "../support/program.ts";
import { hasModules, hasTool, PYTHON } from "../support/tools.ts";
import { failure } from "../support/wire/grpc_peer.ts";

const LOOPBACK = "127.0.0.1:0";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SERVICES = [
  "grpc.ChatServer",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];
const CHAT = { file_descriptor_response: { file_descriptor_proto: [chatFile.name] } };
const NOTHING = { error_response: { error_code: status.NOT_FOUND } };

/** A tool: plain grpc-js, without this project's code. */
class Tool implements Disposable {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": -1,
    });
  }

  /** Sends requests, or raw bytes, and by default half-closes. Yields responses. */
  async *ask(
    requests: (ReflectionRequestInit | Buffer)[],
    { version = 0, more = false } = {},
  ): AsyncGenerator<ReflectionResponseMessage, void> {
    const { path, requestSerialize, responseDeserialize } = reflections[version]!
      .ServerReflectionInfo;
    const call = this.#client.makeBidiStreamRequest<
      ReflectionRequestInit | Buffer,
      ReflectionResponseMessage
    >(
      path,
      (request) => Buffer.isBuffer(request) ? request : requestSerialize({ host: "", ...request }),
      responseDeserialize,
    );
    try {
      for (const request of requests) call.write(request);
      if (!more) call.end();
      yield* call;
    } finally {
      call.cancel();
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** A response, with the file's name in place of its bytes and without messages. */
function gist(response: ReflectionResponseMessage): unknown {
  const { valid_host: _host, original_request: _request, ...answer } = response;
  const { file_descriptor_response: file, error_response: error } = answer;
  if (file) {
    const names = file.file_descriptor_proto.map((bytes) =>
      Buffer.from(bytes).equals(chatFile.description.descriptor) ? chatFile.name : "another file"
    );
    return { file_descriptor_response: { file_descriptor_proto: names } };
  }
  return error ? { error_response: { error_code: error.error_code } } : answer;
}

const CASES: [question: Partial<ReflectionRequestMessage>, answer: unknown][] = [
  [
    { list_services: "*" },
    { list_services_response: { service: SERVICES.map((name) => ({ name })) } },
  ],
  [{ file_by_filename: "chat.proto" }, CHAT],
  [{ file_by_filename: "/etc/passwd" }, NOTHING],
  [{ file_containing_symbol: "grpc.ChatServer" }, CHAT],
  [{ file_containing_symbol: "grpc.ChatServer.SendNote" }, CHAT],
  [{ file_containing_symbol: "grpc.Note" }, CHAT],
  [{ file_containing_symbol: "grpc.Note.name" }, CHAT],
  [{ file_containing_symbol: "grpc.Join.start" }, CHAT],
  [{ file_containing_symbol: "grpc.WHISPER" }, CHAT],
  [{ file_containing_symbol: "grpc" }, NOTHING],
  [{ file_containing_symbol: "Note" }, NOTHING],
  [{ file_containing_symbol: "grpc.Note.constructor" }, NOTHING],
  [{ file_containing_symbol: "" }, NOTHING],
  [
    { file_containing_extension: { containing_type: "grpc.Note", extension_number: 100 } },
    NOTHING,
  ],
  [
    { all_extension_numbers_of_type: "grpc.Note" },
    { all_extension_numbers_response: { base_type_name: "grpc.Note", extension_number: [] } },
  ],
  [{ all_extension_numbers_of_type: "grpc.Nothing" }, NOTHING],
  [{ all_extension_numbers_of_type: "grpc.ChatServer" }, NOTHING],
  [{ all_extension_numbers_of_type: "grpc.ChatServer.SendNote" }, NOTHING],
];

for (const [version, name] of ["v1", "v1alpha"].entries()) {
  Deno.test(`reflection ${name} answers each question, in order, even on a members-only server`, async () => {
    await using server = await serve({ address: LOOPBACK, password: "secret", members: "" });
    using tool = new Tool(server.address);
    const responses: ReflectionResponseMessage[] = [];
    const questions = CASES.map(([question]) => ({ host: "here", ...question }));
    for await (const response of tool.ask(questions, { version })) responses.push(response);
    assertEquals(responses.map(gist), CASES.map(([, answer]) => answer));
    assertEquals(responses.map((response) => response.original_request), questions);
    assertEquals(new Set(responses.map((response) => response.valid_host)), new Set(["here"]));
  });
}

Deno.test("reflection refuses an invalid question, and says so", async () => {
  await using server = await serve({ address: LOOPBACK });
  using tool = new Tool(server.address);
  for (const request of [{}, Buffer.from([0x22, 9, 0x61]), Buffer.from([0x22, 1, 0xff])]) {
    const error = await failure(tool.ask([request]).next());
    assertEquals(error.code, status.INVALID_ARGUMENT, error.details);
  }
});

Deno.test("reflection refuses requests too long to be echoed", async () => {
  await using server = await serve({ address: LOOPBACK });
  using tool = new Tool(server.address);
  const long = "x".repeat(4_096);
  const requests: ReflectionRequestInit[] = [
    { host: long, list_services: "" },
    { file_containing_symbol: long },
    { file_containing_extension: { containing_type: long, extension_number: 1 } },
  ];
  for (const request of requests) {
    const error = await failure(tool.ask([request]).next());
    assertEquals(
      [error.code, error.details],
      [status.RESOURCE_EXHAUSTED, "The request is longer than 4,096 characters"],
    );
  }
});

Deno.test("a reflection stream ends if it asks nothing, or nothing more", async () => {
  await using server = await serve({ address: LOOPBACK, joinTimeoutMs: 200 });
  using tool = new Tool(server.address);
  const silent = await failure(tool.ask([], { more: true }).next());
  assertEquals([silent.code, silent.details], [
    status.DEADLINE_EXCEEDED,
    "No request within 0.2 s",
  ]);
  const stream = tool.ask([{ list_services: "" }], { more: true });
  assert((await stream.next()).value?.list_services_response);
  assertEquals((await failure(stream.next())).code, status.DEADLINE_EXCEEDED);
});

Deno.test("a reflection stream counts as a session of its connection", async () => {
  await using server = await serve({ address: LOOPBACK, maxSessions: 1 });
  using tool = new Tool(server.address);
  const stream = tool.ask([{ list_services: "" }], { more: true });
  await stream.next();
  const refused = await failure(tool.ask([{ list_services: "" }]).next());
  assertEquals(refused.code, status.RESOURCE_EXHAUSTED);
  await stream.return();
});

const noGrpcurl = !(await hasTool("grpcurl"));
const why = noGrpcurl ? " (ignored: there is no grpcurl here)" : "";

async function grpcurl(...args: string[]): Promise<Result> {
  await using process = new Process("grpcurl", ["-plaintext", ...args]);
  const { code } = await process.ended();
  return { code, stdout: process.stdout, stderr: process.stderr };
}

Deno.test({
  name: `grpcurl lists, describes and calls the server's services by reflection${why}`,
  ignore: noGrpcurl,
  async fn() {
    await using server = await startServer();
    const { address } = server;
    assertEquals((await grpcurl(address, "list")).stdout.trim().split("\n"), SERVICES);
    const chat = await grpcurl(address, "describe", "grpc.ChatServer");
    assertStringIncludes(chat.stdout, "rpc SendNote ( .grpc.Note ) returns ( .grpc.Empty );");
    const frame = await grpcurl(address, "describe", "grpc.ClientFrame");
    assertStringIncludes(frame.stdout, "  optional uint32 refusals = 5;\n");
    const statuses = await grpcurl(address, "describe", "grpc.health.v1.HealthListResponse");
    assertStringIncludes(statuses.stdout, "map<string, .grpc.health.v1.HealthCheckResponse>");
    const note = '{"name": "tool", "message": "by reflection"}';
    const sent = await grpcurl("-d", note, address, "grpc.ChatServer/SendNote");
    assertEquals([sent.code, sent.stderr], [0, ""]);
    await server.waitFor(/^\[~tool\] by reflection$/m);
    const join = '{"join": {"name": "tool", "client": "a client of grpcurl"}}';
    const joined = await grpcurl("-d", join, address, "grpc.ChatServer/Session");
    assertEquals(joined.code, 0, joined.stderr);
    assertMatch(joined.stdout, /"message": "by reflection"/);
    const unknown = await grpcurl(address, "describe", "grpc.Nothing");
    assert(unknown.code !== 0);
    assertStringIncludes(unknown.stderr, "Symbol not found: grpc.Nothing");
  },
});

const noPython = !(await hasModules("grpc_reflection", "grpc_tools"));

Deno.test({
  name: `grpcio learns the contract by reflection, as protoc describes it, and uses it${
    noPython
      ? " (ignored: pip install grpcio-reflection grpcio-tools, or set CHAT_TEST_PYTHON)"
      : ""
  }`,
  ignore: noPython,
  async fn() {
    await using server = await startServer();
    const script = `${ROOT}tests/interop/peers/reflection_client.py`;
    await using client = new Process(PYTHON, [script, server.address, `${ROOT}proto`]);
    await client.ended();
    assertEquals(client.stdout.split("\n"), [
      ...SERVICES.map((service) => `service: ${service}`),
      "chat.proto: as protoc does",
      "health.proto: as protoc does",
      "reflection.proto: as protoc does",
      "[tool] by reflection",
      "",
    ], client.stderr);
  },
});
