import { readTableConfig } from "../config.ts";
import { ConfigError, RunbookError, describeProblem } from "../errors.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import type { RoleDocument } from "../iam/roles/role-document.ts";
import { roleDocuments } from "../iam/roles/role-documents.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { indexes } from "../store/keys.ts";
import type { Io } from "./command.ts";

/** Flags that say about the roles what the catalogue does not. */
export const roleFlags = ["--account", "--external-id", "--bot", "--runs-on", "--revoker"] as const;

export type RoleFlags = Readonly<Partial<Record<(typeof roleFlags)[number], string>>>;

/** What the caller must correct; one sentence. */
export class Mistake extends Error {
  override readonly name = "Mistake";
}

/** The roles that the catalogue needs. What can't be known from it and the flags is a `Mistake`. */
export function wantedRoles(catalogue: Catalogue, flags: RoleFlags, io: Io): RoleDocument[] {
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

/** What went wrong, for whoever typed the command; throws what is nobody's mistake. */
export function complaints(error: unknown): string[] {
  if (error instanceof RunbookError)
    return error.problems.map((problem) => `error ${describeProblem(problem)}`);
  if (error instanceof ConfigError || error instanceof PolicyRefused || error instanceof Mistake)
    return [`error ${error.message}`];
  if (error instanceof Error && "code" in error) return [`error ${error.message}`];
  throw error;
}

export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
