import { domainToASCII } from "node:url";
import { formatIp, parseIp } from "../../text/ip.ts";

/**
 * The hosts that a certificate is for: the names and addresses in its extension subjectAltName
 * (RFC 5280, 4.2.1.6), and nothing else. The platform gives them as one text without quotes, in
 * which a name of another kind may pass for a host, and also looks for the host in the subject.
 */
export class SubjectAltNames {
  readonly #names: string[] = [];
  readonly #addresses: string[] = [];

  /** Reads the names of a certificate in DER. A malformed certificate has none. */
  constructor(certificate: Uint8Array) {
    for (const { tag, content } of altNames(certificate)) {
      if (tag === TAG.dnsName) {
        const name = String.fromCharCode(...content).toLowerCase();
        if (NAME.test(name)) this.#names.push(name);
      } else if (tag === TAG.ipAddress) {
        this.#addresses.push(formatIp([...content]) ?? content.toHex());
      }
    }
  }

  /** True if the certificate is for `host`, a name or an address, by the rules of RFC 9525. */
  include(host: string): boolean {
    const address = parseIp(host);
    if (address) return this.#addresses.includes(formatIp(address)!);
    const name = domainToASCII(host).toLowerCase().replace(/\.$/, "");
    // A star stands for the whole first label.
    const wild = name.replace(/^[^.]+(?=\.[^.]+\.)/, "*");
    return name !== "" && this.#names.some((other) => other === name || other === wild);
  }

  /** The names as text: `DNS:chat.example, IP Address:192.0.2.1`. */
  toString(): string {
    const names = this.#names.map((name) => `DNS:${name}`);
    const addresses = this.#addresses.map((address) => `IP Address:${address}`);
    return [...names, ...addresses].join(", ");
  }
}

/** A name in a certificate. A star may stand for the first label if two or more follow. */
const NAME = /^(\*\.(?=[^.]+\.))?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** The tags of DER that are read. */
const TAG = {
  extensions: 0xa3,
  objectId: 0x06,
  octetString: 0x04,
  dnsName: 0x82,
  ipAddress: 0x87,
};

/** The object identifier of the extension, 2.5.29.17. */
const SUBJECT_ALT_NAME = "551d11";

/** A value of DER. */
interface Value {
  readonly tag: number;
  readonly content: Uint8Array;
}

function altNames(certificate: Uint8Array): Value[] {
  try {
    const [whole] = valuesIn(certificate);
    const [signed] = valuesIn(whole!.content);
    const fields = valuesIn(signed!.content);
    const [list] = valuesIn(fields.find(({ tag }) => tag === TAG.extensions)!.content);
    for (const { content } of valuesIn(list!.content)) {
      const parts = valuesIn(content);
      const [id, value] = [parts[0]!, parts.at(-1)!];
      if (id.tag !== TAG.objectId || id.content.toHex() !== SUBJECT_ALT_NAME) continue;
      return valuesIn(valuesIn(value.content)[0]!.content);
    }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  }
  return [];
}

/** Splits `bytes` into the values that follow each other. */
function valuesIn(bytes: Uint8Array): Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    at += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw new RangeError(`A length of ${count} bytes`);
      length = bytes.subarray(at, at + count).reduce((sum, byte) => sum * 256 + byte, 0);
      at += count;
    }
    if (!(at + length <= bytes.length)) throw new RangeError("A value is cut short");
    values.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}
