import { readFile } from "node:fs/promises";
import { readTableConfig } from "../config.ts";
import { ConfigError, RunbookError, describeProblem } from "../errors.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import { asCloudFormation } from "../iam/roles/as-cloudformation.ts";
import { asJson } from "../iam/roles/as-json.ts";
import { asTerraform } from "../iam/roles/as-terraform.ts";
import { compareRole } from "../iam/roles/compare-roles.ts";
import { type DeployedRole, readDeployed } from "../iam/roles/read-deployed.ts";
import type { RoleDocument } from "../iam/roles/role-document.ts";
import { roleDocuments } from "../iam/roles/role-documents.ts";
import { type Catalogue, loadCatalogue } from "../runbook/load-catalogue.ts";
import { indexes } from "../store/keys.ts";
import { checkSessionPolicies } from "../workflow/check-session-policies.ts";
import type { Command, Io } from "./command.ts";
import { readFlagValues } from "./flag-values.ts";

const formats: Readonly<Record<string, typeof asJson>> = {
  cloudformation: asCloudFormation,
  terraform: asTerraform,
  json: asJson,
};

const valued = [
  "--format",
  "--account",
  "--external-id",
  "--bot",
  "--runs-on",
  "--revoker",
  "--diff",
  "--role",
] as const;

type Flag = (typeof valued)[number];
type Flags = Readonly<Partial<Record<Flag, string>>>;

export const iam: Command = {
  name: "iam",
  usage:
    "iam [dir] [--format cloudformation|terraform|json] [--account ID] [--external-id X] [--bot ARN] [--runs-on SERVICE] [--revoker ARN] [--diff FILE [--role NAME]]",
  summary:
    "Print the IAM roles that the runbooks need (default: CloudFormation), or what differs in deployed ones (--diff).",
  async run(args, io) {
    const call = readFlagValues(args, { valued, words: 1 });
    const flags: Flags = call?.values ?? {};
    const print = Object.hasOwn(formats, flags["--format"] ?? "cloudformation")
      ? formats[flags["--format"] ?? "cloudformation"]
      : undefined;
    if (!call || !print) {
      io.err(`Usage: jit ${iam.usage}`);
      return 2;
    }
    try {
      const dir = call.words[0] ?? "runbooks";
      const { catalogue } = await loadCatalogue(dir, { checks: checkSessionPolicies });
      const roles = rolesOf(catalogue, flags, io);
      if (flags["--diff"] !== undefined) return await compare(roles, flags["--diff"], flags, io);
      const account = accountOf(roles, flags, print);
      const printed = roles.filter((role) => account === undefined || role.account === account);
      if (printed.length === 0) throw new Mistake(`No role of the catalogue lives in account ${account}.`);
      io.out(print(printed, `Made by jit iam from ${dir}, digest ${catalogue.digest}.`).trimEnd());
      return 0;
    } catch (error) {
      for (const line of complaints(error)) io.err(line);
      return 1;
    }
  },
};

/** What the caller must correct; one sentence. */
class Mistake extends Error {
  override readonly name = "Mistake";
}

function rolesOf(catalogue: Catalogue, flags: Flags, io: Io): RoleDocument[] {
  const targets = [...catalogue.dataSources.values()].map(({ target }) => target);
  const accounts = distinct(targets.map(({ account }) => account));
  const home = accounts.length === 1 ? accounts[0] : flags["--account"];
  const bot = flags["--bot"] ?? (home && `arn:${targets[0]?.partition ?? "aws"}:iam::${home}:role/jit-bot`);
  if (!bot)
    throw new Mistake(
      `The targets are in accounts ${accounts.join(", ")}: say whose is the bot, with --bot ARN.`,
    );
  checkExternalIds(targets, flags["--external-id"], io);
  const regions = distinct(targets.map(({ region }) => region));
  const { table, region } = readTableConfig({
    ...(regions.length === 1 && { AWS_REGION: regions[0] }),
    ...io.env,
  });
  const declared = distinct(targets.flatMap(({ revokerRole }) => revokerRole ?? []));
  if (flags["--revoker"] === undefined && declared.length > 1)
    throw new Mistake(`datasources.yml has ${declared.length} revoker roles: choose with --revoker ARN.`);
  const revoker = flags["--revoker"] ?? declared[0];
  return roleDocuments({
    catalogue,
    bot,
    runsOn: flags["--runs-on"] ?? "ecs-tasks.amazonaws.com",
    table: { name: table, region, indexes: Object.values(indexes) },
    ...(flags["--external-id"] !== undefined && { externalId: flags["--external-id"] }),
    ...(revoker !== undefined && { revoker }),
  });
}

