import { bucketArn, folderArn, kmsKeyArn, workgroupArn } from "./athena-arns.ts";
import { athenaAuthorization } from "./athena-authorization.ts";
import { athenaMutations } from "./athena-mutations.ts";
import { type AthenaRight, athenaRights, nameOf } from "./athena-rights.ts";
import { checkAthenaScope } from "./check-athena-scope.ts";
import { checkPolicyShape } from "./check-policy-shape.ts";
import { leasePolicy } from "./lease-policy.ts";
import { byEngine, type PlannedCalls, type PlannedQueries } from "./planned-calls.ts";
import type { Conditions, PolicyDocument, Statement } from "./policy-document.ts";
import { answerIsWrong, type Proof, type ProofCheck, type ProofFailure } from "./policy-proof.ts";
import { PolicyRefused } from "./policy-refused.ts";

/**
 * What it takes to wait for a query that another session of the run started, and to read its rows: nothing can be
 * started with it, and no data is read but the result.
 */
export function followPolicy(input: PlannedCalls, expiresAt: Date): string {
  const plan = queriesOf(input);
  checkAthenaScope(plan);
  const { scope, target } = plan;
  const { results } = scope.workgroup;
  const document: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["athena:GetQueryExecution", "athena:GetQueryResults"],
        Resource: workgroupArn(target, scope.workgroup.name),
        Condition: { StringEquals: { "aws:RequestedRegion": target.region } },
      },
      ...(results.kind === "bucket" ? [fetchResults(plan, results)] : []),
      ...(scope.kmsKeys.length > 0 ? [decryptResults(plan)] : []),
    ],
  };
  return leasePolicy(document, expiresAt);
}

/**
 * Whether a leased policy follows and does nothing else: of everything that the plan asks of IAM, waiting and reading the
 * result is allowed at `now` and the rest is denied, and so is every mutation of it.
 */
export function proveFollowPolicy(
  input: PlannedCalls & { policy: PolicyDocument; expiresAt: Date; now: Date },
): Proof {
  const { policy, expiresAt, now } = input;
  const plan = queriesOf(input);
  const all = athenaRights(plan);
  const kept = all.filter((right) => follows(right, plan));
  const failures: ProofFailure[] = checkPolicyShape(policy).map((reason) => ({ reason }));
  const checks: ProofCheck[] = [];
  const ask = (check: ProofCheck, request: Parameters<typeof answerIsWrong>[1]) => {
    checks.push(check);
    const failure = answerIsWrong(check, request, policy);
    if (failure) failures.push(failure);
  };
  for (const right of all) {
    const call = nameOf(right);
    const request = athenaAuthorization(right, plan.target, now);
    if (kept.includes(right)) ask({ call, expect: "allowed" }, request);
    else ask({ call, expect: "denied", mutation: "by a session that only follows" }, request);
    for (const mutation of athenaMutations(right, kept, plan.target, { now, expiresAt }))
      ask({ call, expect: "denied", mutation: mutation.title }, mutation.request);
  }
  const [first, ...others] = failures;
  return first ? { proven: false, failures: [first, ...others] } : { proven: true, checks };
}

function queriesOf(input: PlannedCalls): PlannedQueries {
  const { engine, plan } = byEngine(input);
  if (engine !== "athena") throw new PolicyRefused("scope", "Only an Athena query can be followed.");
  return plan;
}

function follows({ action, resource }: AthenaRight, { scope, target }: PlannedQueries): boolean {
  const { results } = scope.workgroup;
  switch (action) {
    case "athena:GetQueryExecution":
    case "athena:GetQueryResults":
    case "kms:Decrypt":
      return true;
    case "s3:GetBucketLocation":
      return results.kind === "bucket" && resource === bucketArn(target, results.bucket);
    case "s3:GetObject":
      return results.kind === "bucket" && resource === folderArn(target, results.bucket, results.prefix);
    default:
      return false;
  }
}

const throughAthena: Conditions = {
  "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" },
};

/** GetQueryResults reads the file in the caller's name (Athena User Guide, "Query results and recent queries"). */
function fetchResults({ target }: PlannedQueries, folder: { bucket: string; prefix: string }): Statement {
  return {
    Effect: "Allow",
    Action: ["s3:GetBucketLocation", "s3:GetObject"],
    Resource: [bucketArn(target, folder.bucket), `${folderArn(target, folder.bucket, folder.prefix)}*`],
    Condition: throughAthena,
  };
}

function decryptResults({ scope, target }: PlannedQueries): Statement {
  return {
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: [...new Set(scope.kmsKeys.map((key) => kmsKeyArn(target, key)))].sort(),
    Condition: throughAthena,
  };
}
