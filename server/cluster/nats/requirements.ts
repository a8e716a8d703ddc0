import { ChatError } from "../../../room/errors.ts";
import { formatCount } from "../../../text/number.ts";
import { type Connection, isRefusal, NoAnswer } from "./connection.ts";

/** The oldest version with reliable conditional appends, expiring entries and membership changes. */
const OLDEST = "2.12.3";

/** Codes of the engine's errors: JetStream is off for the account, or at all. */
const OFF = [10039, 10076];

/** The most that a message has besides its entry: the fields of its header, in bytes. */
export const ENVELOPE_BYTES = 1_024;

/**
 * Checks that NATS is what a chat needs.
 *
 * @throws {ChatError} naming what must be changed.
 * @throws {NoAnswer | JetStreamApiError} if JetStream does not answer now.
 */
export async function checkEngine(connection: Connection, minEntryBytes: number): Promise<void> {
  const { address, version, maxPayload } = connection;
  if (isOlder(version, OLDEST)) {
    throw new ChatError(
      "unsupported",
      `NATS at ${address} has the version ${version}: at least ${OLDEST} is required`,
    );
  }
  const needed = minEntryBytes + ENVELOPE_BYTES;
  if (maxPayload < needed) {
    throw new ChatError(
      "invalid",
      `NATS at ${address} has max_payload ${
        formatCount(maxPayload, "byte")
      }: the largest note needs ${
        formatCount(needed, "byte")
      }; raise max_payload, or lower --max-note-bytes`,
    );
  }
  await checkJetStream(connection);
}

async function checkJetStream(connection: Connection): Promise<void> {
  try {
    await connection.ask((manager) => manager.getAccountInfo());
  } catch (error) {
    const isOff = isRefusal(error, ...OFF);
    const isDeaf = error instanceof NoAnswer && error.isUnheard;
    if (!isOff && !isDeaf) throw error;
    throw new ChatError(
      "unsupported",
      `NATS at ${connection.address} has no JetStream for this user: enable it in the configuration of NATS`,
      { cause: error },
    );
  }
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  const i = a!.findIndex((part, at) => part !== b![at]);
  return i >= 0 && a![i]! < b![i]!;
}
