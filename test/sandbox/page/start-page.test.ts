import { request as httpRequest } from "node:http";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AwsPeer, startAws } from "../../../src/sandbox/aws/start-aws.ts";
import type { KeptBot } from "../../../src/sandbox/kept-bot.ts";
import { type Page, startPage } from "../../../src/sandbox/page/start-page.ts";
import { type RedisPeer, startRedis } from "../../../src/sandbox/redis.ts";
import { type SlackPeer, startSlack } from "../../../src/sandbox/slack/start-slack.ts";

/** No bot is needed to open the door. */
const noBot: KeptBot = {
  pid: 0,
  lastLines: () => [],
  isRunning: () => false,
  reload: () => undefined,
  setClock: () => undefined,
  kill: async () => undefined,
  restart: async () => undefined,
  stop: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

type Headers = Record<string, string>;
type Answer = { status: number; headers: Record<string, unknown>; body: string };

/** With any Host, which fetch would not let us choose. */
function ask(page: Page, path: string, headers: Headers = {}, method = "GET", body = ""): Promise<Answer> {
  const { hostname, port } = new URL(page.origin);
  return new Promise((done, failed) => {
    const sent = httpRequest({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    sent.on("error", failed);
    sent.end(body);
  });
}

describe("the page of the sandbox", () => {
  let slack: SlackPeer;
  let aws: AwsPeer;
  let redis: RedisPeer;
  let page: Page;
  let dir: string;
  let reloads = 0;
  const opened = new AsyncDisposableStack();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "jit-page-"));
    opened.defer(() => rm(dir, { recursive: true, force: true }));
    await cp(resolve(import.meta.dirname, "../../../runbooks"), dir, { recursive: true });
    redis = opened.use(await startRedis({ url: process.env["TEST_REDIS_URL"], path: process.env["PATH"] }));
    aws = opened.use(await startAws());
    slack = opened.use(await startSlack());
    const bot = { ...noBot, reload: () => void (reloads += 1) };
    const environment = { JIT_QUEUE_PREFIX: "page-test" };
    const [orders, pagerDuty] = [undefined as never, undefined as never];
    page = opened.use(
      await startPage(
        {
          slack,
          aws,
          redis,
          pagerDuty,
          orders,
          bot,
          environment,
          [Symbol.asyncDispose]: async () => undefined,
        },
        { runbooksDir: dir },
      ),
    );
  });
  afterAll(() => opened.disposeAsync());

  const withToken = (): Headers => ({ authorization: `Bearer ${page.token}` });

  test("lets nothing in but its own files, and lets nothing frame it", async () => {
    const { status, headers } = await ask(page, "/");
    expect(status).toBe(200);
    const policy = String(headers["content-security-policy"]);
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "trusted-types 'none'",
    ]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain("unsafe");
    expect((await ask(page, "/")).body).not.toMatch(/<script(?![^>]*src=)|style=|onclick=/);
  });

  test("gives its scripts without their types, and nothing outside its folder", async () => {
    const { body, headers } = await ask(page, "/main.ts");
    expect(headers["content-type"]).toContain("text/javascript");
    expect(body).not.toContain("import type");
    for (const path of ["/../admit.ts", "/%2e%2e/admit.ts", "/page-api.ts", "/tsconfig.json"]) {
      expect({ path, status: (await ask(page, path)).status }).toEqual({ path, status: 404 });
    }
  });

  test.each([
    ["a name that was made to resolve to loopback", { host: "sandbox.example.com" }],
    ["another port", { host: "127.0.0.1:1" }],
    ["no port", { host: "localhost" }],
  ])("does not answer to %s", async (_, headers) => {
    expect((await ask(page, "/", headers)).status).toBe(421);
    expect((await ask(page, "/api/about", { ...withToken(), ...headers })).status).toBe(421);
  });

  test.each([
    ["without the token", () => ({}), 401],
    ["with another token", () => ({ authorization: "Bearer nonsense" }), 401],
    [
      "from another origin that knows the token",
      () => ({ ...withToken(), origin: "http://127.0.0.1:1" }),
      403,
    ],
    ["from another site", () => ({ ...withToken(), "sec-fetch-site": "cross-site" }), 403],
    ["from another port of this machine", () => ({ ...withToken(), "sec-fetch-site": "same-site" }), 403],
    ["typed into the address bar", () => ({ ...withToken(), "sec-fetch-site": "none" }), 403],
    [
      "from the page itself",
      () => ({ ...withToken(), origin: page.origin, "sec-fetch-site": "same-origin" }),
      200,
    ],
  ])("answers a call %s with the right status", async (_, headers, status) => {
    expect((await ask(page, "/api/about", headers())).status).toBe(status);
  });

  test("shows a persona the channels they are in and nothing else", async () => {
    const see = async (as: string, channel: string) =>
      JSON.parse((await ask(page, `/api/see?as=${as}&channel=${channel}`, withToken())).body) as {
        channels: { id: string }[];
        messages?: { text: string }[];
      };
    slack.as("lead").say("#jit-audit", "for the auditors");
    expect((await see("lead", "C0AUDIT")).messages?.map(({ text }) => text)).toEqual(["for the auditors"]);
    const outsider = await see("outsider", "C0AUDIT");
    expect(outsider.messages).toBeUndefined();
    expect(outsider.channels.map(({ id }) => id)).toEqual(["C0SHARED", expect.stringMatching(/^D/)]);
  });

  test("an act that the client would not offer is told as such", async () => {
    const { status, body } = await ask(
      page,
      "/api/as/oncall/click",
      withToken(),
      "POST",
      '{"on":"view","button":"Send"}',
    );
    expect({ status, body }).toEqual({ status: 409, body: '{"error":"no modal is open"}' });
  });

  test("a switch that does not exist or is out of its range is refused", async () => {
    for (const control of ['{"do":"explode"}', '{"do":"slack-slow","ms":-1}', "{"]) {
      expect((await ask(page, "/api/controls", withToken(), "POST", control)).status).toBe(400);
    }
  });

  test("a mistake in the runbooks is reported with file and line and not loaded; its cure is", async () => {
    const status = async () =>
      (
        JSON.parse((await ask(page, "/api/controls", withToken())).body) as {
          runbooks: { status: string; lines: string[] };
        }
      ).runbooks;
    await expect.poll(async () => (await status()).status, { timeout: 60_000 }).toBe("good");
    const before = reloads;
    const extra = join(dir, "broken.yml");
    await writeFile(extra, "kind: QueryRunbook\nnonsense: true\n");
    await expect.poll(async () => (await status()).status, { timeout: 60_000 }).toBe("bad");
    expect((await status()).lines.join("\n")).toMatch(/broken\.yml:\d+/);
    expect(reloads).toBe(before);
    await rm(extra);
    await expect.poll(async () => (await status()).status, { timeout: 60_000 }).toBe("good");
    expect(reloads).toBe(before + 1);
  });
});
