import { readRequest } from "../dynamodb/read-request.ts";
import { RequestError } from "../dynamodb/request-error.ts";
import { checkPolicyShape } from "./check-policy-shape.ts";
import { schemaOf, type PlannedCalls } from "./compile-session-policy.ts";
import { dynamoDbArn } from "./dynamodb-arn.ts";
import { dynamoDbAuthorization } from "./dynamodb-authorization.ts";
import { evaluate } from "./evaluate.ts";
import { mutationsOf, type PlannedCall } from "./mutations.ts";
import type { AuthorizationRequest, PolicyDocument, Statement } from "./policy-document.ts";
import { PolicyRefused } from "./policy-refused.ts";

/** One question put to the policy, and the answer that is right. `call`: number and action, `1 dynamodb:Query`. */
type ProofCheck = { call: string; expect: "allowed" | "denied"; mutation?: string };

/** What a policy failed: a check, or (without `call`) its form. `reason` is a sentence. */
export type ProofFailure = { call?: string; mutation?: string; reason: string };

export type Proof =
  | { proven: true; checks: readonly ProofCheck[] }
  | { proven: false; failures: readonly [ProofFailure, ...ProofFailure[]] };

/**
 * Whether a leased session policy allows the planned calls and nothing else: each call is allowed at `now`,
 * every mutation of it is denied, and no statement has a part that no call asked for. The questions come from
 * the requests themselves, not from the policy and not by way of the compiler, so a mistake of either shows.
 * The role is assumed to allow everything: what the policy leaves open counts as open.
 */
export function proveSessionPolicy(
  input: PlannedCalls & { policy: PolicyDocument; expiresAt: Date; now: Date },
): Proof {
  const plan = readPlan(input);
  if ("reason" in plan) return { proven: false, failures: [plan] };

  const failures: ProofFailure[] = checkPolicyShape(input.policy).map((reason) => ({ reason }));
  if (failures.length === 0) failures.push(...unplannedParts(input, plan));
  const checks: ProofCheck[] = [];
  const ask = (check: ProofCheck, request: AuthorizationRequest) => {
    checks.push(check);
    const failure = answerIsWrong(check, request, input.policy);
    if (failure) failures.push(failure);
  };
  for (const [index, call] of plan.entries()) {
    const name = `${index + 1} ${call.action}`;
    ask(
      { call: name, expect: "allowed" },
      dynamoDbAuthorization(call.action, call.facts, input.target, input.now),
    );
    for (const { title, request } of mutationsOf(call, plan, input.target, input.now, input.expiresAt)) {
      ask({ call: name, expect: "denied", mutation: title }, request);
    }
  }
  const [first, ...others] = failures;
  return first ? { proven: false, failures: [first, ...others] } : { proven: true, checks };
}

/** The calls as read from their requests, or why that is impossible. */
function readPlan(input: PlannedCalls): PlannedCall[] | ProofFailure {
  if (input.calls.length === 0) return { reason: "There is no call to prove." };
  try {
    return input.calls.map((call) => {
      const facts = readRequest(call, schemaOf(call, input.schemas));
      dynamoDbArn(input.target, facts.table, facts.index);
      return { action: call.action, facts };
    });
  } catch (error) {
    if (error instanceof RequestError || error instanceof PolicyRefused) return { reason: error.message };
    throw error;
  }
}

const everything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

function answerIsWrong(
  check: ProofCheck,
  request: AuthorizationRequest,
  policy: PolicyDocument,
): ProofFailure | undefined {
  const { allowed } = evaluate({ identity: [everything], session: [policy] }, request);
  if (allowed === (check.expect === "allowed")) return undefined;
  const { call, mutation } = check;
  return mutation === undefined
    ? { call, reason: `Call ${call} is planned, but the session policy denies it.` }
    : { call, mutation, reason: `Call ${call} would also be allowed as: ${mutation}.` };
}

/**
 * Mutations can only try some other partition or attribute; this finds the one that a statement names and no
 * call does. Also a statement that mixes the partitions of one call with the attributes of another.
 */
function unplannedParts(
  input: PlannedCalls & { policy: PolicyDocument; expiresAt: Date },
  plan: readonly PlannedCall[],
): ProofFailure[] {
  return input.policy.Statement.flatMap((statement, index) => {
    const planned = plan.filter((call) => isOf(call, statement, input));
    const keys = new Set(planned.flatMap((call) => call.facts.leadingKeys));
    const extra = valuesOf(statement, "dynamodb:LeadingKeys").filter((key) => !keys.has(key));
    const where = `Statement ${index + 1}`;
    if (planned.length === 0) return [{ reason: `${where} allows what no call of the plan asks for.` }];
    return extra.map((key) => ({
      reason: `${where} allows partition ${JSON.stringify(key)}, which no call asks for.`,
    }));
  });
}

/** Whether a statement is the one of this call, partitions aside. */
function isOf(call: PlannedCall, statement: Statement, input: PlannedCalls): boolean {
  return (
    statement.Action === call.action &&
    statement.Resource === dynamoDbArn(input.target, call.facts.table, call.facts.index) &&
    statement.Condition?.["StringEquals"]?.["dynamodb:Select"] === call.facts.select &&
    statement.Condition["StringEquals"]["aws:RequestedRegion"] === input.target.region &&
    JSON.stringify([...new Set(valuesOf(statement, "dynamodb:Attributes"))].sort()) ===
      JSON.stringify(call.facts.attributes)
  );
}

function valuesOf(statement: Statement, key: string): readonly string[] {
  const values = statement.Condition?.["ForAllValues:StringEquals"]?.[key] ?? [];
  return typeof values === "string" ? [values] : values;
}
