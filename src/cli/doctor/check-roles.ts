import { randomBytes } from "node:crypto";
import { StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import type { STSClient } from "@aws-sdk/client-sts";
import { assumeRole, type AssumedSession } from "../../aws/assume-role.ts";
import { createRolePolicies } from "../../aws/role-policies.ts";
import { type AwsPlace, createAthenaClient, createSessionClient } from "../../aws/clients.ts";
import { DENY_LIST_POLICY } from "../../aws/deny-list.ts";
import { describeStsError } from "../../aws/describe-aws-error.ts";
import { isRefusal } from "../../execution/probe-dynamodb.ts";
import { sendCall } from "../../execution/send-call.ts";
import type { Catalogue } from "../../runbook/load-catalogue.ts";
import type { PlannedCall, Target } from "../../runbook/plan.ts";
import { requestShapes } from "../../runbook/request-shapes.ts";
import { error, type Finding, nameOf, ok, unseen } from "./finding.ts";

const TIMEOUT_MS = 10_000;

/** Whatever the role allows, these sessions can do nothing. */
const denyAll = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
});

type Context = { sts: STSClient; place: AwsPlace };

/**
 * Each role of the catalogue: that the bot can assume it as it does for a run, that a session which may do nothing is
 * refused a planned call, and that the trust holds out against a call without the external id.
 */
export async function checkRoles(
  context: Context,
  catalogue: Pick<Catalogue, "runbooks" | "dataSources">,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const role of rolesOf(catalogue)) findings.push(...(await checkRole(context, role)));
  return findings;
}

type Role = { arn: string; target: Target; as: "person" | "janitor" | "revoker"; call?: PlannedCall };

function rolesOf({ runbooks, dataSources }: Pick<Catalogue, "runbooks" | "dataSources">): Role[] {
  const roles = new Map<string, Role>();
  for (const dataSource of dataSources.values()) {
    const { target } = dataSource;
    const own = [...runbooks.values()].filter(({ datasource }) => datasource === dataSource.name);
    const calls = own.flatMap((runbook) =>
      requestShapes(runbook, "example", dataSource)
        .flatMap((shape) => shape.calls)
        // A write is never tried out, not even where it must be refused.
        .filter(({ action }) => action !== "dynamodb:UpdateItem"),
    );
    const known = roles.get(target.role);
    const call = known?.call ?? calls[0];
    roles.set(target.role, { arn: target.role, target, as: "person", ...(call && { call }) });
    if (dataSource.service === "athena" && target.janitorRole !== undefined)
      roles.set(target.janitorRole, { arn: target.janitorRole, target, as: "janitor" });
    if (target.revokerRole !== undefined)
      roles.set(target.revokerRole, { arn: target.revokerRole, target, as: "revoker" });
  }
  return [...roles.values()].toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
}

async function checkRole(context: Context, role: Role): Promise<Finding[]> {
  const about = `role ${role.arn.split("/").at(-1)}`;
  const { externalId } = role.target;
  const assumed = await tryAssume(context.sts, role, externalId);
  if (assumed.status === "refused") {
    return [
      error(
        about,
        `The bot can't assume it (${assumed.name}): ${assumed.sentence}`,
        "Compare its trust policy, the bot's role and externalId in datasources.yml with what jit iam prints.",
      ),
    ];
  }
  return [
    ok(about, "The bot can assume it, with person, tags and session policy."),
    ...(role.call ? [await probeFinding(context, role, role.call, assumed.session, about)] : []),
    ...(role.as === "revoker" ? [await denyListFinding(context, role, assumed.session, about)] : []),
    await externalIdFinding(context.sts, role, about),
  ];
}

