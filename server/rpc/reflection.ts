import { healthFile } from "../../proto/health.ts";
import { chatFile } from "../../proto/mod.ts";
import type { ProtoFile } from "../../proto/proto_file.ts";
import {
  reflectionFiles,
  type ReflectionRequestMessage,
  type ReflectionResponseInit,
} from "../../proto/reflection.ts";
import { STATUS } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import { formatCount } from "../../text/number.ts";

/** All files of the public contract. None imports another, so each is served alone. */
const FILES: readonly ProtoFile[] = [chatFile, healthFile, ...reflectionFiles];

/** The longest accepted request, in characters of JSON: the response repeats it. */
const MAX_CHARS = 4_096;

/**
 * Answers a reflection request, so that tools can discover the public contract.
 *
 * @throws {ChatError} `invalid`, if the request is empty; `too_large`, if it is too long.
 */
export function reflect(request: ReflectionRequestMessage): ReflectionResponseInit {
  if (JSON.stringify(request).length > MAX_CHARS) {
    throw new ChatError(
      "too_large",
      `The request is longer than ${formatCount(MAX_CHARS, "character")}`,
    );
  }
  return { valid_host: request.host, original_request: request, ...answerTo(request) };
}

function answerTo(request: ReflectionRequestMessage): ReflectionResponseInit {
  if (request.list_services !== undefined) {
    const names = FILES.flatMap(({ services }) => services).sort();
    return { list_services_response: { service: names.map((name) => ({ name })) } };
  }
  if (request.file_by_filename !== undefined) {
    const file = FILES.find(({ name }) => name === request.file_by_filename);
    return file ? answerWith(file) : notFound("No such file");
  }
  if (request.file_containing_symbol !== undefined) {
    const file = findFile(request.file_containing_symbol);
    return file ? answerWith(file) : notFound("No such symbol");
  }
  // The contract extends no message.
  if (request.file_containing_extension !== undefined) return notFound("No such extension");
  if (request.all_extension_numbers_of_type !== undefined) {
    const base_type_name = request.all_extension_numbers_of_type;
    return FILES.some(({ description }) => description.messages.has(base_type_name))
      ? { all_extension_numbers_response: { base_type_name, extension_number: [] } }
      : notFound("No such message");
  }
  throw new ChatError("invalid", "The request has no field that this server supports");
}

function findFile(symbol: string): ProtoFile | undefined {
  return FILES.find(({ description }) => description.symbols.has(symbol));
}

function answerWith({ description }: ProtoFile): ReflectionResponseInit {
  return { file_descriptor_response: { file_descriptor_proto: [description.descriptor] } };
}

/** Does not repeat the requested name: the response contains the request, which may be long. */
function notFound(error_message: string): ReflectionResponseInit {
  return { error_response: { error_code: STATUS.missing, error_message } };
}
