import { asCloudFormation } from "../iam/roles/as-cloudformation.ts";
import { asJson } from "../iam/roles/as-json.ts";
import { asTerraform } from "../iam/roles/as-terraform.ts";
import { compareRole } from "../iam/roles/compare-roles.ts";
import type { DeployedRole } from "../iam/roles/read-deployed.ts";
import type { RoleDocument } from "../iam/roles/role-document.ts";
import { loadCatalogue } from "../runbook/load-catalogue.ts";
import { checkSessionPolicies } from "../workflow/check-session-policies.ts";
import { type Command, type Io, runbooksDir } from "./command.ts";
import { readDeployedFile } from "./deployed-file.ts";
import { readFlagValues } from "./flag-values.ts";
import { complaints, distinct, Mistake, roleFlags, wantedRoles } from "./wanted-roles.ts";

const formats: Readonly<Record<string, typeof asJson>> = {
  cloudformation: asCloudFormation,
  terraform: asTerraform,
  json: asJson,
};

const valued = [...roleFlags, "--format", "--diff", "--role"] as const;

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
      const dir = call.words[0] ?? runbooksDir(io);
      const { catalogue } = await loadCatalogue(dir, { checks: checkSessionPolicies });
      const roles = wantedRoles(catalogue, flags, io);
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
  const deployed = await readDeployedFile(file);
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
