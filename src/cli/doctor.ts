import { createOwnClients } from "../aws/clients.ts";
import { type Config, readConfig } from "../config.ts";
import { ConfigError, RunbookError, describeProblem } from "../errors.ts";
import { type Catalogue, loadCatalogue } from "../runbook/load-catalogue.ts";
import { createCanaryBook } from "../store/canary-book.ts";
import { checkPolicies } from "../workflow/check-policies.ts";
import { checkSessionPolicies } from "../workflow/check-session-policies.ts";
import { type Command, type Io, readArgs } from "./command.ts";
import { checkIdentity } from "./doctor/check-identity.ts";
import { checkRedis } from "./doctor/check-redis.ts";
import { checkRoles } from "./doctor/check-roles.ts";
import { checkCanary } from "./doctor/check-canary.ts";
import { checkSlack } from "./doctor/check-slack.ts";
import { checkTable } from "./doctor/check-table.ts";
import { error, type Finding, ok, unseen } from "./doctor/finding.ts";

export const doctor: Command = {
  name: "doctor",
  usage: "doctor [--json]",
  summary: "Check a live deployment without changing it: configuration, runbooks, AWS, Redis, Slack, roles.",
  async run(args, io) {
    const call = readArgs(args, { flags: ["--json"], words: 0 });
    if (!call) {
      io.err(`Usage: jit ${doctor.usage}`);
      return 2;
    }
    const findings = await examine(io.env);
    if (call.flags.has("--json")) io.out(JSON.stringify({ findings }, undefined, 2));
    else print(findings, io);
    return findings.some(({ status }) => status === "error") ? 1 : 0;
  },
};

/** Every check that the ones before it leave possible. */
async function examine(env: Io["env"]): Promise<Finding[]> {
  const { config, findings } = configured(env);
  const books = await runbooks(config?.runbooksDir ?? (env["JIT_RUNBOOKS"] || "runbooks"));
  if (!config) return [...findings, ...books.findings];
  const [aws, redis, slack] = await Promise.all([
    checkAws(config, books.catalogue),
    checkRedis(config.redisUrl),
    checkSlack(config, books.catalogue?.access),
  ]);
  return [...findings, ...books.findings, ...aws, ...redis, ...slack];
}

function configured(env: Io["env"]): { config?: Config; findings: Finding[] } {
  try {
    return { config: readConfig(env), findings: [ok("configuration", "It can be read.")] };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    const fix = "Correct the environment (docs/configuration.md); the rest is checked then.";
    return { findings: thrown.mistakes.map((mistake) => error("configuration", mistake, fix)) };
  }
}

async function runbooks(dir: string): Promise<{ catalogue?: Catalogue; findings: Finding[] }> {
  try {
    const { catalogue, warnings } = await loadCatalogue(dir, {
      checks: checkSessionPolicies,
      accessChecks: checkPolicies,
    });
    const noted = warnings.length > 0 ? `, ${warnings.length} warning(s): jit lint shows them` : "";
    return {
      catalogue,
      findings: [ok("runbooks", `${catalogue.runbooks.size} runbook(s) in ${dir}${noted}.`)],
    };
  } catch (thrown) {
    if (!(thrown instanceof RunbookError)) throw thrown;
    const fix = "Correct the file; jit lint checks it without a deployment.";
    return { findings: thrown.problems.map((problem) => error("runbooks", describeProblem(problem), fix)) };
  }
}

async function checkAws(config: Config, catalogue: Catalogue | undefined): Promise<Finding[]> {
  const place = { region: config.region, ...(config.awsEndpoint ? { endpoint: config.awsEndpoint } : {}) };
  using own = createOwnClients(place);
  const identity = await checkIdentity(own.sts, () => new Date());
  if (identity.arn === undefined) {
    const says = "Table, canary and roles were not looked at: AWS did not say who the bot is.";
    return [...identity.findings, unseen("table", says, "Mend the identity and run jit doctor again.")];
  }
  return [
    ...identity.findings,
    ...(await checkTable(own.dynamodb, config.table)),
    ...(await checkCanary(config, catalogue, createCanaryBook(own.dynamodb, config.table), new Date())),
    ...(catalogue ? await checkRoles({ sts: own.sts, place }, catalogue) : []),
  ];
}

const marks: Record<Finding["status"], string> = {
  ok: "ok     ",
  warning: "warning",
  error: "ERROR  ",
  unseen: "unseen ",
};

function print(findings: readonly Finding[], io: Io): void {
  for (const { status, about, says, fix } of findings) {
    io.out(`${marks[status]}  ${about}: ${says}`);
    if (fix !== undefined) io.out(`         → ${fix}`);
  }
  const count = (wanted: Finding["status"]) => findings.filter(({ status }) => status === wanted).length;
  io.out(
    `${count("ok")} ok, ${count("warning")} warning(s), ${count("error")} error(s), ${count("unseen")} that can't be seen from here`,
  );
}
