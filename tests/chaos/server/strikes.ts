import { ERROR_PAGES } from "../../support/wire/error_pages.ts";
import { Link, type LinkWeather } from "./link.ts";
import type { Machine } from "./machine.ts";
import type { ServerFault, ServerFaultKind } from "./server_faults.ts";
import type { Stage } from "./stage.ts";

/**
 * Makes a fault. It waits until the fault has had an effect, keeps it up for a while, and returns
 * when everything works again, or will by itself.
 */
export async function strike(stage: Stage, fault: ServerFault): Promise<void> {
  await STRIKES[fault.kind](stage, fault);
}

type Strike = (stage: Stage, fault: ServerFault) => Promise<void>;

/** The pages that proxies really send, and other nonsense. */
const PAGES = ["a page with 502", "a page with 503", "a page with 404", "HTTP/1.1", "noise"];
/** The most that a clock is set forward or back, in milliseconds. */
const MAX_STEP_MS = 10 * 24 * 3_600_000;
/** The number of files that a process may have whose descriptors are used up: fewer than it has. */
const FEW_FILES = "10";
/** The number of notes that a server has stored, after which a slow reader reads on. */
const BEHIND_NOTES = 40;

const STRIKES: Readonly<Record<ServerFaultKind, Strike>> = {
  "kill": async ({ server }, { holdMs }) => {
    await server.kill();
    await sleep(holdMs);
    await server.start();
  },
  "freeze": async ({ server }, { holdMs }) => {
    server.signal("SIGSTOP");
    await sleep(holdMs);
    server.signal("SIGCONT");
  },
  "restart": async ({ server, recorder }) => {
    const code = await recorder.orFail(server.stop(), "stopping the server");
    if (code !== 0) throw new Error(`the server stopped with exit code ${code}`);
    await server.start();
  },
  "cut links": async (stage, fault) => {
    const links = await met(stage, fault);
    const lost = lostConnections(stage);
    for (const link of links) link.cut();
    await lost;
  },
  "delay links": (stage, fault) => weather(stage, fault, { delayMs: 100 + fault.holdMs / 3 }),
  "throttle links": (stage, fault) => weather(stage, fault, { bytesPerSecond: 2_000 }),
  "half-open to server": (stage, fault) => halfOpen(stage, fault, { swallows: "from clients" }),
  "half-open to clients": (stage, fault) => halfOpen(stage, fault, { swallows: "from server" }),
  "error page": async (stage, fault) => {
    const links = await met(stage, fault);
    const page = ERROR_PAGES[stage.numbers.pick(PAGES)];
    const answered = links.map((link) => link.answerBy(page));
    for (const link of links) link.cut();
    await effect(stage, Promise.race(answered), "an error page");
    await sleep(fault.holdMs);
    for (const link of links) {
      void link.answerBy(undefined);
      link.cut();
    }
  },
  "step the clock": async (stage, { holdMs }) => {
    const machine = machineOf(stage);
    const before = machine.get("clockReads");
    machine.set("clockMs", Math.round(MAX_STEP_MS * (2 * stage.numbers.next() - 1) ** 3));
    await stage.crowd.gather(3);
    await sleep(holdMs);
    if (machine.get("clockReads") === before) throw new Error("the server does not see the clock");
    machine.set("clockMs", 0);
  },
  "fill the disk": async (stage, { holdMs }) => {
    const { recorder } = stage;
    const machine = machineOf(stage);
    const refused = recorder.refused;
    machine.set("full", 1);
    await effect(stage, happens(stage, () => recorder.refused > refused), "a full disk");
    await sleep(holdMs);
    machine.set("full", 0);
  },
  "stall the disk": async (stage, { holdMs }) => {
    const machine = machineOf(stage);
    const waited = machine.get("waited");
    machine.set("stalled", 1);
    await poll(stage, () => machine.get("waited") > waited, "a stalled disk");
    await sleep(holdMs);
    machine.set("stalled", 0);
  },
  "use up descriptors": async (stage, fault) => {
    const { server, panics } = stage;
    const links = await met(stage, fault);
    // Deno ends itself when it needs the source map of a module and cannot open the file.
    stage.mayPanic = true;
    await limitFiles(stage, FEW_FILES);
    for (const link of links) link.cut();
    // One outage may last through two faults.
    const count = (event: RegExp) => server.stderr.match(event)?.length ?? 0;
    const isOut = () =>
      stage.panics > panics || count(/ outage address/g) > count(/ recovery address/g);
    await poll(stage, isOut, "used up descriptors");
    await sleep(fault.holdMs);
    // It may have ended without anybody having noticed yet: then nothing is accepted.
    if (stage.panics === panics) await limitFiles(stage, "4096").catch(() => {});
    const { accepted } = stage.recorder;
    const isOver = () => stage.panics > panics || stage.recorder.accepted > accepted;
    await poll(stage, isOver, "the end of used up descriptors");
    stage.mayPanic = false;
    if (stage.panics === panics) return;
    await server.kill(); // It has ended; a service manager starts it again.
    await server.start();
  },
  "slow reader": async (stage, { links }) => {
    const { recorder } = stage;
    const sleepers = stage.crowd.talkers.filter((_, i) => i % (1 + links) === 0);
    for (const talker of sleepers) talker.sleep();
    const moment = recorder.accepted + BEHIND_NOTES;
    await effect(stage, happens(stage, () => recorder.accepted >= moment), "a slow reader");
    for (const talker of sleepers) talker.wakeUp();
  },
  "stalled reader": (stage, fault) => weather(stage, fault, { isHeld: true }),
  "vanish": async (stage) => {
    const link = new Link(stage.server.address);
    stage.keep(link);
    const talkers = await stage.enter(link);
    const isSeen = () => talkers.every(({ isHere }) => isHere);
    await effect(stage, happens(stage, isSeen), "somebody who joins");
    const swallowed = link.change({ swallows: "both" });
    void talkers[0]!.say(false);
    await effect(stage, swallowed, "somebody who vanishes");
    for (const talker of talkers) talker.vanish();
    await stage.crowd.forget(talkers);
  },
};

