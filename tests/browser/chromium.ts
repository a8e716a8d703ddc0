/**
 * A real browser for the tests: Chromium without a window, over the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/).
 *
 * @module
 */

import { hasTool } from "../support/tools.ts";

const CHROMIUM = Deno.env.get("CHAT_TEST_CHROMIUM") ?? "chromium";

/** Whether Chromium can be run here. */
export function hasChromium(): Promise<boolean> {
  return hasTool(CHROMIUM, "--version");
}

/** The parts of a message of the protocol that are used here. */
interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A command's parameters. */
type Params = Readonly<Record<string, unknown>>;

/** The parts of a running browser. */
interface Browser {
  readonly process: Deno.ChildProcess;
  /** Settles once the browser and its child processes say nothing more. */
  readonly said: Promise<void>;
  /** The folder of its profile. */
  readonly profile: string;
  readonly socket: WebSocket;
}

/** A browser. Closed when disposed. */
export class Chromium implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #said: Promise<void>;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>();
  readonly #listeners = new Map<string, (message: Message) => void>();
  readonly #pages: Page[] = [];
  #count = 0;

  private constructor({ process, said, profile, socket }: Browser) {
    this.#process = process;
    this.#said = said;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => {
      for (const { reject } of this.#answers.values()) reject(new Error("the browser has ended"));
    };
  }

  /** Starts a browser, with more arguments of its command line. */
  static async start(...args: readonly string[]): Promise<Chromium> {
    const profile = await Deno.makeTempDir();
    const process = new Deno.Command(CHROMIUM, {
      args: [
        ...["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
        ...["--disable-dev-shm-usage", "--disable-background-networking", "--disable-extensions"],
        ...["--remote-debugging-port=0", `--user-data-dir=${profile}`, ...args, "about:blank"],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const endpoint = Promise.withResolvers<string>();
    const said = read(process.stderr, endpoint);
    const socket = new WebSocket(await endpoint.promise);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Chromium({ process, said, profile, socket });
  }

  #receive(message: Message): void {
    const { id, error, result = {}, sessionId = "" } = message;
    if (id === undefined) return this.#listeners.get(sessionId)?.(message);
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (error) answer?.reject(new Error(error.message));
    else answer?.resolve(result);
  }

  /** The errors that its pages have caused. */
  get errors(): string[] {
    return this.#pages.flatMap(({ errors }) => errors);
  }

  /** Runs a command, of the browser or of a page. */
  send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    const id = ++this.#count;
    const answer = Promise.withResolvers<Params>();
    this.#answers.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return answer.promise;
  }

  /** Opens a page with a storage of its own, as another person's browser has one. */
  async open(url: string): Promise<Page> {
    const { browserContextId } = await this.send("Target.createBrowserContext");
    return await this.#openIn(browserContextId, url);
  }

  /** Opens another page of the same person. */
  async openBeside(page: Page, url: string): Promise<Page> {
    return await this.#openIn(page.context, url);
  }

  async #openIn(browserContextId: unknown, url: string): Promise<Page> {
    const about = { url: "about:blank", browserContextId };
    const { targetId } = await this.send("Target.createTarget", about);
    const to = { targetId, flatten: true };
    const { sessionId } = await this.send("Target.attachToTarget", to);
    const page = new Page(this, `${sessionId}`, browserContextId);
    this.#pages.push(page);
    this.#listeners.set(`${sessionId}`, (message) => page.hear(message));
    for (const domain of ["Runtime", "Log", "Page"]) await page.send(`${domain}.enable`);
    await page.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    await page.go(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve));
    await this.send("Browser.close").catch(() => {}); // It may end before it answers.
    await closed;
    await this.#process.status;
    await this.#said; // Its own child processes may write after its end.
    await Deno.remove(this.#profile, { recursive: true });
  }
}

/**
 * Reads what a browser says, to its end, so that it never waits.
 *
 * @param endpoint Settles with the address where it can be reached.
 */
