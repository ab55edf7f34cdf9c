import { explainPolicy } from "../../iam/explain-policy.ts";
import type { Conditions, Statement } from "../../iam/policy-document.ts";
import type { CallRecord } from "../aws/call-log.ts";
import type { AccessCheck } from "../aws/service.ts";
import { objectOf, textOf } from "../slack/json.ts";
import type { CallReport } from "./page-api.ts";

const maxRequestCharacters = 4_000;

/**
 * The calls made for one request: the sessions that were asked for, and whatever was tried with them, also after
 * their end, when AWS knows nobody behind the key any more.
 */
export function callsOfRequest(calls: readonly CallRecord[], requestId: string): CallReport[] {
  const session = `jit-${requestId}-`;
  const isOrdered = (call: CallRecord) =>
    textOf(objectOf(call.request)["RoleSessionName"]).startsWith(session) ||
    call.issued?.tags["grant"] === requestId;
  const keys = new Set(calls.filter(isOrdered).map(({ issued }) => issued?.accessKeyId));
  keys.delete(undefined);
  return calls
    .filter((call) => isOrdered(call) || keys.has(call.accessKeyId) || call.tags["grant"] === requestId)
    .map(reportCall);
}

function reportCall(call: CallRecord): CallReport {
  return {
    id: call.id,
    at: call.at.toISOString(),
    latencyMs: Math.round(call.latencyMs),
    call: `${call.service}:${call.operation}`,
    principal: call.principalArn?.split(":").at(-1) ?? "nobody known",
    session: call.sessionName,
    access: call.access,
    error: call.error && `${call.error.code}: ${call.error.message}`,
    fault: call.fault,
    invokedBy: call.invokedBy,
    checks: call.checks.map(({ action, resource, decision }) => ({
      action,
      resource,
      allowed: decision.allowed,
      why: why(decision),
    })),
    request: JSON.stringify(call.request, null, 2).slice(0, maxRequestCharacters),
  };
}

/** Which statements decided, in words. */
function why(decision: AccessCheck["decision"]): string[] {
  if (decision.allowed) {
    return decision.statements.map(({ layer, statement }) => `${layer} policy: ${sentence(statement)}`);
  }
  const where = decision.layer === "trust" ? "the role’s trust policy" : `the ${decision.layer} policy`;
  if (decision.denial === "implicit") return [`no statement of ${where} allows it`];
  const statement = "statement" in decision ? decision.statement : undefined;
  return [`${where} denies it${statement ? `: ${sentence(statement)}` : ""}`];
}

function sentence(statement: Statement): string {
  if (statement.Effect === "Deny") return statement.Sid ?? JSON.stringify(statement);
  const [text = ""] = explainPolicy({ Version: "2012-10-17", Statement: [asWritten(statement)] });
  return text.startsWith("Not made by a template") ? (statement.Sid ?? JSON.stringify(statement)) : text;
}

/** IAM's parser makes a list of every value; our templates write a list only where there can be several. */
function asWritten({ Action, Resource, Condition, ...rest }: Statement): Statement {
  const conditions = Object.entries(Condition ?? {}).map(([operator, keys]): [string, Conditions[string]] => [
    operator,
    operator.startsWith("ForA")
      ? keys
      : Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, oneOf(value)])),
  ]);
  return {
    ...rest,
    Action: oneOf(Action),
    Resource: oneOf(Resource),
    Condition: Object.fromEntries(conditions),
  };
}

function oneOf(value: string | string[]): string | string[] {
  return Array.isArray(value) && value.length === 1 ? (value[0] ?? value) : value;
}
