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
  type DescEnum,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { LIMITS } from "../room/limits.ts";
import { escapeText } from "../text/escape.ts";
import { formatCount } from "../text/number.ts";
import { chatFile } from "./mod.ts";

const file = fromBinary(FileDescriptorProtoSchema, chatFile.description.descriptor);
const registry = createFileRegistry(file, () => undefined); // It has no imports.

const clientFrame = message("ClientFrame");
const serverFrame = message("ServerFrame");

/** The most characters of an unknown name that an error repeats. */
const MAX_SHOWN_CHARS = 64;

/**
 * Encodes a frame of a client that is given in JSON. Unlike in the binary form, an unknown field or
 * value of an enum is an error: people and scripts write JSON by hand, and a name that is misspelled
 * would otherwise be a note without its message.
 *
 * @throws {Error} if it is not JSON, or not such a frame.
 */
export function clientFrameFromJson(text: string): Uint8Array {
  const json: JsonValue = JSON.parse(text);
  countFields(json);
  checkNames(clientFrame, json);
  return toBinary(clientFrame, fromJson(clientFrame, json, { ignoreUnknownFields: false }));
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
function countFields(json: JsonValue): void {
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

/** Refuses names that the message does not have. What is wrong otherwise is left to the decoder. */
function checkNames(message: DescMessage, json: JsonValue): void {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return;
  for (const [name, value] of Object.entries(json)) {
    const field = message.fields.find((field) => field.name === name || field.jsonName === name);
    if (!field) throw new TypeError(`${message.name} has no field "${shorten(name)}"`);
    for (const item of Array.isArray(value) ? value : [value]) checkValue(field, item);
  }
}

function checkValue(field: DescField, value: JsonValue): void {
  if (field.message) checkNames(field.message, value);
  else if (field.enum && !isValueOf(field.enum, value)) {
    const names = field.enum.values.map(({ name }) => name).join(", ");
    const shown = shorten(JSON.stringify(value));
    throw new TypeError(`The field "${field.jsonName}" is ${shown}: must be one of ${names}`);
  }
}

function isValueOf({ values }: DescEnum, json: JsonValue): boolean {
  return json === null || values.some(({ name, number }) => json === name || json === number);
}

function shorten(text: string): string {
  const isLong = text.length > MAX_SHOWN_CHARS;
  return escapeText(isLong ? `${text.slice(0, MAX_SHOWN_CHARS).toWellFormed()}…` : text);
}
