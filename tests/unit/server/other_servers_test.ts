import { assertEquals } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { Gate } from "../../../server/access/gate.ts";
import { OtherServers, type Requests } from "../../../server/access/other_servers.ts";
import { type OpenSession, Sessions } from "../../../server/access/sessions.ts";

const OPERATOR = `SHA256:${"o".repeat(43)}`;

/** Servers that ask each other by calls, and a session on one of them. */
async function servers() {
  const handlers: Map<string, (content: unknown) => unknown>[] = [];
  const gate = await Gate.create({ operators: OPERATOR });
  const make = () => {
    const own = new Map<string, (content: unknown) => unknown>();
    handlers.push(own);
    const requests: Requests = {
      handle: (type, handler) => void own.set(type, handler),
      ask: (type, content) =>
        Promise.resolve(
          handlers.filter((other) => other !== own).map((other) => other.get(type)!(content)),
        ),
    };
    const sessions = new Sessions();
    return { sessions, others: new OtherServers(requests, { sessions, gate }) };
  };
  const ended: string[] = [];
  const session = (name: string, room: string, key?: string): OpenSession => ({
    ...{ name, room, key, knowsPassword: false, address: "192.0.2.1", network: "192.0.2.1" },
    progress: () => ({ next: 1, behind: 0 }),
    sendMute: () => {},
    end: ({ code, message }: ChatError) =>
      void ended.push(`${name} in ${room}: ${code} ${message}`),
  });
  return { one: make(), other: make(), session, ended };
}

Deno.test("OtherServers find sessions on other servers, at most a thousand each", async () => {
  const { one, other, session } = await servers();
  one.sessions.add(session("ann", "here"));
  other.sessions.add(session("Ann", "dev", "SHA256:ann"));
  const found = { name: "Ann", room: "dev", key: "SHA256:ann", network: "192.0.2.1" };
  assertEquals(await one.others.find("ann"), [found]);
  for (let i = 0; i < 1_500; i++) other.sessions.add(session("eve", `room ${i}`));
  assertEquals((await one.others.find("eve")).length, 1_000);
});

Deno.test("OtherServers end the sessions of a person in one room, but not those of operators", async () => {
  const { one, other, session, ended } = await servers();
  for (const room of ["dev", "ops"]) other.sessions.add(session("ann", room));
  other.sessions.add(session("ann", "Dev", OPERATOR));
  other.sessions.add(session("bob", "dev"));
  const kicked = new ChatError("forbidden", "kicked by cy");
  assertEquals(await one.others.kick("ann", "DEV", kicked), 1);
  assertEquals(ended, ["ann in dev: forbidden kicked by cy"]);
});