/** Changes the weather on some links, waits until it was met, and keeps it up. */
async function weather(stage: Stage, fault: ServerFault, weather: LinkWeather): Promise<void> {
  const links = await met(stage, fault);
  const came = links.map((link) => link.change(weather));
  await effect(stage, Promise.race(came), fault.kind);
  await sleep(fault.holdMs);
  for (const link of links) void link.change({});
}

/** Loses one direction, until clients notice it; then the link works for new connections. */
async function halfOpen(stage: Stage, fault: ServerFault, weather: LinkWeather): Promise<void> {
  const links = await met(stage, fault);
  const lost = lostConnections(stage);
  for (const link of links) void link.change(weather);
  await lost;
  await sleep(fault.holdMs);
  for (const link of links) {
    void link.change({});
    link.cut(); // What was swallowed is missing on the others.
  }
}

/** Waits for the effect of a fault. */
async function effect(stage: Stage, came: Promise<unknown>, what: string): Promise<void> {
  await stage.recorder.orFail(came, what);
}

/** Resolves once something is true. */
async function happens({ recorder }: Stage, is: () => boolean): Promise<void> {
  while (!await recorder.until(is)) throw new Error("the fault has no effect");
}

/** Waits for something of which nothing tells. */
async function poll(stage: Stage, is: () => boolean, what: string): Promise<void> {
  const timer = setInterval(() => stage.recorder.wake(), 5);
  try {
    await effect(stage, happens(stage, is), what);
  } finally {
    clearInterval(timer);
  }
}

/** Resolves once somebody more has lost their connection. */
function lostConnections(stage: Stage): Promise<void> {
  const { recorder } = stage;
  const before = recorder.lostConnections;
  return effect(
    stage,
    happens(stage, () => recorder.lostConnections > before),
    "a lost connection",
  );
}

/**
 * The links that a fault meets: those of its numbers, and the first link, which somebody always
 * uses. Resolves once somebody is connected by one of them: nobody else would notice the fault.
 */
async function met(stage: Stage, fault: ServerFault): Promise<readonly Link[]> {
  const { links, crowd } = stage;
  const chosen = Array.from({ length: fault.links }, (_, i) => (fault.link + i) % links.length);
  const all = [...new Set([0, ...chosen])].map((index) => links[index]!);
  const addresses = new Set(all.map(({ address }) => address));
  const isUsed = () =>
    crowd.talkers.some((one) => one.isHere && one.addresses.some((each) => addresses.has(each)));
  await effect(stage, happens(stage, isUsed), "somebody on the links");
  return all;
}

function machineOf({ machine }: Stage): Machine {
  if (!machine) throw new Error("there is no C compiler for Linux here");
  return machine;
}

async function limitFiles({ server }: Stage, files: string): Promise<void> {
  const args = ["--pid", `${server.pid}`, `--nofile=${files}:4096`];
  const { success, stderr } = await new Deno.Command("prlimit", { args }).output();
  if (!success) throw new Error(`prlimit failed: ${new TextDecoder().decode(stderr)}`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
