import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { resolve } from "node:path";
import { afterEach } from "vitest";
import type { CallRecord } from "../../src/sandbox/aws/call-log.ts";
import { type Page as SandboxPage, startPage } from "../../src/sandbox/page/start-page.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";

/** Debian's; `.ci/run` installs it. */
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const root = resolve(import.meta.dirname, "../..");
const argumentsOfChromium = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Just short of the runner's own limit, so that a failure names what it waited for. */
const PATIENCE = 110_000;

export type Place = AsyncDisposable & {
  sandbox: Sandbox;
  page: SandboxPage;
  /** What went wrong in any tab: uncaught errors, complaints of the console, refused loads. */
  complaints: string[];
  /** A tab of a browser of its own, as a person on their own machine. */
  tab: (persona: string, channel: string, options?: BrowserContextOptions) => Promise<Page>;
  /** What every tab shows, and how the last calls to Slack and AWS went. */
  whatStands: () => Promise<string>;
  /** A tab of somebody who knows the address and not the token. */
  stranger: () => Promise<Page>;
};

/** The whole sandbox with its page, the bot in its process, and a real browser. */
export async function aPlace(options: { runbooks?: string; manifest?: string } = {}): Promise<Place> {
  await using opening = new AsyncDisposableStack();
  const sandbox = opening.use(
    await startSandbox({ redisUrl: process.env["TEST_REDIS_URL"], path: process.env["PATH"], ...options }),
  );
  const runbooksDir = options.runbooks ?? resolve(root, "runbooks");
  const { manifest } = options;
  const page = opening.use(await startPage(sandbox, { runbooksDir, ...(manifest ? { manifest } : {}) }));
  const browser: Browser = await chromium.launch({ executablePath, args: argumentsOfChromium });
  opening.defer(() => browser.close());
  const complaints: string[] = [];
  const tabs: Page[] = [];
  const stack = opening.move();
  return {
    sandbox,
    page,
    complaints,
    async tab(persona, channel, contextOptions = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...contextOptions });
      context.setDefaultTimeout(PATIENCE);
      const tab = await context.newPage();
      tabs.push(tab);
      tab.on("pageerror", (error) => complaints.push(error.message));
      tab.on("console", (message) => {
        // 409 is how the sandbox says that somebody's client would not offer that.
        if (message.type() === "error" && !message.text().includes("409")) complaints.push(message.text());
      });
      await tab.goto(`${page.origin}/?as=${persona}&channel=${channel}#token=${page.token}`);
      await tab.getByRole("main").getByRole("heading", { level: 2 }).filter({ hasText: /\w/ }).waitFor();
      return tab;
    },
    async whatStands() {
      const open = tabs.filter((tab) => !tab.isClosed());
      const shown = await Promise.all(
        open.map(async (tab) => `${tab.url()}\n${await tab.locator("body").innerText()}`),
      );
      const calls = sandbox.aws.calls.query().slice(-LAST_CALLS).map(callInWords);
      return [...shown, ...calls].join("\n\n");
    },
    async stranger() {
      const tab = await browser.newPage();
      tab.setDefaultTimeout(PATIENCE);
      await tab.goto(page.origin);
      return tab;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const LAST_CALLS = 60;

function callInWords({ at, service, operation, status, access, fault, error }: CallRecord): string {
  return [at.toISOString(), service, operation, status, access, fault, error?.code].filter(Boolean).join(" ");
}

/** Of a test that fails, says what stood where: a run elsewhere leaves nothing else of it. */
export function tellsWhatStood(place: () => Place | undefined): void {
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") console.error(await place()?.whatStands());
  });
}

export async function type(tab: Page, text: string): Promise<void> {
  const composer = tab.getByRole("combobox", { name: "Message to the channel" });
  await composer.fill(text);
  await composer.press("Escape");
  await composer.press("Enter");
}

export function modal(tab: Page): Locator {
  return tab.locator("dialog.modal");
}

/** Fills the form on screen, by its labels, and sends it. */
export async function fillAndSend(tab: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await modal(tab).getByLabel(label).fill(value);
  await modal(tab).getByRole("button", { name: "Send request" }).click();
}

/** Presses a button of the newest message that has it, and answers its question with yes. */
export async function press(tab: Page, name: string | RegExp, yes?: string): Promise<void> {
  await tab.getByRole("log", { name: "Messages" }).getByRole("button", { name }).last().click();
  if (yes !== undefined) await tab.locator("dialog.confirm").getByRole("button", { name: yes }).click();
}

export function newestMessage(tab: Page): Locator {
  return tab.getByRole("log", { name: "Messages" }).getByRole("article").last();
}

/** The newest card of a request; what the app says to this person alone may stand below it. */
export function newestCard(tab: Page): Locator {
  return tab
    .getByRole("log", { name: "Messages" })
    .getByRole("article")
    .filter({ has: tab.getByRole("button", { name: "Show the exact request" }) })
    .last();
}

export async function go(tab: Page, place: string): Promise<void> {
  await tab.getByRole("navigation", { name: "Channels" }).getByRole("button", { name: place }).click();
}

/** Asks for one order and waits until the card stands. */
export async function askForAnOrder(tab: Page, order: string, reason: string): Promise<void> {
  await type(tab, "/jit request orders-by-id");
  await fillAndSend(tab, { "Order number": order, Reason: reason });
  await modal(tab).waitFor({ state: "hidden" });
}

/** Throws a switch of the controls, which this tab has open. */
export async function flip(tab: Page, name: string | RegExp): Promise<void> {
  await tab.getByRole("tabpanel", { name: "Controls" }).getByRole("button", { name, exact: true }).click();
}