async function probeFinding(
  { place }: Context,
  { target }: Role,
  call: PlannedCall,
  { credentials }: AssumedSession,
  about: string,
): Promise<Finding> {
  const there = { ...place, region: target.region };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    if (call.action === "athena:StartQueryExecution") {
      using client = disposable(createAthenaClient(there, credentials, correlation));
      const { ExecutionParameters, ...request } = call.request;
      await client.it.send(
        new StartQueryExecutionCommand({
          ...request,
          ...(ExecutionParameters && { ExecutionParameters: [...ExecutionParameters] }),
          ClientRequestToken: randomBytes(32).toString("hex"),
        }),
        { abortSignal: signal },
      );
    } else if (call.action !== "dynamodb:UpdateItem") {
      using client = disposable(createSessionClient(there, credentials, correlation));
      await sendCall(client.it, call, signal);
    }
    return error(
      about,
      `${call.action} went through in a session that may do nothing.`,
      "Look for a resource policy that names sessions of this role: such a grant is not cut by a session policy.",
    );
  } catch (thrown) {
    const name = nameOf(thrown);
    if (isRefusal(name)) return ok(about, `A session that may do nothing is refused ${call.action}.`);
    return unseen(
      about,
      `Whether ${call.action} is refused can't be told: it ended with ${name}.`,
      "Run jit doctor again; if it stays, compare the data source with the account.",
    );
  }
}

/** The deny-list is only read, in a session that may not even do that. */
async function denyListFinding(
  { place }: Context,
  { target }: Role,
  { credentials }: AssumedSession,
  about: string,
): Promise<Finding> {
  try {
    const policies = createRolePolicies(place, target.partition, credentials);
    await policies.get(target.role.split("/").at(-1) ?? "", DENY_LIST_POLICY);
    return error(
      about,
      "Reading the deny-list went through in a session that may do nothing.",
      "Look for a permission that sessions of this role have from elsewhere.",
    );
  } catch (thrown) {
    const name = nameOf(thrown);
    // IAM's own name for it; DynamoDB and Athena have the longer one.
    if (name === "AccessDenied") return ok(about, "A session that may do nothing is refused the deny-list.");
    return unseen(
      about,
      `Whether the deny-list is refused can't be told: it ended with ${name}.`,
      "Run jit doctor again; if it stays, let the host reach IAM.",
    );
  }
}

const correlation = { grant: "doctor", run: 0 };

async function externalIdFinding(sts: STSClient, role: Role, about: string): Promise<Finding> {
  const fix =
    "Put the condition StringEquals sts:ExternalId on the sts:AssumeRole statement of its trust (jit iam prints it).";
  if (role.target.externalId === undefined)
    return unseen(
      about,
      "datasources.yml declares no externalId for it, so its trust asks for none.",
      "Give the target an externalId, above all when the role is in another account than the bot.",
    );
  const without = await tryAssume(sts, role, undefined);
  if (without.status === "assumed") return error(about, "Its trust opens also without the external id.", fix);
  if (without.name === "AccessDenied") return ok(about, "Its trust refuses a call without the external id.");
  return unseen(about, `Whether its trust asks for the external id can't be told: ${without.name}.`, fix);
}

type Attempt =
  | { status: "assumed"; session: AssumedSession }
  | { status: "refused"; name: string; sentence: string };

/** As a run does it; the names say in CloudTrail what it was for. */
async function tryAssume(sts: STSClient, role: Role, externalId: string | undefined): Promise<Attempt> {
  try {
    const session = await assumeRole(
      sts,
      {
        roleArn: role.arn,
        ...(externalId === undefined ? {} : { externalId }),
        sessionName: role.as === "person" ? "jit-doctor" : `jit-${role.as}-doctor`,
        sourceIdentity: role.as === "person" ? "T0DOCTOR.U0DOCTOR" : `jit-${role.as}`,
        tags: { grant: "doctor", runbook: "doctor", version: "0.0.0" },
        policy: denyAll,
      },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    return { status: "assumed", session };
  } catch (thrown) {
    return { status: "refused", name: nameOf(thrown), sentence: describeStsError(thrown).sentence };
  }
}

function disposable<T extends { destroy(): void }>(it: T): Disposable & { it: T } {
  return { it, [Symbol.dispose]: () => it.destroy() };
}
