import { readRequest } from "../dynamodb/read-request.ts";
import { schemaOf, type PlannedReads } from "./compile-dynamodb-policy.ts";
import { dynamoDbArn } from "./dynamodb-arn.ts";
import { dynamoDbAuthorization } from "./dynamodb-authorization.ts";
import { dynamoDbMutations, type ReadCall } from "./dynamodb-mutations.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import type { Interrogation } from "./policy-proof.ts";

/** The calls as read from their requests, and every mutation of each. Throws `RequestError` or `PolicyRefused` if one can't be read. */
export function interrogateDynamoDb(input: PlannedReads, now: Date, expiresAt: Date): Interrogation {
  const { target } = input;
  const plan = input.calls.map((call) => {
    const facts = readRequest(call, schemaOf(call, input.schemas));
    dynamoDbArn(target, facts.table, facts.index);
    return { action: call.action, facts };
  });
  const questions = plan.flatMap((call, index) => {
    const name = `${index + 1} ${call.action}`;
    return [
      {
        check: { call: name, expect: "allowed" as const },
        request: dynamoDbAuthorization(call.action, call.facts, target, now),
      },
      ...dynamoDbMutations(call, plan, target, now, expiresAt).map(({ title, request }) => ({
        check: { call: name, expect: "denied" as const, mutation: title },
        request,
      })),
    ];
  });
  return { questions, unplannedParts: (policy) => unplannedParts(policy, plan, input) };
}

/**
 * Mutations can only try some other partition or attribute; this finds the one that a statement names and no
 * call does. Also a statement that mixes the partitions of one call with the attributes of another.
 */
function unplannedParts(policy: PolicyDocument, plan: readonly ReadCall[], input: PlannedReads): string[] {
  return policy.Statement.flatMap((statement, index) => {
    const planned = plan.filter((call) => isOf(call, statement, input));
    const keys = new Set(planned.flatMap((call) => call.facts.leadingKeys));
    const extra = valuesOf(statement, "dynamodb:LeadingKeys").filter((key) => !keys.has(key));
    const where = `Statement ${index + 1}`;
    if (planned.length === 0) return [`${where} allows what no call of the plan asks for.`];
    return extra.map((key) => `${where} allows partition ${JSON.stringify(key)}, which no call asks for.`);
  });
}

/** Whether a statement is the one of this call, partitions aside. */
function isOf(call: ReadCall, statement: Statement, input: PlannedReads): boolean {
  return (
    statement.Action === call.action &&
    statement.Resource === dynamoDbArn(input.target, call.facts.table, call.facts.index) &&
    statement.Condition?.["StringEquals"]?.["dynamodb:Select"] === call.facts.select &&
    statement.Condition?.["StringEquals"]?.["dynamodb:ReturnValues"] === call.facts.returnValues &&
    statement.Condition?.["StringEquals"]?.["aws:RequestedRegion"] === input.target.region &&
    JSON.stringify([...new Set(valuesOf(statement, "dynamodb:Attributes"))].sort()) ===
      JSON.stringify(call.facts.attributes)
  );
}

function valuesOf(statement: Statement, key: string): readonly string[] {
  const values = statement.Condition?.["ForAllValues:StringEquals"]?.[key] ?? [];
  return typeof values === "string" ? [values] : values;
}
