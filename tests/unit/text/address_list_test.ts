import { assertEquals, assertThrows } from "@std/assert";
import {
  checkAddressList,
  MAX_ADDRESSES,
  parseAddressList,
  quoteAddresses,
} from "../../../text/address_list.ts";

const OPTIONS = { defaultPort: 11_912, minPort: 1 };

Deno.test.each<[text: string, addresses: string[]]>([
  ["localhost", ["localhost:11912"]],
  ["a,b:1", ["a:11912", "b:1"]],
  [" a ,\tb:1 , unix:/run/my chat.sock ", ["a:11912", "b:1", "unix:/run/my chat.sock"]],
  ["[::1]:1,::1", ["[::1]:1", "[::1]:11912"]],
  ["unix:/a,unix:/A", ["unix:/a", "unix:/A"]],
])("parseAddressList() reads %s", (text, addresses) => {
  assertEquals(parseAddressList(text, OPTIONS), addresses);
});

const many = (count: number) => Array.from({ length: count }, (_, index) => `h${index}:1`);

Deno.test.each<[text: string, words: string]>([
  ["", "the host must be a name or an IP address"],
  ["a:0", "the port must be a whole number from 1 to 65,535"],
  ["a,b:0", '"b:0": the port must be a whole number from 1 to 65,535'],
  ["a b,c", '"a b": the host must be a name or an IP address'],
  ["a,unix:", '"unix:": must name the path of the socket: unix:PATH'],
  ["a,,b", "address 2 of 3 is empty"],
  ["a,", "address 2 of 2 is empty"],
  [",", "address 1 of 2 is empty"],
  ["a,b,a:11912", '"a:11912" is there twice'],
  ["a,A", '"A:11912" is there twice'],
  [many(MAX_ADDRESSES + 1).join(","), "there must be 1 to 16 addresses, not 17"],
])("parseAddressList() refuses %s", (text, words) => {
  assertEquals(assertThrows(() => parseAddressList(text, OPTIONS), RangeError).message, words);
});

Deno.test("parseAddressList() and checkAddressList() accept as many addresses as they may", () => {
  const addresses = many(MAX_ADDRESSES);
  assertEquals(parseAddressList(addresses.join(","), OPTIONS), addresses);
  assertEquals(checkAddressList(addresses), addresses);
});

Deno.test("checkAddressList() refuses an empty list", () => {
  assertThrows(() => checkAddressList([]), RangeError, "there must be 1 to 16 addresses, not 0");
});

Deno.test("quoteAddresses() names each address", () => {
  assertEquals(quoteAddresses(["a:1", "b:1"]), '"a:1", "b:1"');
});
