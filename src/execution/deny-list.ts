import type { STSClient } from "@aws-sdk/client-sts";
import { assumeRole } from "../aws/assume-role.ts";
import type { AwsPlace } from "../aws/clients.ts";
import { DENY_LIST_POLICY, denyListText } from "../aws/deny-list.ts";
import { mayPass } from "../aws/describe-aws-error.ts";
import { createRolePolicies, type RolePolicies } from "../aws/role-policies.ts";
import type { Plan } from "../runbook/plan.ts";
import type { Clock, DenyBook, DenyList } from "../workflow/ports.ts";
import { askAgain } from "./ask-again.ts";

const STS_TIMEOUT_MS = 10_000;

/**
 * Writes the inline policy `jit-revoked-grants` of a data role with sessions of the target's revoker role, whose own
 * policy names that one role. The whole list is written each time, by whoever holds the role's entry in the book.
 */
export function createDenyList(deps: {
  sts: STSClient;
  place: AwsPlace;
  book: DenyBook;
  clock: Clock;
}): DenyList {
  async function write(plan: Plan): Promise<"listed" | "older-sessions" | "busy"> {
    let how: "listed" | "older-sessions" = "listed";
    const roleName = plan.target.role.split("/").at(-1) ?? "";
    const outcome = await deps.book.write(plan.target.role, deps.clock.now(), async (entries) => {
      const policies = await policiesOf(deps, plan);
      const text = denyListText(entries, deps.clock.now());
      if (text === undefined) return policies.remove(roleName, DENY_LIST_POLICY);
      how = (await listed(policies, roleName, text)) ? "listed" : "older-sessions";
      if (how === "listed") {
        if (!text.includes("RevokedGrants")) how = "older-sessions";
        return;
      }
      // IAM did not take the list: every session that is older than now, in a policy that is always short enough.
      const older = denyListText(
        [{ olderThan: deps.clock.now().toISOString(), until: "" }],
        deps.clock.now(),
      );
      if (!(await listed(policies, roleName, older ?? "")))
        throw new Error("IAM took neither the deny-list nor what stands in for it");
    });
    return outcome === "busy" ? "busy" : how;
  }

  return {
    async deny(plan, until) {
      await deps.book.enter(plan.target.role, plan.requestId, until);
      return write(plan);
    },
    async purge(plan) {
      // Whoever else entered it at the same time may have given it a later end; its own, which is recorded, counts.
      await deps.book.enter(plan.target.role, plan.requestId, deps.clock.now().toISOString());
      return (await write(plan)) === "busy" ? "busy" : "done";
    },
  };
}

/** False when IAM refused it or shows another text. */
async function listed(policies: RolePolicies, roleName: string, text: string): Promise<boolean> {
  try {
    await policies.put(roleName, DENY_LIST_POLICY, text);
    return (await policies.get(roleName, DENY_LIST_POLICY)) === text;
  } catch {
    return false;
  }
}

async function policiesOf(
  { sts, place }: { sts: STSClient; place: AwsPlace },
  { target, requestId, runbook }: Plan,
): Promise<RolePolicies> {
  if (target.revokerRole === undefined)
    throw new Error(`Data source ${target.dataSource} has no revoker role, so there is no deny-list`);
  const wanted = {
    roleArn: target.revokerRole,
    ...(target.externalId === undefined ? {} : { externalId: target.externalId }),
    sessionName: `jit-revoker-${requestId}`,
    sourceIdentity: "jit-revoker",
    tags: { grant: requestId, runbook: runbook.name, version: runbook.version },
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy"],
          Resource: target.role,
        },
      ],
    }),
  };
  const signal = AbortSignal.timeout(STS_TIMEOUT_MS);
  const { credentials } = await askAgain(() => assumeRole(sts, wanted, signal), mayPass, signal);
  return createRolePolicies(place, target.partition, credentials);
}
