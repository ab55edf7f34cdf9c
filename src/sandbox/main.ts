import { join } from "node:path";
import { startPage } from "./page/start-page.ts";
import { startSandbox } from "./start-sandbox.ts";

/** `npm run sandbox [-- --json] [--http] [--runbooks DIR]`: starts everything, says where it is, stays up until Ctrl-C. */
const args = process.argv.slice(2);
const runbooks = args.includes("--runbooks") ? args[args.indexOf("--runbooks") + 1] : undefined;
const json = args.includes("--json");

const stopped = new Promise<void>((resolve) => {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve());
});
await using sandbox = await startSandbox({
  transport: args.includes("--http") ? "http" : "socket",
  redisUrl: process.env["REDIS_URL"],
  path: process.env["PATH"],
  ...(runbooks === undefined ? {} : { runbooks }),
  onBotLine: (line) => process.stderr.write(`${line}\n`),
});
const { slack, aws, redis, environment, bot } = sandbox;
await using page = await startPage(sandbox, {
  runbooksDir: runbooks ?? join(import.meta.dirname, "../../runbooks"),
});
const addresses = {
  page: page.url,
  slack: {
    url: slack.url,
    apiUrl: slack.apiUrl,
    control: `${slack.url}/control`,
    controlToken: slack.controlToken,
  },
  aws: { url: aws.url, control: `${aws.controlUrl}/control`, controlToken: aws.controlToken },
  redis: redis.kind,
  health: `http://127.0.0.1:${environment["JIT_HEALTH_PORT"]}`,
  bot: bot.pid,
};
process.stdout.write(json ? `${JSON.stringify(addresses)}\n` : sentences());
await stopped;

function sentences(): string {
  return [
    "The sandbox is up. Nothing in it is real, and everything in it is enforced.",
    "",
    `  Page    ${page.url}`,
    "",
    `  Slack   ${slack.url}   control API ${addresses.slack.control}`,
    `          token ${slack.controlToken}`,
    `  AWS     ${aws.url}   control API ${addresses.aws.control}`,
    `          token ${aws.controlToken}`,
    `  Redis   ${redis.describe}`,
    `  Bot     process ${bot.pid}, health ${addresses.health}/readyz`,
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
