import { type AthenaClient, StopQueryExecutionCommand } from "@aws-sdk/client-athena";
import type { STSClient } from "@aws-sdk/client-sts";
import { assumeRole } from "../aws/assume-role.ts";
import { type AwsPlace, createAthenaClient } from "../aws/clients.ts";
import { mayPass } from "../aws/describe-aws-error.ts";
import type { Target } from "../runbook/plan.ts";
import type { AbandonedQuery, QueryJanitor } from "../workflow/ports.ts";
import { askAgain } from "./ask-again.ts";
import { lookAt } from "./await-query.ts";

const STS_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 10_000;

/**
 * Attends to queries with sessions of the target's janitor role, one per query and attempt. Each may look at and stop
 * queries of the one workgroup; it can start nothing and read no result. They carry the grant's tags, and no person as
 * source identity: nobody asked for what they do.
 */
export function createQueryJanitor(deps: { sts: STSClient; place: AwsPlace }): QueryJanitor {
  return {
    async attend({ plan, run, query }) {
      const { target } = plan;
      if (target.janitorRole === undefined)
        throw new Error(
          `Data source ${target.dataSource} has no janitor role, so its queries can't be stopped`,
        );
      const wanted = {
        roleArn: target.janitorRole,
        ...(target.externalId === undefined ? {} : { externalId: target.externalId }),
        sessionName: `jit-janitor-${plan.requestId}-${run}`,
        sourceIdentity: "jit-janitor",
        tags: { grant: plan.requestId, runbook: plan.runbook.name, version: plan.runbook.version },
        policy: janitorPolicy(target, query.workgroup),
      };
      const signal = AbortSignal.timeout(STS_TIMEOUT_MS);
      const { credentials } = await askAgain(() => assumeRole(deps.sts, wanted, signal), mayPass, signal);
      const place = { ...deps.place, region: target.region };
      return attended(createAthenaClient(place, credentials, { grant: plan.requestId, run }), query);
    },
  };
}

function attended(client: AthenaClient, { queryExecutionId }: AbandonedQuery["query"]) {
  const bounded = () => AbortSignal.timeout(CALL_TIMEOUT_MS);
  return {
    async state() {
      return (await lookAt(client, queryExecutionId, bounded())).state;
    },
    async stop() {
      const command = new StopQueryExecutionCommand({ QueryExecutionId: queryExecutionId });
      await client.send(command, { abortSignal: bounded() });
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

function janitorPolicy({ partition, region, account }: Target, workgroup: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["athena:GetQueryExecution", "athena:StopQueryExecution"],
        Resource: `arn:${partition}:athena:${region}:${account}:workgroup/${workgroup}`,
      },
    ],
  });
}
