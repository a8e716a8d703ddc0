import { isIP } from "node:net";

/** Returns the four or sixteen bytes of an IP address, without its zone. It must be an address. */
export function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split("."), Number);
  // The URL parser writes an address out as groups of hexadecimal digits, and one gap at most.
  const groups = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = groups.split("::").map((part) => part.split(":").filter(Boolean));
  const gap = Array<string>(8 - head.length - tail.length).fill("0");
  const numbers = [...head, ...gap, ...tail].map((group) => parseInt(group, 16));
  return Uint8Array.from(numbers.flatMap((number) => [number >> 8, number & 0xff]));
}
