// A player of calls on grpc-js: see players.ts. A CommonJS module, so that NODE_PATH leads to grpc-js.
//
// Usage: NODE_PATH=FOLDER node player.cjs HOST:PORT [CA_FILE]

const { readFileSync } = require("node:fs");
const process = require("node:process");
const { createInterface } = require("node:readline");
const { Client, credentials, Metadata } = require("@grpc/grpc-js");

const [address, caFile] = process.argv.slice(2);
const security = caFile
  ? credentials.createSsl(readFileSync(caFile))
  : credentials.createInsecure();
const client = new Client(address, security);
/** Compression is an option of a channel. */
const gzipClient = new Client(address, security, { "grpc.default_compression_algorithm": 2 });
const calls = new Map();

/** The messages are bytes, which the test makes and reads. */
const raw = (bytes) => bytes;

function report(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function open({ id, path, metadata = [], binary = {}, timeoutNs, gzip }) {
  const fields = new Metadata();
  for (const [name, value] of metadata) fields.add(name, value);
  for (const [name, value] of Object.entries(binary)) {
    fields.add(name, Buffer.from(value, "base64"));
  }
  const options = timeoutNs === undefined ? {} : { deadline: Date.now() + Number(timeoutNs) / 1e6 };
  const channel = gzip ? gzipClient : client;
  const call = channel.makeBidiStreamRequest(path, raw, raw, fields, options);
  call.on("data", (message) => report({ id, message: message.toString("base64") }));
  call.on("error", () => {}); // The status says it, too.
  call.on("status", ({ code, details }) => report({ id, code, details }));
  return call;
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  if (command.path) calls.set(command.id, open(command));
  const call = calls.get(command.id);
  if (command.send !== undefined) call.write(Buffer.from(command.send, "base64"));
  if (command.end) call.end();
  if (command.cancel) call.cancel();
}).on("close", () => process.exit());