async function read(
  stderr: ReadableStream<Uint8Array>,
  endpoint: PromiseWithResolvers<string>,
): Promise<void> {
  let text = "";
  for await (const chunk of stderr.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, url] = /^DevTools listening on (ws:.*)$/m.exec(text) ?? [];
    if (url !== undefined) endpoint.resolve(url);
  }
  endpoint.reject(new Error(`Chromium does not start: ${text}`));
}

/** A page in a browser. */
export class Page {
  readonly #browser: Chromium;
  readonly #session: string;
  /** Its storage. */
  readonly context: unknown;
  /** The errors and warnings that it has caused. */
  readonly errors: string[] = [];

  constructor(browser: Chromium, session: string, context: unknown) {
    this.#browser = browser;
    this.#session = session;
    this.context = context;
  }

  /** Records what the browser reports about it. */
  hear({ method, params = {} }: Message): void {
    if (method === "Runtime.exceptionThrown") this.errors.push(JSON.stringify(params));
    const { entry } = params as { entry?: { level: string; text: string; url?: string } };
    if (method === "Log.entryAdded" && entry?.level === "error") {
      this.errors.push(`${entry.text} (${entry.url ?? ""})`);
    }
  }

  /** Runs a command. */
  send(method: string, params: Params = {}): Promise<Params> {
    return this.#browser.send(method, params, this.#session);
  }

  /** Goes to an address. */
  async go(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
    await this.waitFor(`document.readyState === "complete" && location.href !== "about:blank"`);
  }

  /** Evaluates an expression, or the promise that it makes. */
  async evaluate<T>(expression: string): Promise<T> {
    const how = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", how) as {
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  /** Waits until an expression is true: the page looks again and again. */
  async waitFor(expression: string): Promise<void> {
    const promise = `new Promise((resolve) => {
      const timer = setInterval(look, 20);
      function look() {
        if (!(${expression})) return;
        clearInterval(timer);
        resolve(true);
      }
      look();
    })`;
    // While one page replaces another, there is nothing to ask.
    while (!await this.evaluate(promise).catch(isReplaced));
  }

  /** Waits until an element that fits a selector shows a text. */
  async sees(text: string, selector = "#notes"): Promise<void> {
    const [where, what] = [JSON.stringify(selector), JSON.stringify(text)];
    await this.waitFor(`document.querySelector(${where})?.innerText.includes(${what})`);
  }

  /** Types a text where the focus is. */
  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  /** Presses a key: `Enter`, `Tab`, `ArrowUp`. */
  async press(
    key: keyof typeof KEYS,
    { alt = false, shift = false }: { readonly alt?: boolean; readonly shift?: boolean } = {},
  ): Promise<void> {
    const { code, text } = KEYS[key];
    const modifiers = (alt ? 1 : 0) + (shift ? 8 : 0);
    const common = { key, code: key, windowsVirtualKeyCode: code, modifiers };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...common, text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...common });
  }

  /** Types a line and sends it. */
  async say(text: string): Promise<void> {
    await this.evaluate(`document.querySelector("#text").focus()`);
    await this.type(text);
    await this.press("Enter");
  }

  /** Sets the size and the color scheme. */
  async resize(width: number, height: number, scheme: "light" | "dark" = "light"): Promise<void> {
    const size = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send("Emulation.setDeviceMetricsOverride", size);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.send("Emulation.setEmulatedMedia", { features });
  }

  /** Draws it, as a PNG. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Uint8Array.fromBase64(`${data}`);
  }
}

/** Whether a page cannot answer because another one takes its place; throws other errors. */
function isReplaced(error: Error): false {
  if (/context was destroyed|Cannot find.*context|navigated or closed/.test(error.message)) {
    return false;
  }
  throw error;
}

const KEYS = {
  Enter: { code: 13, text: "\r" },
  Tab: { code: 9, text: undefined },
  ArrowLeft: { code: 37, text: undefined },
  ArrowUp: { code: 38, text: undefined },
  Escape: { code: 27, text: undefined },
} as const;
