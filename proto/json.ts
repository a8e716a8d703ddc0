/**
 * The frames of a session in the JSON form of proto3, on the side of the server. It reads every
 * spelling that this form allows, as programs in other languages write it, for which it needs a
 * package. Import it when the first such peer comes: the package takes time to load.
 *
 * `frame_json.ts` is the side of the page, without a package: it reads only what this module writes.
 *
 * @module
 */

import {
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { LIMITS } from "../room/limits.ts";
import { formatCount } from "../text/number.ts";
import { chatFile } from "./mod.ts";

const file = fromBinary(FileDescriptorProtoSchema, chatFile.description.descriptor);
const registry = createFileRegistry(file, () => undefined); // It has no imports.

const clientFrame = message("ClientFrame");
const serverFrame = message("ServerFrame");

/**
 * Encodes a frame of a client that is given in JSON. As in the binary form, fields that only newer
 * peers know are ignored.
 *
 * @throws {Error} if it is not JSON, or not such a frame.
 */
export function clientFrameFromJson(text: string): Uint8Array {
  const json: JsonValue = JSON.parse(text);
  checkFields(json);
  return toBinary(clientFrame, fromJson(clientFrame, json, { ignoreUnknownFields: true }));
}

/** Returns an encoded frame of the server in JSON. */
export function serverFrameToJson(bytes: Uint8Array): string {
  return JSON.stringify(toJson(serverFrame, fromBinary(serverFrame, bytes)));
}

function message(name: string): DescMessage {
  return registry.getMessage(`${file.package}.${name}`)!; // The file has it.
}

/**
 * Bounds the number of fields before they become messages: `{}` may become an object of a hundred
 * bytes.
 */
function checkFields(json: JsonValue): void {
  const open = [json];
  let fields = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== "object" || value === null) continue;
    const members = Object.values(value);
    fields += members.length;
    if (fields > LIMITS.fields) {
      throw new RangeError(`more than ${formatCount(LIMITS.fields, "field")}`);
    }
    open.push(...members);
  }
}
