import { join, resolve } from "node:path";
import { tryJit } from "./bot-process.ts";
import { type Page, startPage } from "./page/start-page.ts";
import type { RunbooksReport } from "./page/page-api.ts";
import { readCall } from "./read-call.ts";
import { type Sandbox, startSandbox } from "./start-sandbox.ts";

/**
 * `npm run sandbox [-- --json] [--http] [--runbooks DIR]`: starts everything, says where it is, stays up until Ctrl-C.
 * A call or a folder of runbooks that is not good ends with 1 and sentences.
 */
const call = readCall("sandbox", ["json", "http", "runbooks"], process.argv.slice(2));
const refused = "refused" in call ? call.refused : await problemsOf(call.runbooks);
if ("refused" in call || refused !== undefined) {
  process.stderr.write(refused ?? "");
  process.exitCode = 1;
} else {
  await run(call.flags, call.runbooks === undefined ? undefined : resolve(call.runbooks));
}

async function run(flags: ReadonlySet<string>, runbooks: string | undefined): Promise<void> {
  const stopped = new Promise<void>((done) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => done());
  });
  await using sandbox = await startSandbox({
    transport: flags.has("http") ? "http" : "socket",
    redisUrl: process.env["REDIS_URL"],
    path: process.env["PATH"],
    ...(runbooks === undefined ? {} : { runbooks }),
    onBotLine: (line) => process.stderr.write(`${line}\n`),
  });
  await using page = await startPage(sandbox, {
    runbooksDir: runbooks ?? join(import.meta.dirname, "../../runbooks"),
    onRunbooks: tellBad,
  });
  const addresses = addressesOf(sandbox, page);
  process.stdout.write(flags.has("json") ? `${JSON.stringify(addresses)}\n` : sentences(addresses));
  await stopped;
}

/** What `jit lint` says of a folder that was named and is not good. */
async function problemsOf(runbooks: string | undefined): Promise<string | undefined> {
  if (runbooks === undefined) return undefined;
  const { code, printed } = await tryJit(["lint", resolve(runbooks)], {});
  return code === 0 ? undefined : printed;
}

/** On standard error, beside the bot's log: whoever edits may have no page open. */
function tellBad({ status, lines }: RunbooksReport): void {
  if (status !== "bad") return;
  process.stderr.write(
    `The runbooks have problems; the bot keeps the last good ones.\n${lines.map((line) => `  ${line}\n`).join("")}`,
  );
}

function addressesOf({ slack, aws, redis, environment, bot }: Sandbox, page: Page) {
  return {
    page: page.url,
    slack: {
      url: slack.url,
      apiUrl: slack.apiUrl,
      control: `${slack.url}/control`,
      controlToken: slack.controlToken,
    },
    aws: { url: aws.url, control: `${aws.controlUrl}/control`, controlToken: aws.controlToken },
    redis: redis.kind,
    redisDescribed: redis.describe,
    health: `http://127.0.0.1:${environment["JIT_HEALTH_PORT"]}`,
    bot: bot.pid,
  };
}

function sentences({
  page,
  slack,
  aws,
  redisDescribed,
  bot,
  health,
}: ReturnType<typeof addressesOf>): string {
  return [
    "The sandbox is up. Nothing in it is real, and everything in it is enforced.",
    "",
    `  Page    ${page}`,
    "",
    `  Slack   ${slack.url}   control API ${slack.control}`,
    `          token ${slack.controlToken}`,
    `  AWS     ${aws.url}   control API ${aws.control}`,
    `          token ${aws.controlToken}`,
    `  Redis   ${redisDescribed}`,
    `  Bot     process ${bot}, health ${health}/readyz`,
    "",
    "Open the page in a browser, or type as the on-call engineer:",
    "",
    `  curl -s -H "Authorization: Bearer ${slack.controlToken}" -H "content-type: application/json" \\`,
    `    -d '{"text": "/jit help", "channel": "#incidents"}' ${slack.url}/control/as/oncall/command`,
    "",
    "All that a person can do is in docs/sandbox.md. Ctrl-C ends everything.",
    "",
  ].join("\n");
}