/** The bot passes the external id of `datasources.yml`, so a trust that asks for another one would lock it out. */
function checkExternalIds(
  targets: readonly { role: string; externalId?: string; dataSource: string }[],
  given: string | undefined,
  io: Io,
): void {
  for (const [role, own] of Map.groupBy(targets, (target) => target.role)) {
    const declared = distinct(own.map(({ externalId }) => externalId ?? ""));
    if (declared.length > 1)
      throw new Mistake(`datasources.yml has ${declared.length} external ids for ${role}: a role has one.`);
    const [only = ""] = declared;
    if (given !== undefined && only !== "" && only !== given)
      throw new Mistake(`datasources.yml has another externalId for ${role} than --external-id.`);
    if (only === "" && given !== undefined)
      io.err(
        `warning: put externalId into the target of ${role} in datasources.yml, or the bot can't assume it.`,
      );
    if (only === "" && given === undefined)
      io.err(
        `warning: ${role} has no externalId: its trust can't tell the bot's own calls from a confused one.`,
      );
  }
}

/** A stack belongs to one account; JSON may show all. */
function accountOf(roles: readonly RoleDocument[], flags: Flags, print: typeof asJson): string | undefined {
  const given = flags["--account"];
  const accounts = distinct(roles.map(({ account }) => account));
  if (given === undefined && accounts.length > 1 && print !== asJson)
    throw new Mistake(
      `The roles are in accounts ${accounts.join(", ")}, and a template is for one: choose with --account ID.`,
    );
  return given;
}

async function compare(roles: readonly RoleDocument[], file: string, flags: Flags, io: Io): Promise<number> {
  const deployed = readDeployed(parse(await readFile(file, "utf8"), file));
  if (!deployed)
    throw new Mistake(
      `${file} is no role document: give what jit iam --format json or aws iam get-account-authorization-details prints, or one policy with --role NAME.`,
    );
  const pairs = roles.flatMap((role) => pairOf(role, deployed, flags["--role"]));
  if (pairs.length === 0)
    throw new Mistake(`${file} has none of the roles: ${roles.map(({ arn }) => arn).join(", ")}.`);
  let differences = 0;
  for (const { role, found } of pairs) {
    const all = found ? compareRole(role, found) : [];
    differences += found ? all.length : 1;
    io.out(`${role.arn}: ${found ? `${all.length} difference(s)` : "not in the file"}`);
    for (const { kind, says } of all) io.out(`  ${kind.padEnd(11)} ${says}`);
  }
  return differences === 0 ? 0 : 1;
}

function pairOf(role: RoleDocument, deployed: readonly DeployedRole[], only: string | undefined) {
  if (only !== undefined && only !== role.name) return [];
  const bare = deployed.find(({ arn }) => arn === undefined);
  if (bare) return only === undefined ? [] : [{ role, found: bare }];
  return [{ role, found: deployed.find(({ arn }) => arn === role.arn) }];
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Mistake(`${file} is not JSON.`, { cause });
  }
}

function complaints(error: unknown): string[] {
  if (error instanceof RunbookError)
    return error.problems.map((problem) => `error ${describeProblem(problem)}`);
  if (error instanceof ConfigError || error instanceof PolicyRefused || error instanceof Mistake)
    return [`error ${error.message}`];
  if (error instanceof Error && "code" in error) return [`error ${error.message}`];
  throw error;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
